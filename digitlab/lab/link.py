"""The view of a window, as the query of its address: whoever opens the link sees the same."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from digitlab.base.files import can_be_name
from digitlab.preprocess.frame import SIDE

PANELS = ("draw", "why", "train", "mistakes", "compare")
MAX_MODELS = 4  # side by side
MAX_VALUE = 4_000  # characters; a drawing of many strokes has a few hundred
NAMES = ("why", "run", "examined")  # of models or runs, like the lists


@dataclass
class View:
    """The view of one window.  In the address, lists are joined by commas and defaults are left out."""

    panel: str = "draw"
    models: list[str] = field(default_factory=lambda: ["robust", "softmax"])  # answer the drawing
    off: list[str] = field(default_factory=list)  # preprocessing steps that are left out
    ink: str = ""  # strokes, as `browser/pad.js` writes them
    why: str = "softmax"  # the model whose answer is worked out
    digit: str = ""  # the 28×28 pixels that it answers; where empty, those of the drawing
    run: str = ""  # the training that is shown
    examined: str = ""  # the run whose mistakes are shown
    cell: str = ""  # of the confusion matrix, like "4-9"
    pair: list[str] = field(default_factory=list)  # the two runs that are compared
    step: int = 0  # of the lesson

    @classmethod
    def of(cls, query: Mapping[str, str]) -> View:
        """The view of an address; invalid values are ignored."""
        view = cls()
        for part in fields(cls):
            text = query.get(part.name)
            if text is None or len(text) > MAX_VALUE or (part.name in NAMES and not can_be_name(text)):
                continue
            old = getattr(view, part.name)
            if isinstance(old, list):
                setattr(view, part.name, [item for item in text.split(",") if item and can_be_name(item)])
            elif isinstance(old, int):
                setattr(view, part.name, int(text) if text.isdecimal() and len(text) < 4 else 0)
            else:
                setattr(view, part.name, text)
        if view.panel not in PANELS:
            view.panel = cls().panel
        view.models = view.models[:MAX_MODELS] or cls().models
        return view

    def link(self) -> str:
        """The address that shows this view."""
        defaults = asdict(View())
        query = {
            name: ",".join(value) if isinstance(value, list) else str(value)
            for name, value in asdict(self).items()
            if value != defaults[name] or (name == "panel" and self.step)  # a step has a panel of its own
        }
        return "/?" + urlencode(query, safe=",:") if query else "/"


def pixels_to_text(image: NDArray[np.uint8]) -> str:
    """An image uint8 [28, 28] as a few hundred characters of an address."""
    return base64.urlsafe_b64encode(zlib.compress(image.tobytes(), 9)).decode().rstrip("=")


def text_to_pixels(text: str) -> NDArray[np.uint8] | None:
    """The image again; None where the text is invalid."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        pixels = zlib.decompressobj().decompress(packed, SIDE * SIDE + 1)  # one more shows that there are too many
    except (ValueError, zlib.error):
        return None
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE).copy() if len(pixels) == SIDE * SIDE else None
