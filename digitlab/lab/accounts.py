"""The account of an answer with every number in it: pixels × weights, sums, exponentials, probabilities, layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.attribution.exact import Attribution, attribute, weights_at
from digitlab.errors import UsageError
from digitlab.lab.shelf import Shelf
from digitlab.runtime.predictor import Predictor

LARGE_EVIDENCE = 100.0  # from here on exp would overflow or vanish, and the greatest evidence is taken away first


@dataclass(frozen=True)
class Layer:
    """What one layer passes on.

    Attributes:
        title: in words.
        values: float64 [units] or [maps, height, width].
    """

    title: str
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Account:
    """One image and what a model makes of it; every array begins with the classes.

    Attributes:
        classes: their names.
        attribution: the evidence, pixel by pixel.
        weights: of each pixel, [classes, 28, 28]; None where they would take long to find.
        linear: the weights are the same for every image.
        shift: taken from every evidence before exp; mostly 0.
        exponentials: exp(evidence − shift).
        probabilities: exponentials / their sum.
        temperature: by which the evidence is divided for what is said about a drawing.
        layers: from the first to the last.
    """

    classes: tuple[str, ...]
    attribution: Attribution
    weights: NDArray[np.float64] | None
    linear: bool
    shift: float
    exponentials: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    temperature: float
    layers: tuple[Layer, ...]


def account_for(shelf: Shelf, model: str, image: NDArray[np.uint8]) -> Account:
    """Account for the answer of a model to an image uint8 [28, 28].

    Raises:
        BundleError: there is no such model.
        UsageError: its answers cannot be accounted for.
    """
    predictor, network = shelf.predictor(model), shelf.linear(model)
    attribution, layers = attribute(network, image), network.layers(image)
    weights = None if network.has_convolutions else weights_at(network, image)
    shift = float(attribution.evidence.max()) if np.abs(attribution.evidence).max() > LARGE_EVIDENCE else 0.0
    powers = np.exp(attribution.evidence - shift)
    return Account(
        predictor.info.classes,
        attribution,
        weights,
        not layers,
        shift,
        powers,
        powers / powers.sum(),
        predictor.info.calibration.temperature,
        tuple(_layer(kind, values) for kind, values in layers),
    )


def without_account(predictor: Predictor, image: NDArray[np.uint8], error: UsageError) -> str:
    """What can be said all the same of a model that has something in it that is linear nowhere."""
    (verdict,) = predictor.verdicts(image[None])
    return f"The answer is {verdict}. {error.problem[0].upper()}{error.problem[1:]}: {error.found}."


def _layer(kind: str, values: NDArray[np.float64]) -> Layer:
    """Values of one image: [units], or maps, of which the two equal sides are height and width."""
    name = {"Relu": "ReLU", "LeakyRelu": "leaky ReLU", "MaxPool": "the greatest of neighbours"}[kind]
    if values.ndim < 3:
        flat = values.ravel()
        return Layer(f"{name}: {int((flat > 0).sum())} of {len(flat)} units are on", flat)
    maps = values if values.shape[1] == values.shape[2] else values.transpose(2, 0, 1)
    return Layer(f"{name}: {len(maps)} maps of {maps.shape[1]} × {maps.shape[2]}", maps)
