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
    """Images that a program feeds, and how they relate to the parts of the data.

    Attributes:
        from_test: bool [N]: the image is one of the test part.
        in_validation: the share of the images that are among the validation images.
        validated: the share of the validation images that are among the training images; None: unknown.
        mirrored: the share of the images that are mirror images of ones of the data, or upside down.
    """

    from_test: NDArray[np.bool_]
    in_validation: float
    validated: float | None
    mirrored: float


@dataclass(frozen=True)
class Subject:
    """A model and what trains it.

    Attributes:
        model: a `keras.Model` or another callable.
        call: (images, training) → predictions.
        images: [N, ...] as the model takes them.
        step_images: the same as the step takes them.
        labels: int64 [N], the true class numbers.
        classes: number of classes.
        loss: (labels, predictions) → a number, or one for each image; None: unknown.
        optimizer: of Keras; None: unknown.
        step: (images, labels) → anything; trains.  None: the default step with `loss` and `optimizer`.
        whole_labels: loss and step take class numbers, not one-hot rows; None: unknown.
        label_type: the NumPy dtype of labels; None: unknown.
        label_shape: of the label of one image, as it is fed; None: unknown.
        rate_is_ours: the program has no optimizer; it is checked with the one that `digitlab train` would use.
        program: the user's file; None in a notebook.
        fed: the data that the program feeds; None: unknown.
        later_calls: what it validates, tests and predicts with after its training, as far as that is known.
    """

    model: Any
    call: Callable[[Any, bool], Any]
    images: NDArray[Any]
    step_images: NDArray[Any]
    labels: NDArray[np.int64]
    classes: int
    loss: Any | None
    optimizer: keras.optimizers.Optimizer | None
    step: Callable[[Any, Any], Any] | None
    whole_labels: bool | None
    label_type: Any | None = None
    label_shape: tuple[int, ...] | None = None
    rate_is_ours: bool = False
    program: Program | None = None
    fed: Fed | None = None
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
