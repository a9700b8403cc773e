"""Attribution: the share of each pixel in the evidence (logit) of each class, and the bias without any ink.

For softmax regression this is a_i = Σ_j W_ij x_j + b_i itself; for a ReLU network the same with its weights at this
image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.attribution.linear import LinearNetwork
from digitlab.errors import UsageError
from digitlab.images.spec import MNIST

MAX_VALUES = 3 * MNIST.values  # of an image through convolutions: some seconds
BATCH = 64  # images at once: the windows of a convolution need much memory


@dataclass(frozen=True)
class Attribution:
    """The evidence of one image, pixel by pixel.

    Attributes:
        evidence: float64 [classes], from a forward pass.
        shares: float64 [classes, height, width], the contribution of each pixel, summed over its colours.
        bias: float64 [classes], the evidence without ink, with the same active units.
    """

    evidence: NDArray[np.float64]
    shares: NDArray[np.float64]
    bias: NDArray[np.float64]

    @property
    def residual(self) -> float:
        """The largest difference between an evidence and the sum of its parts."""
        return float(np.abs(self.evidence - self.shares.sum(axis=(1, 2)) - self.bias).max())


def attribute(network: LinearNetwork, image: NDArray[np.uint8]) -> Attribution:
    """The attribution of one image uint8 [height, width] or [height, width, 3]; black pixels contribute nothing.

    Raises:
        UsageError: a large image and convolutions, which would take minutes.
    """
    if network.has_convolutions and image.size > MAX_VALUES:
        raise UsageError(
            "the image is too large to attribute the answer to its pixels",
            found=f"{image.size:,} values, of which a network with convolutions may have {MAX_VALUES:,}",
            remedy="train with a smaller --image-size or --gray; the rest of the page is valid",
        )
    evidence, held = network.choices(image)
    return Attribution(evidence, *_shares_and_bias(network, held, image))


def weights_at(network: LinearNetwork, image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The contribution of full ink at each pixel, float64 [classes, height, width], with the units active at `image`.

    For softmax regression these are its weights W, for any image.
    """
    _, held = network.choices(image)
    return _shares_and_bias(network, held, np.full_like(image, 255))[0]


def _shares_and_bias(
    network: LinearNetwork, held: dict[str, NDArray[Any]], image: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The contribution of each pixel of `image` to each evidence: pixels are passed through one at a time."""
    bias = network.affine(np.zeros((1, *image.shape)), held)[0]
    inked = np.flatnonzero(image)
    shares = np.zeros((len(bias), image.size))
    for first in range(0, len(inked), BATCH):
        pixels = inked[first : first + BATCH]
        alone = np.zeros((len(pixels), image.size))
        alone[np.arange(len(pixels)), pixels] = image.ravel()[pixels]
        shares[:, pixels] = (network.affine(alone.reshape(-1, *image.shape), held) - bias).T
    each = shares.reshape(-1, *image.shape)
    return (each if image.ndim == 2 else each.sum(axis=3)), bias
