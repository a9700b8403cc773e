"""A program in the form that digitlab trains: its own step on our batches, and the model that predicts.

The step is called as the program calls it, and compiled where possible, else it runs line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.programs.capture import Fit
from digitlab.programs.cut import cut_loss, cut_model
from digitlab.programs.feed import Feed, fitted, matched, scaled
from digitlab.programs.graphs import handle_id, variables_of
from digitlab.programs.namespace import program_error
from digitlab.programs.outputs import gives_logits, wants_class_numbers
from digitlab.programs.probe import restored
from digitlab.programs.program import Program
from digitlab.programs.recorder import observing
from digitlab.programs.stage import as_script, line_by_line
from digitlab.programs.step import Answers, ProgramStep

MIN_RIGHT_LABELS = 0.9  # of the images have to be fed with the label of their class


@dataclass(frozen=True)
class Trained:
    """A program as `digitlab train` trains it."""

    model: keras.Model  # float32 [batch, *image_shape] in [0, 1] → [batch, classes]
    # (labels float32 [batch, classes] one-hot, predictions) → a scalar
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    step: ProgramStep | None  # (model, images, labels one-hot) → (loss, predictions); None: the program has none
    optimizer: keras.optimizers.Optimizer | None  # of Keras, with its variables made; None: unknown
    variables: tuple[tf.Variable, ...]  # what a checkpoint has to hold besides the model and the optimizer
    image_shape: tuple[int, ...]  # of one image as `model` takes it
    gives_logits: bool  # the predictions are logits, not probabilities
    title: str  # the model in words
    notes: tuple[str, ...]  # what runs differently from how it is written
    # of Keras, that set the learning rate, and the model whose optimizer they change
    callbacks: tuple[list[Any], keras.Model] | None = None


def trained(program: Program, data: Split, classes: int) -> Trained:
    """Bring a program into the form that trains.

    Args:
        program: as it was captured.
        data: the images that it was given.
        classes: number of classes, the width of the model's output.

    Raises:
        ModelFileError: it cannot be trained as it is written.
    """
    feed = _feed_of(program, data, classes)
    step = None
    if program.step is not None:
        _refuse_unchanging(program)
        step = ProgramStep(program, feed)
        _run_once(program, step, feed, data, classes)
    answers = _predictions(program, step, classes)
    reached = feed if program.inputs is None else _as_float32(program, program.inputs_feed(data, classes))
    logits = gives_logits(program.loss, _output(program, answers, reached, data, classes))
    model = _model(program, answers, reached)
    loss, notes = _loss(program, step, feed, classes, logits)
    if step is not None:
        notes += step.compile(model, classes)
    known = [*model.variables, *(program.optimizer.variables if program.optimizer is not None else ())]
    handles = {handle_id(one) for one in known}
    others = tuple(one for one in program.variables if handle_id(one) not in handles and one.dtype != tf.string)
    exact = () if feed.exact else ("the file changes its images in its own way; digitlab feeds them unchanged",)
    is_layer = isinstance(program.model, keras.layers.Layer)
    kind = type(program.model).__name__ if is_layer else program.name or "the step"
    return Trained(
        model=model,
        loss=loss,
        step=step,
        optimizer=program.optimizer,
        variables=others,
        image_shape=reached.image_shape,
        gives_logits=logits,
        title=f"{kind} of {program.source.path.name}",
        notes=(*program.notes, *exact, *notes),
        callbacks=(program.callbacks, program.step.model) if isinstance(program.step, Fit) else None,
    )


def _feed_of(program: Program, data: Split, classes: int) -> Feed:
    if program.labels is None:  # only a model: it is fed as the recipes are
        labels = np.arange(classes) if wants_class_numbers(program.loss) else np.eye(classes, dtype=np.float32)
        return Feed(program.images.shape[1:], np.dtype(np.float32), 1 / 255, 0.0, None, labels)
    feed = fitted(matched(program.images, program.labels, data), data, classes)
    if feed.right_labels < MIN_RIGHT_LABELS:
        raise program.source.error(
            program.step_line,
            "the labels do not belong to the images",
            found=f"{1 - feed.right_labels:.0%} of the images are fed with another label than most of their class",
            remedy=f"see what happens to images and labels before the step: digitlab check {program.source.shown}",
        )
    return _as_float32(program, feed)


def _as_float32(program: Program, feed: Feed) -> Feed:
    """The feed without float64, which Keras' layers turn into float32 themselves."""
    layers = isinstance(program.model, keras.layers.Layer)
    return replace(feed, dtype=np.dtype(np.float32)) if layers and feed.dtype == np.float64 else feed


def _refuse_unchanging(program: Program) -> None:
    if program.error is not None and not program.changes:
        raise program_error(program.source, program.error, "the step runs")
    if not program.changes:
        raise program.source.error(
            program.step_line,
            "the step never changes a weight",
            found="it computes gradients, and neither an optimizer nor an assignment uses them",
            remedy="end the step with: optimizer.apply_gradients(zip(gradients, model.trainable_variables))",
        )


