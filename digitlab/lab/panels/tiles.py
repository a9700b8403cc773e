"""Test images as tiles; those of 28×28 grey pixels open in the panel "Why"."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup
from nicegui import ui

from digitlab.images.png import png_uri
from digitlab.images.spec import MNIST
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
            with box("tile", "button" if opens_in_why(examined) else "div", title=f"test image {index}") as tile:
                Html("", picture(png_uri(examined.images[index]), "") + Markup("<span>{}</span>").format(title))
            if opens_in_why(examined):
                set_props(tile, type="button", aria_label=f"Test image {index}: {title}. Open in Why")
                tile.on("click", lambda index=index: window.open_in_why(examined.images[index], model))


def opens_in_why(examined: Examined) -> bool:
    """Whether the panel "Why" can show the images of this run."""
    return examined.images.shape[1:] == MNIST.shape
