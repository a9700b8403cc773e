"""The account of an answer: what each pixel adds to the evidence of each class, and what is there without any ink.

For softmax regression it is a_i = Σ W_ij x_j + b_i itself; for a network of ReLU units the same with the weights that
hold at this very image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.attribution.linear import LinearNetwork
from digitlab.errors import UsageError

MOST_VALUES = 28 * 28 * 3  # of an image through convolutions: some seconds
BATCH = 64  # images at once: a convolution looks at each pixel many times


@dataclass(frozen=True)
class Attribution:
    """All entries of one image.

    Attributes:
        evidence: float64 [classes], by running the network forward.
        shares: float64 [classes, height, width], what each pixel adds, its colours together.
        bias: float64 [classes], what is left without ink, every unit held.
    """

    evidence: NDArray[np.float64]
    shares: NDArray[np.float64]
    bias: NDArray[np.float64]

    @property
    def residual(self) -> float:
        """The greatest difference between an evidence and the sum of its entries."""
        return float(np.abs(self.evidence - self.shares.sum(axis=(1, 2)) - self.bias).max())


def attribute(network: LinearNetwork, image: NDArray[np.uint8]) -> Attribution:
    """The attribution of one image uint8 [height, width] or [height, width, 3]; only what is not black adds anything.

    Raises:
        UsageError: convolutions of a large image, which would take minutes.
    """
    if network.has_convolutions and image.size > MOST_VALUES:
        raise UsageError(
            "the pixels of so large an image cannot be accounted for one by one",
            found=f"{image.size:,} values and convolutions, which look at each many times",
            remedy=f"train with --image-size 28 or --gray, at most {MOST_VALUES:,} values; the rest of the page stands",
        )
    evidence, held = network.choices(image)
    bias = network.affine(np.zeros((1, *image.shape)), held)[0]
    return Attribution(evidence, _added(network, held, image, bias), bias)


def weights_at(network: LinearNetwork, image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What full ink would add in each pixel, float64 [classes, height, width], every unit held where `image` puts it.

    For softmax regression these are its weights W, whatever the image.
    """
    _, held = network.choices(image)
    bias = network.affine(np.zeros((1, *image.shape)), held)[0]
    return _added(network, held, np.full_like(image, 255), bias)


def _added(
    network: LinearNetwork, held: dict[str, NDArray[Any]], image: NDArray[np.uint8], bias: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each pixel of `image` adds to each evidence, by sending them through one at a time."""
    inked = np.flatnonzero(image)
    shares = np.zeros((len(bias), image.size))
    for first in range(0, len(inked), BATCH):
        pixels = inked[first : first + BATCH]
        alone = np.zeros((len(pixels), image.size))
        alone[np.arange(len(pixels)), pixels] = image.ravel()[pixels]
        shares[:, pixels] = (network.affine(alone.reshape(-1, *image.shape), held) - bias).T
    each = shares.reshape(-1, *image.shape)
    return each if image.ndim == 2 else each.sum(axis=3)
