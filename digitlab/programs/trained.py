"""A program in the form that digitlab trains: its own step on our batches, and the model that predicts.

The step is called as the program calls it; loss and predictions are caught on the way, so it does not matter what it
returns or keeps in metrics.  It is compiled where possible, else it runs line by line, as in the program.
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
from digitlab.programs.feed import Feed, fitted, recognised
from digitlab.programs.namespace import program_error
from digitlab.programs.probe import kept
from digitlab.programs.program import Program
from digitlab.programs.recorder import watching
from digitlab.programs.stage import line_by_line, undisturbed
from digitlab.programs.step import Answers, ProgramStep
from digitlab.programs.tracing import variables_of

ROUNDING = 1e-3  # by how much a row of probabilities may miss a sum of one
AGREE = 0.9  # the share of images that have to be fed with the label of their class


@dataclass(frozen=True)
class Trained:
    """A program as `digitlab train` trains it.

    Attributes:
        model: float32 [batch, *image_shape] in [0, 1] → [batch, classes].
        loss: (labels float32 [batch, classes] one-hot, predictions) → a scalar.
        step: (model, images, labels one-hot) → (loss, predictions); None: the program has none.
        optimizer: of Keras, with its variables made; None: unknown.
        variables: what a checkpoint has to hold besides the model and the optimizer.
        image_shape: of one image as `model` takes it.
        gives_logits: a softmax makes the predictions probabilities.
        title: the model for people.
        notes: what is done otherwise than the program says.
        callbacks: of Keras, that set the learning rate, and the model whose optimizer they change.
    """

    model: keras.Model
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    step: ProgramStep | None
    optimizer: keras.optimizers.Optimizer | None
    variables: tuple[tf.Variable, ...]
    image_shape: tuple[int, ...]
    gives_logits: bool
    title: str
    notes: tuple[str, ...]
    callbacks: tuple[list[Any], keras.Model] | None = None


def trained(program: Program, data: Split, classes: int) -> Trained:
    """Bring a program into the form that trains.

    Args:
        program: as it was captured.
        data: the images that it was given.
        classes: the width of the model's output.

    Raises:
        ModelFileError: it cannot be trained as it is written; says why.
    """
    feed = _feed_of(program, data, classes)
    step = None
    if program.step is not None:
        _refuse_still(program)
        step = ProgramStep(program, feed)
        _warm(program, step, feed, data, classes)
    answers = predictions_of(program, step, classes)
    reached = feed if program.inputs is None else _as_float32(program, program.inputs_feed(data, classes))
    output = _tried(program, answers, reached, data)
    _refuse_wrong_output(program, output, classes)
    logits = gives_logits(program.loss, output)
    model = _model(program, answers, reached)
    loss, notes = _loss(program, step, feed, classes, logits)
    if step is not None:
        notes += step.compile(model, classes)
    known = [*model.variables, *(program.optimizer.variables if program.optimizer is not None else ())]
    handles = {id(_plain(one).handle) for one in known}
    others = tuple(one for one in program.variables if id(one.handle) not in handles and one.dtype != tf.string)
    exact = () if feed.exact else ("the file changes its images in a way of its own; digitlab feeds them unchanged",)
    return Trained(
        model=model,
        loss=loss,
        step=step,
        optimizer=program.optimizer,
        variables=others,
        image_shape=reached.image_shape,
        gives_logits=logits,
        title=f"{_kind(program)} of {program.source.path.name}",
        notes=(*program.notes, *exact, *notes),
        callbacks=(program.callbacks, program.step.model) if isinstance(program.step, Fit) else None,
    )


def _feed_of(program: Program, data: Split, classes: int) -> Feed:
    if program.labels is None:  # only a model: it is fed as digitlab feeds its own
        shape, whole = program.images.shape[1:], _wants_numbers(program.loss)
        labels = np.arange(classes) if whole else np.eye(classes, dtype=np.float32)
        return Feed(shape, np.dtype(np.float32), 1 / 255, 0.0, None, labels)
    feed = fitted(recognised(program.images, program.labels, data), data, classes)
    if feed.agree < AGREE:
        raise program.source.error(
            program.step_line,
            "the labels that it feeds do not belong to the images",
            found=f"{1 - feed.agree:.0%} of the images are fed with another label than most of their class",
            remedy=f"see what happens to images and labels on the way: digitlab check {program.source.shown}",
        )
    return _as_float32(program, feed)


def _as_float32(program: Program, feed: Feed) -> Feed:
    """The feed without float64, which Keras' layers turn into float32 themselves."""
    layers = isinstance(program.model, keras.layers.Layer)
    return replace(feed, kind=np.dtype(np.float32)) if layers and feed.kind == np.float64 else feed


def _wants_numbers(loss: Any) -> bool:
    return "sparse" in f"{type(loss).__name__} {getattr(loss, '__name__', '')}".lower()


