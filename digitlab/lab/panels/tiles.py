"""Images as tiles, each of which opens in the panel "Why"."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup
from nicegui import ui

from digitlab.images.png import png_uri
from digitlab.lab.elements import Html, box, picture, set_props
from digitlab.lab.examined import Examined
from digitlab.lab.window import Window

MAX_TILES = 60


def show_tiles(place: ui.element, window: Window, examined: Examined, indices: Iterable[int]) -> None:
    """Put the first `MAX_TILES` of these test images into `place`."""
    place.clear()
    name = examined.run.path.name
    model = name if (examined.run.path / "bundle").is_dir() else None
    with place:
        for index in list(indices)[:MAX_TILES]:
            title = examined.title(index)
            with box("tile", "button") as tile:
                Html("", picture(png_uri(examined.images[index]), "") + Markup("<span>{}</span>").format(title))
            set_props(
                tile, type="button", aria_label=f"Test image {index}: {title}. Open in Why", title=f"test image {index}"
            )
            tile.on("click", lambda index=index: window.open_in_why(examined.images[index], model))
