"""A model with its training settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digitlab.config import TrainingConfig
from digitlab.images.spec import ImageSpec


@dataclass(frozen=True)
class Recipe:
    """What `digitlab train SPEC` trains, and how.

    Attributes:
        title: the model in words.
        settings: of the training, unless options change them.
        build: (image spec, classes) → a Keras model that gives probabilities [batch, classes].  It imports Keras when
            it is called, so that naming a recipe costs nothing.
        flat: the model takes the values of an image in one row, [values]; else as [height, width, channels].
        cost: parameters and time on MNIST, measured; empty for layers that were not measured.
        expected: accuracy on the MNIST test images, with its spread, measured; empty as `cost`.
        most_threads: more than these make it slower; None: the more, the faster.
    """

    title: str
    settings: TrainingConfig
    build: Callable[[ImageSpec, int], Any]
    flat: bool = False
    most_threads: int | None = None
    cost: str = ""
    expected: str = ""

    def image_shape(self, spec: ImageSpec) -> tuple[int, ...]:
        """Of one image as the model takes it."""
        return (spec.values,) if self.flat else (spec.height, spec.width, spec.channels)
