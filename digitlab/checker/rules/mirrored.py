"""DL605: digits are mirrored or turned so far that they become others."""

from __future__ import annotations

import keras
import numpy as np

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL605",
    slug="mirrored-digits",
    severity="warning",
    title="digits are mirrored, or turned upside down, while they keep their labels",
    why="Augmentation shows a picture as it might have been written as well: a little turned, moved, or larger. Nobody "
    "writes a mirrored 2, and a 6 that is turned by 180 degrees is a 9. Flips are right for cats, not for digits.",
    wrong="layers.RandomFlip('horizontal')\nlayers.RandomRotation(0.5)  # of a whole turn: 180 degrees",
    right="layers.RandomTranslation(0.1, 0.1)\nlayers.RandomRotation(0.03)  # about 10 degrees",
)

MOST_DEGREES = 45.0  # from there on a 7 lies between a 7 and an L
ENOUGH = 0.05  # of the images that are fed: fewer look like their own mirror images


def check(seen: Observations) -> Finding | None:
    """What the random layers of the model are set to, and which of the images that are fed are mirror images."""
    model, fed = seen.subject.keras_model, seen.subject.fed
    layers = model._flatten_layers() if model is not None else ()
    said = next((text for one in layers if seen.called(one) and (text := _how(one)) is not None), None)
    if said is None and fed is not None and fed.mirrored > ENOUGH:
        said = f"{fed.mirrored:.0%} of the images that are fed are mirrored or turned by 180 degrees"
    if said is None:
        return None
    line = line_naming(seen.subject, "RandomFlip", "RandomRotation", *FLIPS)
    return RULE.finding(
        said, f"move and turn digits a little, by 10 degrees at most{at(seen.subject, line)}", line=line
    )


FLIPS = ("random_flip_left_right", "random_flip_up_down", "flip_left_right", "horizontal_flip", "fliplr", "flipud")


def _how(layer: keras.layers.Layer) -> str | None:
    """What a random layer does to digits that it should not; None: nothing."""
    if isinstance(layer, keras.layers.RandomFlip):
        return f"{layer.name} mirrors half of the images ({layer.mode.replace('_', ' ')})"
    if not isinstance(layer, keras.layers.RandomRotation):
        return None
    factor = np.abs(layer.get_config()["factor"])
    degrees = float(np.max(factor)) * 360
    return f"{layer.name} turns images by up to {degrees:.0f} degrees" if degrees > MOST_DEGREES else None
