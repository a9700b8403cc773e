"""Softmax regression by hand: the trained formula, and one image taken through it (NumPy)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.runs.run import Predictions

# What float32 sums of 784 products may differ by when they are added up in another order.
TOLERANCE = 1e-4
# exp(709) is the largest that a float64 can hold; from this evidence on we shift before we take exp.
LARGE_EVIDENCE = 100.0


@dataclass(frozen=True)
class Formula:
    """y = softmax(x W + b), where x is an image divided by 255 and flattened.

    Attributes:
        kernel: W, float [pixels, classes].
        bias: b, float [classes].
        residual: the largest difference between this formula and the model's own answers to the test part.
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    residual: float


@dataclass(frozen=True)
class Walk:
    """One image on its way through the formula; every array is float64 [classes].

    Attributes:
        products: the sums of pixel times weight.
        evidence: products + bias.
        shift: taken from every evidence before exp; 0 unless the evidence is so large that exp would overflow.
        exponentials: exp(evidence − shift).
        probabilities: exponentials / their sum.
        residual: the largest difference between these probabilities and the model's own.
    """

    products: NDArray[np.float64]
    evidence: NDArray[np.float64]
    shift: float
    exponentials: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    residual: float


def find_formula(
    weights: Mapping[str, NDArray[np.float32]], images: NDArray[np.uint8], predictions: Predictions
) -> Formula | None:
    """The formula of a model that is softmax regression, None for any other model.

    Its variables must be one kernel [pixels, classes] and one bias [classes], and the formula must give the model's own
    answers: a model that treats its input or its evidence in another way has the same variables.

    Args:
        weights: the model's variables by path.
        images: the test part, uint8 [N, *shape].
        predictions: the model's answers to it.
    """
    classes = predictions.probabilities.shape[1]
    by_name = {path.rsplit("/", 1)[-1]: values for path, values in weights.items()}
    shapes = {name: values.shape for name, values in by_name.items()}
    if len(weights) != 2 or shapes != {"kernel": (images[0].size, classes), "bias": (classes,)}:
        return None
    kernel, bias = by_name["kernel"], by_name["bias"]
    answers = _softmax(_flattened(images) @ kernel + bias)
    residual = float(np.abs(answers - predictions.probabilities).max())
    return Formula(kernel, bias, residual) if residual < TOLERANCE else None


def walk(formula: Formula, image: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> Walk:
    """Take one image through the formula; `probabilities` [classes] is the model's own answer."""
    products = _flattened(image[None])[0].astype(np.float64) @ formula.kernel.astype(np.float64)
    evidence = products + formula.bias
    shift = float(evidence.max()) if np.abs(evidence).max() > LARGE_EVIDENCE else 0.0
    exponentials = np.exp(evidence - shift)
    answer = exponentials / exponentials.sum()
    return Walk(products, evidence, shift, exponentials, answer, float(np.abs(answer - probabilities).max()))


def _flattened(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Uint8 [N, *shape] as float32 [N, values] between 0 and 1."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def _softmax(evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    exponentials = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
