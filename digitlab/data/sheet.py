"""One picture with samples of every class: the first thing to look at in a dataset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitlab.data.dataset import Split

SAMPLES = 10  # of each class
MAX_CLASSES = 40  # rows
_TILE = 84  # screen pixels of a sample: 3 for each pixel of MNIST, not smoothed, as the model sees it
_GAP = 6
_MARGIN = 30
_SPACE = 18  # between the names and the tiles
_PAPER, _INK, _MUTED, _FAINT = "white", "#1f2933", "#66727f", "#dde2e8"


def sample_sheet(split: Split, class_names: tuple[str, ...]) -> Image.Image:
    """The first ten images of each class, one class per row, between its name and its size.

    Args:
        split: images and labels [N].
        class_names: one for each class number.

    Returns:
        An RGB picture; the longer side of each sample has 84 pixels.
    """
    names = class_names[:MAX_CLASSES]
    name_font, size_font = ImageFont.load_default(24), ImageFont.load_default(15)
    sizes = [f"of {count:,}" for count in np.bincount(split.labels, minlength=len(names))]
    left = _MARGIN + _widest(names, name_font) + _SPACE
    right = left + SAMPLES * (_TILE + _GAP) - _GAP
    width = right + _SPACE + _widest(sizes, size_font) + _MARGIN
    sheet = Image.new("RGB", (width, 2 * _MARGIN + len(names) * (_TILE + _GAP) - _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for label, (name, size) in enumerate(zip(names, sizes, strict=False)):
        top = _MARGIN + label * (_TILE + _GAP)
        middle = top + _TILE // 2
        draw.text((left - _SPACE, middle), name, _INK, name_font, anchor="rm")
        draw.text((right + _SPACE, middle), size, _MUTED, size_font, anchor="lm")
        for place, index in enumerate(np.flatnonzero(split.labels == label)[:SAMPLES]):
            tile = _tile(split.images[index])
            x = left + place * (_TILE + _GAP)
            draw.rectangle(
                (x - 1, top - 1, x + _TILE, top + _TILE), outline=_FAINT
            )  # so that white images have an edge
            sheet.paste(tile, (x, top))
    return sheet


def _tile(image: NDArray[np.uint8]) -> Image.Image:
    height, width = (max(1, round(side * _TILE / max(image.shape[:2]))) for side in image.shape[:2])
    resampling = Image.Resampling.NEAREST if max(image.shape[:2]) <= _TILE else Image.Resampling.BILINEAR
    return Image.fromarray(image).resize((width, height), resampling)


def _widest(texts: tuple[str, ...] | list[str], font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> int:
    return max(round(font.getlength(text)) for text in texts)
