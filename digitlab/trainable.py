"""What is trained: model, loss, optimizer and step of one run, from a recipe or from the user's own file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitlab import recipes
from digitlab.config import RunConfig, TrainingConfig
from digitlab.data.dataset import Split
from digitlab.errors import UsageError
from digitlab.models.filespec import is_file_spec, parse_file_spec
from digitlab.runs.directory import Source
from digitlab.training.plan import settling_step
from digitlab.training.start import start_tensorflow

if TYPE_CHECKING:
    from digitlab.training.epoch import TrainStep

# A user's file trains with its own optimizer; where it has none, with the lab's.
LAB_RATE = TrainingConfig().learning_rate
FILE_SETTINGS = TrainingConfig(optimizer="own", learning_rate=None)


@dataclass(frozen=True)
class Trainable:
    """What trains, ready to go.

    Attributes:
        title: the model in words.
        model: keras.Model, float32 [batch, *image_shape] in [0, 1] → [batch, classes].
        loss: (labels one-hot, predictions) → a scalar.
        train_step: (model, images, labels) → (loss, predictions), see `training.epoch`.
        variables: all that a checkpoint has to hold, by what it belongs to.
        image_shape: of one image as the model takes it.
        optimizer: of Keras, if it is known to be what changes the weights.
        gives_logits: the model's answers become probabilities only through a softmax.
        notes: what is done otherwise than a user's file says.
    """

    title: str
    model: Any
    loss: Any
    train_step: Any
    variables: dict[str, Sequence[Any]]
    image_shape: tuple[int, ...]
    optimizer: Any | None = None
    gives_logits: bool = False
    notes: tuple[str, ...] = ()


def source_of(spec: str) -> Source | None:
    """The user's file that `spec` names, as it is now; None for a recipe, or where it cannot be read (told later)."""
    if not is_file_spec(spec):
        return None
    path = Path(parse_file_spec(spec).path).expanduser()
    return Source(path.name, path.read_bytes()) if path.is_file() else None


def settings_of(spec: str, *, own_step: bool = False) -> TrainingConfig:
    """What `spec` is trained with unless options say otherwise (raises UsageError for an unknown recipe).

    With a step of the user's own, the optimizer is the step's, too.
    """
    if is_file_spec(spec):
        return FILE_SETTINGS
    settings = recipes.find(spec).settings
    return settings.model_copy(update={"optimizer": "own", "learning_rate": None}) if own_step else settings


def best_threads(spec: str) -> int | None:
    """With how many threads TensorFlow trains `spec` fastest; None: its own choice, or it is too late to choose."""
    too_late = "tensorflow" in sys.modules
    return None if too_late or is_file_spec(spec) else recipes.find(spec).threads


def make_trainable(
    config: RunConfig,
    classes: int,
    images: int,
    sample: Split,
    train_step: TrainStep | None,
    file: Path | None = None,
) -> Trainable:
    """Load TensorFlow, set its seed, and make what `config` asks for.

    Args:
        config: of the run.
        classes: how many there are to tell apart.
        images: how many there are to train on.
        sample: a few images and labels, on which a user's file is tried.
        train_step: given from Python; else the file's own, else the usual one.
        file: where the user's file is, if not where `config` says.

    Raises:
        ModelFileError: the user's file cannot be used.
        MissingExtraError: TensorFlow is not installed.
    """
    start_tensorflow(config.threads)
    import keras

    keras.utils.set_random_seed(config.training.seed)
    if is_file_spec(config.recipe):
        return _from_file(config, classes, images, sample, train_step, file)
    return _from_recipe(config, classes, images, train_step)


def _from_recipe(config: RunConfig, classes: int, images: int, train_step: TrainStep | None) -> Trainable:
    import keras

    from digitlab.models.own_step import examine_step
    from digitlab.training.epoch import gradient_step

    recipe = recipes.find(config.recipe)
    model = recipe.build(classes)
    model(np.zeros((1, *recipe.image_shape), np.float32))  # makes the weights
    loss = keras.losses.CategoricalCrossentropy()
    if train_step is not None:
        extra = examine_step(train_step, model, recipe.image_shape, classes)
        variables = {"model": model.variables, "step": extra}
        return Trainable(recipe.title, model, loss, train_step, variables, recipe.image_shape)
    optimizer = _optimizer(config.training.optimizer, config, model, images)
    variables = {"model": model.variables, "optimizer": optimizer.variables}
    step = gradient_step(loss, optimizer)
    return Trainable(recipe.title, model, loss, step, variables, recipe.image_shape, optimizer)


def _from_file(
    config: RunConfig, classes: int, images: int, sample: Split, train_step: TrainStep | None, file: Path | None
) -> Trainable:
    from digitlab.models.own_step import examine_step
    from digitlab.models.userfile import load_user_model
    from digitlab.training.epoch import gradient_step

    path, name = parse_file_spec(config.recipe)
    spec = f"{file or path}:{name}" if name else str(file or path)
    user = load_user_model(spec, sample, classes)
    optimizer = _optimizer(user.optimizer or "sgd", config, user.model, images)
    extra = user.extra_variables
    if train_step is not None:
        extra = examine_step(train_step, user.model, user.input_shape, classes)
    step = train_step or user.train_step or gradient_step(user.loss, optimizer)
    variables = {"model": user.model.variables, "optimizer": optimizer.variables, "step": extra}
    # A step that came without an optimizer that we know changes the weights in a way of its own.
    known = train_step is None and (user.optimizer is not None or user.train_step is None)
    return Trainable(
        user.title,
        user.model,
        user.loss,
        step,
        variables,
        user.input_shape,
        optimizer if known else None,
        user.gives_logits,
        user.notes,
    )


def _optimizer(kind: Any, config: RunConfig, model: Any, images: int) -> Any:
    """An optimizer with its variables made, at the configured rate; one of the user's keeps its own if none is."""
    optimizer = (
        _of_our_own(kind, config.training, images) if isinstance(kind, str) else _of_the_user(kind, config.training)
    )
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    return optimizer


def _of_our_own(kind: str, training: TrainingConfig, images: int) -> Any:
    import keras

    optimizer, rate = keras.optimizers.get(kind), training.learning_rate or LAB_RATE
    if training.settling and rate:
        last = settling_step(training, images) - 1  # with the whole rate
        rate = keras.optimizers.schedules.PiecewiseConstantDecay([last], [rate, rate / 10])
        return type(optimizer)(rate)  # made so, since a rate that is a number cannot become a schedule later
    optimizer.learning_rate = rate
    return optimizer


def _of_the_user(optimizer: Any, training: TrainingConfig) -> Any:
    if training.settling:
        raise UsageError(
            "the optimizer of a file settles only by itself",
            found=f"settling={training.settling}",
            remedy="leave it out, and give the optimizer one of Keras' schedules as its rate",
        )
    if training.learning_rate is not None:
        optimizer.learning_rate = training.learning_rate
    return optimizer
