"""Digits as tiles, each of which opens in «Why»."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup
from nicegui import ui

from digitlab.lab.elements import Html, box, picture, put
from digitlab.lab.examined import Examined
from digitlab.lab.pictures import grey_uri
from digitlab.lab.window import Window

MOST_TILES = 60


def show_tiles(place: ui.element, window: Window, examined: Examined, indices: Iterable[int]) -> None:
    """Put the first `MOST_TILES` of these test images into `place`."""
    place.clear()
    name = examined.run.path.name
    model = name if (examined.run.path / "bundle").is_dir() else None
    with place:
        for index in list(indices)[:MOST_TILES]:
            title = examined.title(index)
            with box("tile", "button") as tile:
                Html("", picture(grey_uri(examined.images[index]), "") + Markup("<span>{}</span>").format(title))
            put(
                tile, type="button", aria_label=f"Test image {index}: {title}. Open in Why", title=f"test image {index}"
            )
            tile.on("click", lambda index=index: window.open_in_why(examined.images[index], model))
