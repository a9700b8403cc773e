"""The compiled training: a run of steps, forward to update, in one `tf.function`.

One call of a `tf.function` costs more than a step of softmax regression does.  So a call does many steps, a
whole epoch where that is short enough (`plan.Pace`).  The images lie in memory once, as the bytes they are;
each step gathers its batch by index and scales it inside the graph.  How the steps are cut into calls
changes no number: all that goes from step to step goes through the arguments.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.data.dataset import Split
from digitlab.training.augment import Augment, draw_key
from digitlab.training.plan import Pace, step_count

# (model, images float32 [batch, *image_shape] in [0, 1], labels float32 [batch, classes] one-hot)
# → (loss, a scalar; predictions [batch, classes], or how many images were recognised, an int32 scalar);
# it also updates the weights.
TrainStep = Callable[[keras.Model, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

# (labels float32 [batch, classes] one-hot, predictions [batch, classes]) → a scalar; an object of Keras' or a function
Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

EVALUATION_BATCH = 1_000


class Score(NamedTuple):
    """Loss and accuracy over one part of the data."""

    loss: float
    accuracy: float


class ResidentSplit:
    """A part of a dataset as tensors: images uint8 [N, *image_shape], labels int32 [N].

    Args:
        split: images and labels.
        classes: how many there are; the width of a one-hot label.
        image_shape: of one image as the model takes it: [height, width, channels], or all values in a row; None: that.
        black: around an image all is black, as around a digit of MNIST.
    """

    def __init__(
        self, split: Split, classes: int, image_shape: tuple[int, ...] | None = None, *, black: bool = True
    ) -> None:
        self.spec, self.black = split.spec, black
        image_shape = image_shape or (split.spec.values,)
        self.images = tf.constant(split.images.reshape(len(split), *image_shape))
        self.labels = tf.constant(split.labels.astype(np.int32))
        self.classes = classes

    def __len__(self) -> int:
        return int(self.labels.shape[0])


def gradient_step(loss: Loss, optimizer: keras.optimizers.Optimizer) -> TrainStep:
    """The step of the lab: predict, compare, differentiate, update."""

    def train_step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            predictions = model(images, training=True)
            value = loss(labels, predictions) + sum(model.losses)  # what regularizers add; mostly nothing
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return value, predictions

    return train_step


class CompiledEpoch:
    """Trains a model over one order of the training images after another."""

    def __init__(
        self,
        model: keras.Model,
        train_step: TrainStep,
        data: ResidentSplit,
        batch_size: int,
        augment: Augment | None = None,
        seed: int = 0,
    ) -> None:
        self._data = data
        batch_size = min(batch_size, len(data))
        self._steps = step_count(len(data), batch_size)
        self._run = _compile(model, train_step, data, batch_size, augment, seed)
        self._begin: Callable[[], None] = getattr(train_step, "begin", lambda: None)
        self._pace = Pace()

    def trace(self) -> None:
        """Compile, and do no step."""
        order, none = tf.zeros([len(self._data)], tf.int32), tf.constant(0)
        self._run(order, tf.constant(1, tf.int64), none, none, tf.constant(0.0), none)

    def run(self, order: NDArray[np.int32], on_steps: Callable[[int, int], None], epoch: int = 1) -> Score:
        """Do one epoch.

        Args:
            order: the indices of the images, each once.
            on_steps: called before, between and after compiled calls with (steps done, steps in all).
            epoch: its number, from which the augmentation is drawn.

        Returns:
            the running figures of the lab: mean of the steps' losses, share of the images recognised
            at the moment when their step came.  A loss that is not finite ends the epoch early.
        """
        self._begin()
        indices, done = tf.constant(order), 0
        loss, right = tf.constant(0.0), tf.constant(0)
        on_steps(done, self._steps)
        while done < self._steps and np.isfinite(float(loss)):
            count, start = self._pace.next(self._steps - done), time.perf_counter()
            steps = tf.constant(done), tf.constant(done + count)
            loss, right = self._run(indices, tf.constant(epoch, tf.int64), *steps, loss, right)
            int(right)  # waits for the call to end
            self._pace.took(count, time.perf_counter() - start)
            done += count
            on_steps(done, self._steps)
        return Score(float(loss) / self._steps, int(right) / len(self._data))


def _compile(
    model: keras.Model,
    train_step: TrainStep,
    data: ResidentSplit,
    batch_size: int,
    augment: Augment | None,
    seed: int,
) -> Any:
    def run(
        order: tf.Tensor, epoch: tf.Tensor, first: tf.Tensor, last: tf.Tensor, loss: tf.Tensor, right: tf.Tensor
    ) -> Any:
        for step in tf.range(first, last):
            batch = order[step * batch_size : (step + 1) * batch_size]  # the last one may be shorter
            labels = tf.gather(data.labels, batch)
            images, targets = _scaled(data, batch), tf.one_hot(labels, data.classes)
            if augment is not None:
                images, targets = augment(images, targets, draw_key(seed, epoch, step))
            value, predictions = train_step(model, images, targets)
            loss += tf.cast(value, tf.float32)
            right += _right(predictions, labels)
        return loss, right

    if not getattr(train_step, "compiled", True):  # a person's program that can only run line by line
        return run
    return tf.function(run, jit_compile=False)  # on a CPU, XLA makes convolutions several times slower


class CompiledEvaluation:
    """Scores a model on a part of the data without changing it."""

    def __init__(self, model: keras.Model, loss: Loss) -> None:
        self._model = model
        self._loss = loss
        self._compiled: Any = None

    def run(self, data: ResidentSplit) -> tuple[Score, NDArray[np.float32]]:
        """Loss and accuracy over all images, and the predictions float32 [N, classes]."""
        evaluate = self._compile(data)
        losses, predictions = 0.0, []
        for first in range(0, len(data), EVALUATION_BATCH):
            batch = tf.range(first, min(first + EVALUATION_BATCH, len(data)))
            labels = tf.one_hot(tf.gather(data.labels, batch), data.classes)
            loss, answers = evaluate(_scaled(data, batch), labels)
            losses += float(loss) * len(answers)
            predictions.append(answers.numpy().astype(np.float32))
        every = np.concatenate(predictions)
        accuracy = float((every.argmax(axis=1) == data.labels.numpy()).mean())
        return Score(losses / len(data), accuracy), every

    def _compile(self, data: ResidentSplit) -> Any:
        """Compiled once, with an open number of images: a shorter last batch needs nothing new."""
        if self._compiled is None:
            images = tf.TensorSpec([None, *data.images.shape[1:]], tf.float32)
            labels = tf.TensorSpec([None, data.classes], tf.float32)
            self._compiled = tf.function(self._evaluate, input_signature=[images, labels], jit_compile=False)
        return self._compiled

    def _evaluate(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        predictions = self._model(images, training=False)
        return self._loss(labels, predictions), predictions


def _scaled(data: ResidentSplit, batch: tf.Tensor) -> tf.Tensor:
    """Images at the indices `batch`: float32 [batch, *image_shape] in [0, 1]."""
    return tf.cast(tf.gather(data.images, batch), tf.float32) / 255.0


def _right(predictions: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """How many rows of `predictions` are greatest at their label, or the count itself: int32, a scalar."""
    if predictions.shape.rank == 0:
        return tf.cast(predictions, tf.int32)
    answers = tf.argmax(predictions[: tf.shape(labels)[0]], axis=-1, output_type=tf.int32)  # what was added comes after
    return tf.reduce_sum(tf.cast(answers == labels, tf.int32))
