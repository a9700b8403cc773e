"""MNIST's digits spoiled: a drawing's usual faults, and the fifteen kinds of MNIST-C.

The fifteen are written anew from their description (Mu and Gilmer 2019, `MNIST-C: a robustness benchmark for computer
vision`), so that figures are near those of the paper's files, not equal to them.  Each takes images float [N, 28, 28]
from 0 to 1, white on black, and returns such; `PICTURES` return larger ones as a camera or a drawing would give them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Images = NDArray[Any]
Spoil = Callable[[Images, np.random.Generator], Images]

_SIDE = 28
_ROWS, _COLUMNS = np.mgrid[:_SIDE, :_SIDE]


def _mapped(images: Images, matrices: Images, shifts: Images) -> Images:
    """Each image sampled at matrix · (place − middle) + middle + shift."""
    middle = (_SIDE - 1) / 2
    offsets = middle - matrices @ np.full(2, middle) + shifts
    parts = zip(images, matrices, offsets, strict=True)
    return np.stack([ndimage.affine_transform(i, m, o, order=1) for i, m, o in parts])


def shifted(images: Images, rng: np.random.Generator) -> Images:
    """By up to 4 pixels on each axis."""
    return _mapped(images, np.tile(np.eye(2), (len(images), 1, 1)), rng.integers(-4, 5, (len(images), 2)))


def scaled(images: Images, rng: np.random.Generator) -> Images:
    """To between half and one and a quarter of the size."""
    factor = 1 / rng.uniform(0.5, 1.25, len(images))
    return _mapped(images, factor[:, None, None] * np.eye(2), np.zeros((len(images), 2)))


def rotated(images: Images, rng: np.random.Generator) -> Images:
    """By up to 20 degrees."""
    return _turned(images, np.deg2rad(rng.uniform(-20, 20, len(images))))


def _turned(images: Images, angle: Images) -> Images:
    cos, sin = np.cos(angle), np.sin(angle)
    matrices = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
    return _mapped(images, matrices, np.zeros((len(images), 2)))


def thick(images: Images, _: np.random.Generator) -> Images:
    """Every stroke two pixels wider."""
    return np.asarray(ndimage.grey_dilation(images, (1, 3, 3)))


def thin(images: Images, _: np.random.Generator) -> Images:
    """Every stroke a good pixel narrower; what would vanish keeps a third of its ink."""
    eroded = ndimage.grey_erosion(images, footprint=ndimage.generate_binary_structure(2, 1)[None])
    return np.asarray(np.maximum(eroded, images / 3))


def inverted(images: Images, _: np.random.Generator) -> Images:
    """Black on white."""
    return 1 - images


def photographed(images: Images, rng: np.random.Generator) -> Images:
    """Ink on paper, eight times as large, in light that falls off to one side, with a soft shadow and noise."""
    large = np.clip(ndimage.zoom(images, (1, 8, 8), order=1), 0, 1)
    y, x = np.mgrid[-1 : 1 : large.shape[1] * 1j, -1 : 1 : large.shape[2] * 1j]
    slope, edge = rng.uniform(-0.25, 0.25, (2, len(images), 1, 1)), rng.uniform(-1, 1, (len(images), 1, 1))
    light = 0.7 + slope[0] * x + slope[1] * y - 0.25 / (1 + np.exp(-12 * (x + y - edge)))
    reflected = light * (1 - rng.uniform(0.5, 0.85, (len(images), 1, 1)) * large)
    return np.asarray(np.clip(reflected + rng.normal(0, 0.02, large.shape), 0, 1))


def shot_noise(images: Images, rng: np.random.Generator) -> Images:
    """Photons counted."""
    return np.clip(rng.poisson(images * 12) / 12, 0, 1)


def impulse_noise(images: Images, rng: np.random.Generator) -> Images:
    """One pixel in eight is black or white."""
    spoiled = images.copy()
    hit = rng.random(images.shape) < 0.125
    spoiled[hit] = rng.integers(0, 2, int(hit.sum()))
    return spoiled


def glass_blur(images: Images, rng: np.random.Generator) -> Images:
    """Pixels change places with near ones, between two blurs."""
    soft = ndimage.gaussian_filter(images, (0, 0.7, 0.7))
    moved = np.stack([_ROWS, _COLUMNS]) + rng.integers(-1, 2, (len(images), 2, _SIDE, _SIDE))
    rows, columns = np.clip(moved, 0, _SIDE - 1).swapaxes(0, 1)
    moved_about = soft[np.arange(len(images))[:, None, None], rows, columns]
    return np.asarray(ndimage.gaussian_filter(moved_about, (0, 0.7, 0.7)))


def motion_blur(images: Images, rng: np.random.Generator) -> Images:
    """Smeared over seven pixels in some direction."""
    angle = rng.uniform(-np.pi / 4, np.pi / 4, len(images))
    turned = ndimage.uniform_filter1d(_turned(images, angle), 7, axis=2)
    return _turned(turned, -angle)


def shear(images: Images, rng: np.random.Generator) -> Images:
    """Slanted by up to 0.6 columns a row."""
    matrices = np.tile(np.eye(2), (len(images), 1, 1))
    matrices[:, 1, 0] = rng.uniform(0.3, 0.6, len(images)) * rng.choice([-1, 1], len(images))
    return _mapped(images, matrices, np.zeros((len(images), 2)))


def scale(images: Images, rng: np.random.Generator) -> Images:
    """Smaller, to between a half and two thirds."""
    factor = 1 / rng.uniform(0.5, 0.67, (len(images), 1, 1))
    return _mapped(images, factor * np.eye(2), np.zeros((len(images), 2)))


def rotate(images: Images, rng: np.random.Generator) -> Images:
    """By 20 to 35 degrees."""
    return _turned(images, np.deg2rad(rng.uniform(20, 35, len(images)) * rng.choice([-1, 1], len(images))))


def brightness(images: Images, _: np.random.Generator) -> Images:
    """Black becomes grey."""
    return np.clip(images + 0.5, 0, 1)


def translate(images: Images, rng: np.random.Generator) -> Images:
    """By 3 to 5 pixels on each axis."""
    shifts = rng.integers(3, 6, (len(images), 2)) * rng.choice([-1, 1], (len(images), 2))
    return _mapped(images, np.tile(np.eye(2), (len(images), 1, 1)), shifts)


def stripe(images: Images, _: np.random.Generator) -> Images:
    """The middle columns inverted."""
    spoiled = images.copy()
    spoiled[:, :, 11:17] = 1 - spoiled[:, :, 11:17]
    return spoiled


def fog(images: Images, rng: np.random.Generator) -> Images:
    """Bright clouds over everything."""
    clouds = np.sum([_clouds(len(images), cell, rng) * cell for cell in (2, 4, 8, 16)], axis=0)
    clouds = (clouds - clouds.min((1, 2), keepdims=True)) / np.ptp(clouds, (1, 2), keepdims=True)
    return np.asarray(np.clip((images + 0.8 * clouds) / 1.5, 0, 1))


def _clouds(count: int, cell: int, rng: np.random.Generator) -> Images:
    """Noise with spots of `cell` pixels."""
    coarse = rng.random((count, _SIDE // cell + 2, _SIDE // cell + 2))
    return np.asarray(ndimage.zoom(coarse, (1, cell, cell), order=1)[:, :_SIDE, :_SIDE])


def spatter(images: Images, rng: np.random.Generator) -> Images:
    """Grey blots."""
    wet = ndimage.gaussian_filter(rng.normal(size=images.shape), (0, 1.2, 1.2))
    return np.maximum(images, np.where(wet > 0.38, 0.7, 0))


def dotted_line(images: Images, rng: np.random.Generator) -> Images:
    """A line of dots across the picture."""
    return _crossed(images, rng, lambda along, phase: along % 4 < 2)


def zigzag(images: Images, rng: np.random.Generator) -> Images:
    """A line across the picture that goes up and down."""
    return _crossed(images, rng, lambda along, phase: 2.5 * np.abs((along / 4 + phase) % 2 - 1))


def _crossed(images: Images, rng: np.random.Generator, pattern: Callable[[Images, Images], Images]) -> Images:
    """A white line from the left to the right side; the pattern says where it is drawn (bool) or how far it is off."""
    ends = rng.uniform(2, _SIDE - 3, (2, len(images), 1, 1))
    course = ends[0] + (ends[1] - ends[0]) * _COLUMNS / (_SIDE - 1)
    drawn = pattern(_COLUMNS + 0.0 * course, rng.random((len(images), 1, 1)))
    visible, off = (drawn, 0) if drawn.dtype == bool else (True, drawn)
    return np.where((np.abs(_ROWS - course - off) < 0.8) & visible, 1, images)


def canny_edges(images: Images, _: np.random.Generator) -> Images:
    """Only the outlines: where the slope is steep, and steepest across the edge."""
    soft = ndimage.gaussian_filter(images, (0, 0.8, 0.8))
    steep = np.hypot(ndimage.sobel(soft, 1), ndimage.sobel(soft, 2))
    crest = steep >= 0.95 * np.minimum(
        ndimage.maximum_filter1d(steep, 3, axis=1), ndimage.maximum_filter1d(steep, 3, axis=2)
    )
    return np.where((steep > 0.8) & crest, 1.0, 0.0)


PICTURES: dict[str, Spoil] = {
    spoil.__name__: spoil for spoil in (shifted, scaled, rotated, thick, thin, inverted, photographed)
}
MNIST_C: dict[str, Spoil] = {
    spoil.__name__: spoil
    for spoil in (
        shot_noise,
        impulse_noise,
        glass_blur,
        motion_blur,
        shear,
        scale,
        rotate,
        brightness,
        translate,
        stripe,
        fog,
        spatter,
        dotted_line,
        zigzag,
        canny_edges,
    )
}
