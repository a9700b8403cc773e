"""What is checked: a model and what trains it, in the form in which the program has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.programs import feed

if TYPE_CHECKING:
    from digitlab.programs.after import LaterCall
    from digitlab.programs.program import Program


@dataclass(frozen=True)
class Fed(feed.Fed):
    """Images that a program feeds, and how they relate to the parts of the data."""

    from_test: NDArray[np.bool_]  # bool [N]: the image is one of the test part
    in_validation: float  # the share of the images that are among the validation images
    validated: float | None  # the share of the validation images that are among the training images; None: unknown
    mirrored: float  # the share of the images that are mirror images of ones of the data, or upside down


@dataclass(frozen=True)
class Subject:
    """A model and what trains it."""

    model: Any  # a `keras.Model` or another callable
    call: Callable[[Any, bool], Any]  # (images, training) → predictions
    images: NDArray[Any]  # [N, …] as the model takes them
    step_images: NDArray[Any]  # the same as the step takes them
    labels: NDArray[np.int64]  # int64 [N], the true class numbers
    classes: int  # number of classes
    loss: Any | None  # (labels, predictions) → a number, or one for each image; None: unknown
    optimizer: keras.optimizers.Optimizer | None  # of Keras; None: unknown
    # (images, labels) → anything; trains. None: the default step with `loss` and `optimizer`.
    step: Callable[[Any, Any], Any] | None
    whole_labels: bool | None  # loss and step take class numbers, not one-hot rows; None: unknown
    label_type: Any | None = None  # the NumPy dtype of labels; None: unknown
    label_shape: tuple[int, ...] | None = None  # of the label of one image, as it is fed; None: unknown
    # the program has no optimizer; it is checked with the one that `digitlab train` would use
    rate_is_ours: bool = False
    program: Program | None = None  # the user's file; None in a notebook
    fed: Fed | None = None  # the data that the program feeds; None: unknown
    # what it validates, tests and predicts with after its training, as far as that is known
    later_calls: tuple[LaterCall, ...] = ()

    @property
    def keras_model(self) -> keras.Model | None:
        """The model, if it is a Keras model."""
        return self.model if isinstance(self.model, keras.Model) else None

    @property
    def loss_takes_logits(self) -> bool | None:
        """Whether the Keras loss has `from_logits=True`; None: it has no such option."""
        config: dict[str, Any] = getattr(self.loss, "get_config", dict)()
        return config.get("from_logits")

    def batch(self, first: int, size: int) -> tuple[tf.Tensor, NDArray[np.int64]]:
        """`size` images from `first` on, cyclically, and their class numbers."""
        rows = np.arange(first, first + size) % len(self.images)
        return tf.constant(self.images[rows]), self.labels[rows]

    def step_batch(self, first: int, size: int) -> tuple[tf.Tensor, NDArray[np.int64]]:
        """The same images as the step takes them, and their class numbers."""
        rows = np.arange(first, first + size) % len(self.images)
        return tf.constant(self.step_images[rows]), self.labels[rows]

    def as_fed(self, labels: NDArray[np.int64], whole: bool) -> tf.Tensor:
        """Class numbers in the form that loss and step take."""
        rows = labels if whole else np.eye(self.classes)[labels]
        if self.label_shape is not None and whole == (np.prod(self.label_shape, dtype=int) == 1):
            rows = rows.reshape(len(labels), *self.label_shape)
        dtype = self.label_type if self.label_type is not None else np.int64 if whole else np.float32
        return tf.constant(rows.astype(dtype))

    def trainable(self, tape: tf.GradientTape) -> list[Any]:
        """What training changes: the model's trainable variables, else those that `tape` watched."""
        return list(self.keras_model.trainable_variables if self.keras_model is not None else tape.watched_variables())

    def own_variables(self) -> Iterator[Any]:
        """The variables that are known without tracing anything."""
        if self.keras_model is not None:
            yield from self.keras_model.variables
        if self.optimizer is not None:
            yield from self.optimizer.variables
        if self.program is not None:
            yield from (one for one in self.program.variables if one.dtype != tf.string)
