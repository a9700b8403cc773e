"""Softmax regression by hand: the trained formula, and one image worked out with it (NumPy)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.attribution.worked import WorkedSoftmax
from digitlab.evaluation.metrics import softmax
from digitlab.runs.run import Predictions

# float32 sums of 12,288 products, an image of 64×64 in colour, differed by up to 2e-5 from float64 when added in turn.
MAX_ROUNDING = 1e-4


@dataclass(frozen=True)
class Formula:
    """y = softmax(x W + b), where x is an image divided by 255 and flattened."""

    kernel: NDArray[np.float32]  # W [pixels, classes]
    bias: NDArray[np.float32]  # b [classes]
    residual: float  # the largest difference from the model's own predictions for the test part


@dataclass(frozen=True)
class WorkedExample:
    """One image worked out with the formula."""

    products: NDArray[np.float64]  # [classes], the sums of pixel times weight
    softmax: WorkedSoftmax  # of products + bias
    residual: float  # the largest difference between these probabilities and the model's own


def find_formula(
    weights: Mapping[str, NDArray[np.float32]], images: NDArray[np.uint8], predictions: Predictions
) -> Formula | None:
    """The formula of a model that is softmax regression, None for any other model.

    Its variables must be one kernel [pixels, classes] and one bias [classes], and the formula must give the model's own
    predictions: a model that treats its input or its logits in another way has the same variables.

    Args:
        weights: the model's variables by path.
        images: the test part, uint8 [N, *shape].
        predictions: the model's predictions for it.
    """
    classes = predictions.probabilities.shape[1]
    by_name = {path.rsplit("/", 1)[-1]: values for path, values in weights.items()}
    shapes = {name: values.shape for name, values in by_name.items()}
    if len(weights) != 2 or shapes != {"kernel": (images[0].size, classes), "bias": (classes,)}:
        return None
    kernel, bias = by_name["kernel"], by_name["bias"]
    residual = float(np.abs(softmax(_flattened(images) @ kernel + bias) - predictions.probabilities).max())
    return Formula(kernel, bias, residual) if residual < MAX_ROUNDING else None


def work_out(formula: Formula, image: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> WorkedExample:
    """Work out one image uint8 [*shape]; `probabilities` float32 [classes] are the model's own."""
    products = _flattened(image[None])[0].astype(np.float64) @ formula.kernel.astype(np.float64)
    worked = WorkedSoftmax.of(products + formula.bias)
    return WorkedExample(products, worked, float(np.abs(worked.probabilities - probabilities).max()))


def _flattened(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Uint8 [N, *shape] as float32 [N, values] between 0 and 1."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
