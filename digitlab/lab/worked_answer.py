"""An answer worked out with every number in it: pixels × weights, sums, exponentials, probabilities, layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.attribution.exact import Attribution, attribute, weights_at
from digitlab.attribution.worked import WorkedSoftmax
from digitlab.errors import UsageError
from digitlab.lab.model_cache import ModelCache
from digitlab.runtime.predictor import Predictor

LAYERS = {"Relu": "ReLU", "LeakyRelu": "leaky ReLU", "MaxPool": "max pooling"}


@dataclass(frozen=True)
class Layer:
    """The output of one layer: float64 [units] or [maps, height, width]."""

    title: str
    values: NDArray[np.float64]


@dataclass(frozen=True)
class WorkedAnswer:
    """One image and the answer of a model."""

    classes: tuple[str, ...]
    attribution: Attribution  # the logits, pixel by pixel
    weights: NDArray[np.float64] | None  # [classes, 28, 28]; None where they would take long to find
    linear: bool  # the weights are the same for every image
    softmax: WorkedSoftmax  # of the logits
    temperature: float  # by which the logits are divided for the calibrated answer to a drawing
    layers: tuple[Layer, ...]  # from the first to the last


def work_out(models: ModelCache, model: str, image: NDArray[np.uint8]) -> WorkedAnswer:
    """Work out the answer of a model to an image uint8 [28, 28].

    Raises:
        BundleError: there is no such model.
        UsageError: its answers cannot be attributed to pixels.
    """
    predictor, network = models.predictor(model), models.linear(model)
    attribution, layers = attribute(network, image), network.layers(image)
    return WorkedAnswer(
        classes=predictor.info.classes,
        attribution=attribution,
        weights=None if network.has_convolutions else weights_at(network, image),
        linear=not layers,
        softmax=WorkedSoftmax.of(attribution.evidence),
        temperature=predictor.info.calibration.temperature,
        layers=tuple(_layer(kind, values) for kind, values in layers),
    )


def answer_only(predictor: Predictor, image: NDArray[np.uint8], error: UsageError) -> str:
    """The answer of a model whose answers cannot be attributed to pixels, and why."""
    (verdict,) = predictor.verdicts(image[None])
    return f"The answer is {verdict}. {error.problem[0].upper()}{error.problem[1:]}: {error.found}."


def _layer(kind: str, values: NDArray[np.float64]) -> Layer:
    """Values of one image: [units], or maps, of which the two equal sides are height and width."""
    if values.ndim < 3:
        flat = values.ravel()
        return Layer(f"{LAYERS[kind]}: {int((flat > 0).sum())} of {len(flat)} units are active", flat)
    maps = values if values.shape[1] == values.shape[2] else values.transpose(2, 0, 1)
    return Layer(f"{LAYERS[kind]}: {len(maps)} maps of {maps.shape[1]} × {maps.shape[2]}", maps)
