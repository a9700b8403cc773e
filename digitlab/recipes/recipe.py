"""A model with its training settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digitlab.config import TrainingConfig


@dataclass(frozen=True)
class Recipe:
    """What `digitlab train SPEC` trains, and how.

    Attributes:
        title: the model in words.
        settings: what is trained with unless options say otherwise.
        build: classes → a Keras model that gives probabilities [batch, classes].  It imports Keras when it is called,
            so that naming a recipe costs nothing.
        image_shape: of one image as the model takes it.
        cost: parameters and time, measured; empty where nobody measured these layers.
        expected: accuracy on the MNIST test images, with its spread, measured; empty as `cost`.
        most_threads: more than these make it slower; None: the more, the faster.
    """

    title: str
    settings: TrainingConfig
    build: Callable[[int], Any]
    image_shape: tuple[int, ...] = (784,)
    most_threads: int | None = None
    cost: str = ""
    expected: str = ""
