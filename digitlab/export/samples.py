"""Images drawn by program, on which exports are tested and whose answers a bundle keeps; no user data is in them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from digitlab.data import synthetic
from digitlab.data.dataset import Split
from digitlab.images.spec import MNIST, ImageSpec
from digitlab.preprocess.settings import Digits, Plain, Preprocessing
from digitlab.synthetic.non_digits import non_digits

SEED = 1  # not the seed of the synthetic dataset
IMAGES, PICTURES = 20, 10
PICTURE_SIDE, ENLARGED = 64, 2
NON_DIGITS = 100  # of each kind


@cache
def digits() -> Split:
    """200 synthetic digits, 20 of each class."""
    return synthetic.generate(SEED, train=200, test=10).train


def comparison_images(spec: ImageSpec) -> NDArray[np.uint8]:
    """200 images, uint8 [200, *spec.shape], on which an export is compared with its model."""
    return digits().images if spec == MNIST else clouds(spec.shape, 200)


@cache
def outsiders(preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Images of no class, uint8 [400, *shape]: non-digits, or clouds."""
    if isinstance(preprocessing, Digits):
        return non_digits(NON_DIGITS, SEED)
    return clouds(preprocessing.image.shape, 4 * NON_DIGITS)


def golden(preprocessing: Preprocessing) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images [20, *shape] and the pictures [10, height, width] or [10, height, width, 3] that a bundle keeps.

    Two images and one picture of each digit, the pictures off-centre and half of them dark on unevenly lit paper; for
    other models clouds, as pictures half as wide again as the model takes them.
    """
    if isinstance(preprocessing, Plain):
        height, width, *channels = preprocessing.image.shape
        return clouds((height, width, *channels), IMAGES), clouds((height, width * 3 // 2, *channels), PICTURES)
    by_class = np.argsort(digits().labels, kind="stable")
    images = digits().images[by_class[:: len(by_class) // IMAGES][:IMAGES]]
    return images, np.stack([_picture(image, number) for number, image in enumerate(images[::2])])


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
