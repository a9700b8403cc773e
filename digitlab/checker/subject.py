"""What is checked: a model and what trains it, in the terms of the program that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.observe.recording import Recorder

if TYPE_CHECKING:
    from digitlab.programs.program import Program


@dataclass(frozen=True)
class Fed:
    """What a program feeds, and what it should be: the images are known, so their true labels are, too.

    Attributes:
        images: as fed.
        labels: as fed, class numbers or one-hot.
        true_labels: int64 [N]; -1: the image is none that was given to the program.
        originals: int64 [N], which of the given images each is; -1: none.
        from_test: whether the image is one of the test part.
        inverted: the share of the images in which black and white are exchanged.
        in_validation: the share of the images that are among those to validate on.
    """

    images: NDArray[Any]
    labels: NDArray[Any] | None
    true_labels: NDArray[np.int64]
    originals: NDArray[np.int64]
    from_test: NDArray[np.bool_]
    inverted: float
    in_validation: float


@dataclass(frozen=True)
class Subject:
    """A model and what trains it.

    Attributes:
        model: a `keras.Model` or whatever is called.
        call: (images, whether it trains) → predictions.
        images: [N, ...] as the model takes them.
        step_images: the same as the step takes them.
        labels: int64 [N], the true ones.
        classes: how many there are.
        loss: (labels, predictions) → a number, or one for each image; None: not known.
        optimizer: of Keras; None: not known.
        step: (images, labels) → anything; trains.  None: the usual step with `loss` and `optimizer`.
        whole_labels: loss and step take class numbers, not one-hot rows; None: not known.
        label_type: their NumPy type; None: not known.
        label_shape: of the label of one image, as it is fed; None: not known.
        rate_is_ours: the program has no optimizer; it is checked with the one that `digitlab train` would use.
        program: the user's file; None in a notebook.
        fed: the data that the program feeds, looked at; None where it is not known.
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

    @property
    def keras_model(self) -> keras.Model | None:
        """The model, if it is Keras'."""
        return self.model if isinstance(self.model, keras.Model) else None

    def batch(self, first: int, size: int) -> tuple[tf.Tensor, NDArray[np.int64]]:
        """`size` images from `first` on, begun anew where they end, and their true labels."""
        rows = np.arange(first, first + size) % len(self.images)
        return tf.constant(self.images[rows]), self.labels[rows]

    def step_batch(self, first: int, size: int) -> tuple[tf.Tensor, NDArray[np.int64]]:
        """The same images as the step takes them, and their true labels."""
        rows = np.arange(first, first + size) % len(self.images)
        return tf.constant(self.step_images[rows]), self.labels[rows]

    def as_fed(self, labels: NDArray[np.int64], whole: bool) -> tf.Tensor:
        """True labels in the form that loss and step take."""
        rows = labels if whole else np.eye(self.classes)[labels]
        if self.label_shape is not None and whole == (np.prod(self.label_shape, dtype=int) == 1):
            rows = rows.reshape(len(labels), *self.label_shape)
        kind = self.label_type if self.label_type is not None else np.int64 if whole else np.float32
        return tf.constant(rows.astype(kind))

    def recorder(self) -> Recorder:
        """What writes down every call of the model."""
        return Recorder(self.model)

    def trainable(self, tape: tf.GradientTape) -> list[Any]:
        """What training changes: the model's trainable variables, else those that `tape` saw in use."""
        return list(self.keras_model.trainable_variables if self.keras_model is not None else tape.watched_variables())

    def own_variables(self) -> Iterator[Any]:
        """The variables that are known without tracing anything."""
        if self.keras_model is not None:
            yield from self.keras_model.variables
        if self.optimizer is not None:
            yield from self.optimizer.variables
        if self.program is not None:
            yield from _variables_in(list(self.program.values.values()), 3)


def _variables_in(value: Any, depth: int) -> Iterator[Any]:
    """`tf.Variable`s in lists, dictionaries and objects."""
    if isinstance(value, tf.Variable | keras.Variable):
        yield value
    elif isinstance(value, tf.Module | keras.Model | keras.optimizers.Optimizer | keras.metrics.Metric):
        yield from value.variables
    elif depth and isinstance(value, list | tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _variables_in(one, depth - 1)
    elif depth and type(value).__module__.startswith("user_file_") and hasattr(value, "__dict__"):
        yield from _variables_in(list(vars(value).values()), depth - 1)
