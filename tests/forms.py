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


def filled_form(digits: Split, texts: Mapping[str, str]) -> Page:
    """The form with the first image of each digit in its boxes."""
    page = empty_form().copy()
    for name, text in texts.items():
        left, top = BOXES[name][0] + 10, BOXES[name][1] + 6
        for digit in text:
            image = Image.fromarray(digits.images[digits.labels == int(digit)][0])
            ink = np.asarray(image.resize((54, 54), Image.Resampling.BICUBIC))
            place = page[top : top + 54, left : left + 54]
            np.minimum(place, 255 - ink // 8 * 7, out=place)
            left += 56
    return page


def turned(page: Page, degrees: float, scale: float, shift: tuple[float, float]) -> tuple[Page, NDArray[np.float64]]:
    """The page on paper of 1,000 by 1,000 pixels, turned clockwise about its middle, and its four corners there."""
    angle = np.radians(degrees)
    rotation = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle, target = np.array(_SIZE) / 2, np.array([500.0, 500.0]) + shift
    back = np.linalg.inv(rotation)
    place = np.column_stack([back, middle - back @ target]).ravel().tolist()
    ink = Image.fromarray(255 - page).transform((1000, 1000), Image.Transform.AFFINE, place, Image.Resampling.BICUBIC)
    corners = np.array([(0, 0), (0, _SIZE[1]), _SIZE, (_SIZE[0], 0)], float)
    return np.asarray(255 - np.asarray(ink)), (corners - middle) @ rotation.T + target


def photographed(page: Page, seed: int) -> Page:
    """The page in light that falls off to one side, with noise."""
    rng = np.random.default_rng(seed)
    light = np.linspace(0.6, 0.95, page.shape[1])
    return np.clip(page * light + rng.normal(0, 5, page.shape), 0, 255).astype(np.uint8)


def write_template(folder: Path) -> Path:
    """The picture of the empty form, and a template of its three boxes, written to the folder."""
    Image.fromarray(empty_form()).save(folder / "empty.png")
    boxes = "".join(f"{name} = {list(box)}\n" for name, box in BOXES.items())
    (folder / "form.toml").write_text(f'form = "empty.png"\n\n[boxes]\n{boxes}')
    return folder / "form.toml"
