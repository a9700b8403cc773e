"""A user's own file as a model: read, run what defines things, find, build, bring into the form that trains."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from digitlab.models.userfile.build import build, run_on_few
from digitlab.models.userfile.feed import Feed
from digitlab.models.userfile.find import Found
from digitlab.models.userfile.loss import Loss, normalised_loss, takes_logits, wants_whole_numbers
from digitlab.models.userfile.parts import find_loss, find_optimizer, find_step
from digitlab.models.userfile.running import Namespace
from digitlab.models.userfile.script import SEEDS
from digitlab.models.userfile.step import TrainStep, has_own_method, normalised_step
from digitlab.programs import legacy
from digitlab.programs.source import read_source
from digitlab.programs.spec import parse_file_spec

# Rows of probabilities are not negative and sum to one: by how much rounding may be off.
ROUNDING = 1e-3


@dataclass(frozen=True)
class UserModel:
    """A model from a user's file, its weights made, ready to train.

    Attributes:
        model: float32 [batch, *input_shape] in [0, 1] → [batch, classes].
        inner: the file's own object.  The same as `model`, unless the file feeds it other values than 0 to 1: then
            `model` scales first.
        loss: (labels float32 [batch, classes] one-hot, predictions) → a scalar; cross-entropy where the file has none.
        optimizer: with its variables made; None where the file has none.
        train_step: the file's own step as (model, images, labels one-hot) → (loss, second), where second is
            predictions [batch, classes] or the number of images recognised, an int32 scalar; None where the file has
            none.
        extra_variables: what the step reads or writes besides the variables of model and optimizer.
        input_shape: of one image: (784,), (28, 28) or (28, 28, 1).
        gives_logits: predictions are not probabilities yet; a softmax makes them so.
        path: of the file.
        name: of the model in the file.
        line: where it is defined.
        source: the file's bytes.
        title: the model for people.
        notes: what was done otherwise than the file says.
    """

    model: keras.Model
    inner: keras.Model
    loss: Loss
    optimizer: keras.optimizers.Optimizer | None
    train_step: TrainStep | None
    extra_variables: tuple[tf.Variable, ...]
    input_shape: tuple[int, ...]
    gives_logits: bool
    path: Path
    name: str
    line: int | None
    source: bytes
    title: str
    notes: tuple[str, ...]


def load_user_model(spec: str, data: Split, classes: int) -> UserModel:
    """Load the model of a user's file, without training it.

    Args:
        spec: «my_model.py», or «my_model.py:Name» where the file has several.
        data: what `mnist.load_data()` gives inside the file (its test part too: never hand over the real one).
        classes: how wide the model's output has to be.

    Raises:
        ModelFileError: what is missing or wrong, with file and line.
    """
    path, name = parse_file_spec(spec)
    source, uses = legacy.today(read_source(path))
    with _random_states_kept():
        try:
            namespace, feed = run_on_few(source, data)
            found, inner, shape, output, namespace = build(namespace, feed, name, data, classes)
            user_model = _assemble(namespace, found, inner, shape, output, feed, classes)
        except ModelFileError as error:
            raise legacy.gone_error(source, uses, error) or error from None
    namespace.forget_data()
    return user_model


def _assemble(
    namespace: Namespace,
    found: Found,
    inner: keras.Model,
    shape: tuple[int, ...],
    output: tf.Tensor,
    feed: Feed | None,
    classes: int,
) -> UserModel:
    loss = find_loss(namespace, inner)
    optimizer = find_optimizer(namespace, inner)
    logits = takes_logits(loss) if loss is not None else None
    gives_logits = _are_no_probabilities(output) if logits is None else logits
    if loss is None:
        loss = keras.losses.CategoricalCrossentropy(from_logits=gives_logits)
    whole = wants_whole_numbers(loss) or (feed.whole_labels if feed else None)
    step_name = find_step(namespace)
    step, touched = None, ()
    if step_name is not None or has_own_method(inner):
        step, touched = normalised_step(namespace, step_name, inner, shape, classes, whole)
    elif not inner.trainable_variables:
        raise _nothing_to_train(namespace, found, inner)
    if optimizer is not None and not optimizer.built:
        optimizer.build(inner.trainable_variables)
    model, step, notes = _scaled(inner, step, shape, feed)
    return UserModel(
        model=model,
        inner=inner,
        loss=normalised_loss(loss, classes, whole, namespace),
        optimizer=optimizer,
        train_step=step,
        extra_variables=_extra(touched, inner, optimizer),
        input_shape=shape,
        gives_logits=gives_logits,
        path=namespace.source.path,
        name=found.name,
        line=found.line,
        source=namespace.source.text,
        title=f"{type(inner).__name__} of {namespace.source.path.name}",
        notes=(*namespace.source.notes, *namespace.notes, *_notes_on_seeds(namespace), *notes),
    )


def _are_no_probabilities(output: tf.Tensor) -> bool:
    rows = np.asarray(output, np.float64)
    return bool((rows < 0).any() or np.abs(rows.sum(axis=1) - 1).max() > ROUNDING)


def _nothing_to_train(namespace: Namespace, found: Found, model: keras.Model) -> ModelFileError:
    return namespace.source.error(
        found.line,
        "the model has no weights that Keras could train",
        found=f"{len(model.variables)} variables, none of them trainable",
        remedy="make weights with layers or self.add_weight(…), not with tf.Variable",
    )


def _scaled(
    inner: keras.Model, step: TrainStep | None, shape: tuple[int, ...], feed: Feed | None
) -> tuple[keras.Model, TrainStep | None, tuple[str, ...]]:
    """The model with what brings pixels from [0, 1] to the values that the file feeds it, where these are others."""
    if feed is None or feed.shape != shape or _is_zero_to_one(feed):
        return inner, step, ()
    scale = keras.layers.Rescaling(feed.white - feed.black, feed.black)
    model = keras.Sequential([keras.Input(shape), scale, inner], name="scaled")

    def scaled_step(_: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        assert step is not None
        return step(inner, scale(images), labels)

    note = f"the file feeds its model pixels from {feed.black:g} to {feed.white:g}; digitlab scales them so"
    return model, None if step is None else scaled_step, (note,)


def _is_zero_to_one(feed: Feed) -> bool:
    return feed.black == 0 and 0.9 < feed.white <= 1


def _extra(
    touched: tuple[tf.Variable, ...], model: keras.Model, optimizer: keras.optimizers.Optimizer | None
) -> tuple[tf.Variable, ...]:
    known = [*model.variables, *(optimizer.variables if optimizer is not None else [])]
    handles = {id(variable.handle) for variable in known}
    return tuple(variable for variable in touched if id(variable.handle) not in handles)


def _notes_on_seeds(namespace: Namespace) -> Iterator[str]:
    for one in namespace.left_out:
        if one.why == SEEDS:
            line = one.statement.lineno
            yield f"line {line} of the file was left out ({namespace.source.quote(line)}): the run's seed counts"


@contextmanager
def _random_states_kept() -> Iterator[None]:
    """Python's and NumPy's random numbers go on after the block as if the file had drawn none."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