def _run_once(program: Program, step: ProgramStep, feed: Feed, data: Split, classes: int) -> None:
    """Run a step once, which makes all variables; they keep their values."""
    if isinstance(program.step, Fit):
        model = program.step.model
        kind = type(model)
        if kind.compute_metrics is keras.Model.compute_metrics and kind.train_step is keras.Model.train_step:
            # Keras' metrics take as long as a step; digitlab has its own.
            object.__setattr__(model, "compute_metrics", lambda *_, **__: {})
    with line_by_line(), restored(program.variables) as made, observing(made):
        try:
            step.run(
                feed.images(scaled(data, feed.image_shape)[:2]), feed.targets(tf.one_hot(data.labels[:2], classes))
            )
        except Exception as error:
            raise program_error(program.source, error, "the step runs") from None


def _predictions(program: Program, step: ProgramStep | None, classes: int) -> Answers:
    """(images as they reach the model, training) → predictions."""
    if program.model is not None:
        return program.call
    assert step is not None
    model = cut_model(step, classes)
    if model is None:
        raise program.source.error(
            program.step_line,
            "the predictions of the step were not found",
            found="no function or model turns images into a row of numbers each, or it draws random numbers",
            remedy="compute the predictions in a function: def model(images): …",
        )
    step.answers = lambda images, _: model(images)
    return step.answers


def _output(program: Program, answers: Answers, feed: Feed, data: Split, classes: int) -> Any:
    """Predictions for two images [2, classes]; raises ModelFileError where they have another shape."""
    try:
        with as_script(program.source):
            output = answers(feed.images(scaled(data, feed.image_shape)[:2]), False)
    except Exception as error:
        raise program_error(program.source, error, "the model is called") from None
    shape = getattr(output, "shape", None)
    if shape is not None and tuple(shape) == (2, classes):
        return output
    given = type(output).__name__ if shape is None else str(["batch", *shape[1:]]).replace("'", "")
    raise program.source.error(
        program.line,
        "the output of the model has the wrong shape",
        found=f"{given}, not [batch, {classes}]",
        remedy=f"end with a Dense layer of {classes} units, one for each class, and return only its result",
    )


def _model(program: Program, answers: Answers, feed: Feed) -> keras.Model:
    """The program's model for images from 0 to 1, wrapped unless it is a Keras model that takes these."""
    model = program.model
    if isinstance(model, keras.Model) and feed.is_plain:
        return model
    if isinstance(model, keras.Model) and feed.order is None and feed.dtype.kind == "f":
        scale = keras.layers.Rescaling(feed.scale * 255, feed.offset)
        return keras.Sequential([keras.Input(feed.shape), scale, model], name="scaled")
    return FedModel(program, answers, feed)


class FedModel(keras.Model):
    """Wraps a program's model that is not a Keras model, or is fed other values than numbers from 0 to 1."""

    def __init__(self, program: Program, answers: Answers, feed: Feed) -> None:
        super().__init__(name="program")
        self._answer: Answers = lambda images, training: answers(feed.images(images), training)
        shape = tf.TensorSpec([None, *feed.image_shape], tf.float32)
        traced = tf.function(lambda images: self._answer(images, False)).get_concrete_function(shape)
        self._variables = variables_of(traced)
        self.built = True

    def save(self, *_: Any, **__: Any) -> None:
        """Raise NotImplementedError: its parts are defined in the user's file only."""
        raise NotImplementedError("the model is defined in the file; the checkpoint has its weights")

    @property
    def variables(self) -> Sequence[Any]:
        """All variables that the predictions depend on."""
        return list(self._variables)

    weights = variables

    @property
    def trainable_variables(self) -> Sequence[Any]:
        """The variables that training may change."""
        return [one for one in self._variables if one.trainable]

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Predictions [batch, classes] for images float32 in [0, 1]."""
        return tf.cast(self._answer(images, training), tf.float32)


def _loss(
    program: Program, step: ProgramStep | None, feed: Feed, classes: int, logits: bool
) -> tuple[Callable[[tf.Tensor, tf.Tensor], tf.Tensor], tuple[str, ...]]:
    """The loss of validation: the program's own, where it needs only predictions and labels."""
    usual = keras.losses.CategoricalCrossentropy(from_logits=logits)
    compare = program.loss
    if compare is not None:

        def own(labels: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(tf.cast(compare(feed.targets(labels), predictions), tf.float32))

        rows = tf.TensorSpec([None, classes], tf.float32)
        try:
            tf.function(own).get_concrete_function(rows, rows)
        except Exception as error:
            if step is None:
                raise program_error(program.source, error, "the loss compares labels with predictions") from None
        else:
            return own, ()
    if step is None:
        return usual, ()
    cut = cut_loss(step)
    if cut is not None:
        return lambda labels, predictions: cut(predictions, feed.targets(labels)), ()
    return usual, ("the loss of its step cannot be computed without training: validation shows the cross-entropy",)
