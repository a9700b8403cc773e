"""Pictures drawn by program, in class folders as people keep their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SHAPES = {"circle": (), "square": (4,), "star": (5, 0.4), "triangle": (3,)}
COLOURS = {"blue": (30, 30, 200), "green": (30, 200, 30), "red": (200, 30, 30)}
Colour = tuple[int, int, int]


def shapes(folder: Path, each: int, side: int = 64) -> Path:
    """Circles, squares, stars and triangles, bright in any colour on dark paper, a little turned."""
    rng = np.random.default_rng(0)
    for name, form in SHAPES.items():
        for number in range(each):
            _save(_shape(rng, form, side), folder / name / f"{number}.png")
    return folder


def colours(folder: Path, each: int, side: int = 20) -> Path:
    """Noise in blue, green and red: the classes have nothing but their colour."""
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        for number in range(each):
            values = rng.normal(colour, 20, (side, side, 3))
            _save(Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)), folder / name / f"{number}.png")
    return folder


def letters(folder: Path, each: int, names: str = "ABC", side: int = 32) -> Path:
    """Dark grey letters on white paper, a little turned and shifted."""
    rng = np.random.default_rng(0)
    for name in names:
        for number in range(each):
            page = Image.new("L", (side, side), 255)
            place = rng.uniform(0.1, 0.4) * side, rng.uniform(0, 0.2) * side
            font = ImageFont.load_default(rng.uniform(0.6, 0.8) * side)
            ImageDraw.Draw(page).text(place, name, int(rng.integers(90)), font)
            _save(page.rotate(rng.uniform(-10, 10), fillcolor=255), folder / name / f"{number}.png")
    return folder


def _shape(rng: np.random.Generator, form: tuple[float, ...], side: int) -> Image.Image:
    paper, ink = _two_colours(rng)
    page = Image.new("RGB", (side, side), paper)
    radius = rng.uniform(0.2, 0.38) * side
    x, y = rng.uniform(radius + 2, side - radius - 2, 2)
    if not form:
        ImageDraw.Draw(page).ellipse((x - radius, y - radius, x + radius, y + radius), ink)
        return page
    corners = int(form[0]) * len(form)
    angles = rng.uniform(-0.3, 0.3) + np.pi / 4 + 2 * np.pi * np.arange(corners) / corners
    radii = np.where(np.arange(corners) % 2 == 1, radius * form[-1], radius) if len(form) == 2 else radius
    points = np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)
    ImageDraw.Draw(page).polygon([(float(a), float(b)) for a, b in points], ink)
    return page


def _two_colours(rng: np.random.Generator) -> tuple[Colour, Colour]:
    """Of a dark paper and a bright shape."""
    paper, ink = rng.integers(0, 64, 3), rng.integers(0, 256, 3)
    ink[rng.integers(3)] = 255
    return (int(paper[0]), int(paper[1]), int(paper[2])), (int(ink[0]), int(ink[1]), int(ink[2]))


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
