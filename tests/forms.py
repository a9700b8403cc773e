"""A form drawn by program, filled in with images of digits, and photographed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitlab.data.dataset import Split

Page = NDArray[np.uint8]

BOXES = {"number": (330, 140, 700, 205), "points": (330, 260, 500, 325), "total": (330, 380, 500, 445)}
_WORDS = {"number": "Student number", "points": "Points reached", "total": "Total"}
_SIZE = (760, 560)


def empty_form() -> Page:
    """A heading, three words with a box behind each, and a line below; black on white, uint8 [560, 760]."""
    page = Image.new("L", _SIZE, 255)
    drawing = ImageDraw.Draw(page)
    drawing.text((60, 40), "Examination sheet", 0, ImageFont.load_default(44))
    for name, (left, top, right, bottom) in BOXES.items():
        drawing.text((60, top + 15), _WORDS[name], 0, ImageFont.load_default(30))
        drawing.rectangle((left, top, right, bottom), outline=0, width=3)
    drawing.text((60, 500), "Write one number into each box.", 0, ImageFont.load_default(24))
    return np.asarray(page)


def filled_form(digits: Split, texts: Mapping[str, str], rng: np.random.Generator | None = None) -> Page:
    """The form with the first image of each digit in its boxes, or with ones drawn by `rng`."""
    page = empty_form().copy()
    for name, text in texts.items():
        left, top = BOXES[name][0] + 10, BOXES[name][1] + 6
        for digit in text:
            images = digits.images[digits.labels == int(digit)]
            image = Image.fromarray(images[rng.integers(len(images)) if rng else 0])
            ink = np.asarray(image.resize((54, 54), Image.Resampling.BICUBIC))
            place = page[top : top + 54, left : left + 54]
            np.minimum(place, 255 - ink // 8 * 7, out=place)
            left += 56
    return page


def turned(
    page: Page, degrees: float, scale: float, shift: tuple[float, float], tilt: float = 0
) -> tuple[Page, NDArray[np.float64]]:
    """The page on paper of 1,000 by 1,000 pixels, turned clockwise about its middle, and its four corners there.

    Args:
        page: as `filled_form` returns it.
        degrees: by which it is turned.
        scale: pixels of the paper for one of the page.
        shift: of its middle from that of the paper.
        tilt: by how much further its right side is from the camera than its left one.
    """
    angle = np.radians(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    target = np.array([500.0, 500.0]) + shift
    seen = np.array([[scale, 0, target[0]], [0, scale, target[1]], [0, 0, 1]]) @ rotation
    seen = (
        seen
        @ [[1, 0, 0], [0, 1, 0], [tilt / _SIZE[0], 0, 1]]
        @ [[1, 0, -_SIZE[0] / 2], [0, 1, -_SIZE[1] / 2], [0, 0, 1]]
    )
    back = np.linalg.inv(seen)
    place = (back / back[2, 2]).ravel()[:8].tolist()
    ink = Image.fromarray(255 - page)
    paper = ink.transform((1000, 1000), Image.Transform.PERSPECTIVE, place, Image.Resampling.BICUBIC)
    x, y, depth = seen @ [[0, 0, _SIZE[0], _SIZE[0]], [0, _SIZE[1], _SIZE[1], 0], [1, 1, 1, 1]]
    return np.asarray(255 - np.asarray(paper)), np.stack([x / depth, y / depth], axis=1)


def photographed(page: Page, rng: np.random.Generator) -> Page:
    """The page in light that falls off to one side, with noise."""
    light = np.linspace(0.6, 0.95, page.shape[1])
    return np.clip(page * light + rng.normal(0, 5, page.shape), 0, 255).astype(np.uint8)


def write_template(folder: Path) -> Path:
    """The picture of the empty form, and a template of its three boxes, written to the folder."""
    Image.fromarray(empty_form()).save(folder / "empty.png")
    boxes = "".join(f"{name} = {list(box)}\n" for name, box in BOXES.items())
    (folder / "form.toml").write_text(f'form = "empty.png"\n\n[boxes]\n{boxes}')
    return folder / "form.toml"