def _refuse_still(program: Program) -> None:
    if program.error is not None and not program.changes:
        raise program_error(program.source, program.error, "the step runs")
    if not program.changes:
        raise program.source.error(
            program.step_line,
            "the step never changes a weight",
            found="it asks for gradients, and neither an optimizer nor an assignment uses them",
            remedy="end the step with: optimizer.apply_gradients(zip(gradients, model.trainable_variables))",
        )


def _warm(program: Program, step: ProgramStep, feed: Feed, data: Split, classes: int) -> None:
    """Do a step once, which makes all variables; they keep their values."""
    if isinstance(program.step, Fit):
        _without_metrics(program.step.model)
    with line_by_line(), kept(program.variables) as made, watching(made):
        try:
            step.run(feed.images(_scaled(data, feed)[:2]), feed.targets(tf.one_hot(data.labels[:2], classes)))
        except Exception as error:
            raise program_error(program.source, error, "the step runs") from None


def _without_metrics(model: keras.Model) -> None:
    """Drop Keras' metrics, which cost as much time as a step; digitlab has its own."""
    if type(model).compute_metrics is keras.Model.compute_metrics and type(model).train_step is keras.Model.train_step:
        object.__setattr__(model, "compute_metrics", lambda *_, **__: {})


def _scaled(data: Split, feed: Feed) -> Any:
    return (data.images.reshape(-1, *feed.image_shape) / np.float32(255)).astype(np.float32)


def predictions_of(program: Program, step: ProgramStep | None, classes: int) -> Answers:
    """(images as they reach the model, whether it trains) → predictions; raises ModelFileError where it finds none."""
    if program.model is not None:
        return program.call
    assert step is not None
    model = cut_model(step, classes)
    if model is None:
        raise program.source.error(
            program.step_line,
            "it cannot be told which values of the step are its predictions",
            found="no function or model that turns images into a row of numbers each, or it draws numbers at random",
            remedy="put the way from images to predictions into a function: def model(images): …",
        )
    step.answers = lambda images, _: model(images)
    return step.answers


def _tried(program: Program, answers: Answers, feed: Feed, data: Split) -> Any:
    try:
        with undisturbed(program.source):
            return answers(feed.images(_scaled(data, feed)[:2]), False)
    except Exception as error:
        raise program_error(program.source, error, "the model is called") from None


def _refuse_wrong_output(program: Program, output: Any, classes: int) -> None:
    shape = getattr(output, "shape", None)
    if shape is not None and tuple(shape) == (2, classes):
        return
    given = type(output).__name__ if shape is None else str(["batch", *shape[1:]]).replace("'", "")
    raise program.source.error(
        program.line,
        "the output of the model has the wrong shape",
        found=f"{given} where [batch, {classes}] is needed",
        remedy=f"end with a Dense layer of {classes} units, one for each class, and return only its result",
    )


def gives_logits(loss: Any, output: Any) -> bool:
    """Whether a softmax makes the predictions probabilities: as the loss says, else by their values."""
    logits = loss.get_config().get("from_logits") if isinstance(loss, keras.losses.Loss) else None
    if logits is not None:
        return bool(logits)
    rows = np.asarray(output, np.float64)
    return bool((rows < 0).any() or np.abs(rows.sum(axis=1) - 1).max() > ROUNDING)


def _model(program: Program, answers: Answers, feed: Feed) -> keras.Model:
    """The program's model for images from 0 to 1, wrapped unless it is a Keras model that takes these."""
    model = program.model
    if isinstance(model, keras.Model) and feed.is_plain:
        return model
    if isinstance(model, keras.Model) and feed.order is None and feed.kind.kind == "f":
        scale = keras.layers.Rescaling(feed.scale * 255, feed.offset)
        return keras.Sequential([keras.Input(feed.shape), scale, model], name="scaled")
    return FedModel(program, answers, feed)


class FedModel(keras.Model):
    """Wraps a program's model that is no Keras model, or is fed otherwise than with numbers from 0 to 1."""

    def __init__(self, program: Program, answers: Answers, feed: Feed) -> None:
        super().__init__(name="program")
        self._answer: Answers = lambda images, training: answers(feed.images(images), training)
        shape = tf.TensorSpec([None, *feed.image_shape], tf.float32)
        traced = tf.function(lambda images: self._answer(images, False)).get_concrete_function(shape)
        self._variables = variables_of(traced)
        self.built = True

    def save(self, *_: Any, **__: Any) -> None:
        """Refuse: its parts are in the user's file only."""
        raise NotImplementedError("it is made of what the file defines; the checkpoint has its weights")

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
    return usual, ("the loss of its step cannot be computed without a step: validation shows the cross-entropy",)


def _kind(program: Program) -> str:
    model = program.model
    return type(model).__name__ if isinstance(model, keras.layers.Layer) else program.name or "the step"


def _plain(variable: Any) -> Any:
    return variable if isinstance(variable, tf.Variable) else variable.value
