"""Pictures drawn by program, with which exports are tried and whose answers a bundle keeps; no data is given away."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from digitlab.data import synthetic
from digitlab.data.dataset import Split
from digitlab.images.spec import MNIST, ImageSpec
from digitlab.preprocess.settings import Plain, Preprocessing, Settings
from digitlab.synthetic.non_digits import nondigits as drawn

SEED = 1  # not that of the synthetic digits which people train on
IMAGES, PICTURES = 20, 10
PICTURE_SIDE, ENLARGED = 64, 2
NONDIGITS = 100  # of each kind


@cache
def digits() -> Split:
    """200 synthetic digits, the classes even."""
    return synthetic.generate(SEED, train=200, test=10).train


@cache
def nondigits() -> NDArray[np.uint8]:
    """Pictures of no digit, uint8 [N, 28, 28]."""
    return drawn(NONDIGITS, SEED)


def of(spec: ImageSpec) -> NDArray[np.uint8]:
    """200 images on which an export is compared with its model."""
    return digits().images if spec == MNIST else clouds(spec.shape, 200)


def strangers(preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Images that belong to no class, as the model takes them."""
    if isinstance(preprocessing, Settings):
        return nondigits()
    return clouds(preprocessing.image.shape, 4 * NONDIGITS)


def golden_images(preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Two of each digit, uint8 [20, 28, 28]; or 20 clouds."""
    if isinstance(preprocessing, Plain):
        return clouds(preprocessing.image.shape, IMAGES)
    by_class = np.argsort(digits().labels, kind="stable")
    return digits().images[by_class[:: len(by_class) // IMAGES][:IMAGES]]


def golden_pictures(preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """One of each digit as people hand them in, out of the middle, half of them dark on paper in uneven light.

    Or ten clouds that are half as wide again as the model takes them.
    """
    if isinstance(preprocessing, Plain):
        height, width, *channels = preprocessing.image.shape
        return clouds((height, width * 3 // 2, *channels), PICTURES)
    pictures = [_picture(image, number) for number, image in enumerate(golden_images(preprocessing)[::2])]
    return np.stack(pictures)


def golden(preprocessing: Preprocessing) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images and the pictures whose answers a bundle keeps."""
    return golden_images(preprocessing), golden_pictures(preprocessing)


def clouds(shape: tuple[int, ...], count: int) -> NDArray[np.uint8]:
    """Soft random patches of grey or colour, uint8 [count, *shape], of four grains."""
    rng = np.random.default_rng(SEED)
    height, width, *channels = shape
    made = np.empty((count, height, width, *channels), np.uint8)
    for number, cloud in enumerate(made):
        cells = 2 ** (number % 4 + 1)
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, *channels), np.uint8))
        cloud[:] = np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC))
    return made


def _picture(image: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    large = ndimage.zoom(image.astype(np.float64) / 255, ENLARGED, order=1)
    ink = np.zeros((PICTURE_SIDE, PICTURE_SIDE))
    row, column = number % 9, 8 - number % 9
    ink[row : row + len(large), column : column + len(large)] = large
    if number % 2:
        return (ink * 255).astype(np.uint8)
    light = np.linspace(1, 0.7, PICTURE_SIDE)
    return (light * (230 - 180 * ink)).astype(np.uint8)
