"""What is trained: model, loss, optimizer and step of one run, from a recipe or from the user's own file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitlab import recipes
from digitlab.base import machine
from digitlab.config import RunConfig, TrainingConfig, checked
from digitlab.data.dataset import Dataset, Split
from digitlab.data.named import DIGITS
from digitlab.errors import ModelFileError, UsageError
from digitlab.images.spec import MNIST, ImageSpec
from digitlab.preprocess.settings import Digits
from digitlab.programs.spec import is_file_spec, parse_file_spec, refuse_for_programs
from digitlab.runs.directory import Source
from digitlab.training.start import start_tensorflow

if TYPE_CHECKING:
    from digitlab.training.step import TrainStep

# A user's file trains with its own optimizer; where it has none, with the lab's.
LAB_RATE = 0.01
FILE_SETTINGS = TrainingConfig(optimizer="own", learning_rate=None)
OF_RECIPES = (
    "optimizer",
    "schedule",
    "settling",
    "label_smoothing",
    "averaging",
    "precision",
    "teachers",
)  # a file has these in its own way


@dataclass(frozen=True)
class Trainable:
    """What trains, ready to go.

    Attributes:
        title: the model in words.
        training_model: keras.Model whose weights the step updates, float32 [batch, *image_shape] in [0, 1] →
            [batch, classes].
        model: the one that answers, in float32: `training_model`, or the mean of its weights (`training.ema`).
        loss: (labels one-hot, predictions) → a scalar; answers are judged by it.
        train_step: (model, images, labels) → (loss, predictions), see `training.epoch`.
        variables: all that a checkpoint has to hold, by what it belongs to.
        image_shape: of one image as the model takes it.
        spec: of the images before that.
        optimizer: of Keras, if it is known to be what changes the weights.
        gives_logits: the model's answers become probabilities only through a softmax.
        notes: what differs from the user's file.
        callbacks: of the file's `fit`, those that set the learning rate, and the model whose optimizer they change.
    """

    title: str
    training_model: Any
    model: Any
    loss: Any
    train_step: Any
    variables: dict[str, Sequence[Any]]
    image_shape: tuple[int, ...]
    spec: ImageSpec = MNIST
    optimizer: Any | None = None
    gives_logits: bool = False
    notes: tuple[str, ...] = ()
    callbacks: tuple[list[Any], Any] | None = None


def source_of(spec: str) -> Source | None:
    """The user's file that `spec` names, as it is now; None for a recipe or an unreadable file (reported later)."""
    if not is_file_spec(spec):
        return None
    path = Path(parse_file_spec(spec).path).expanduser()
    return Source(path.name, path.read_bytes()) if path.is_file() else None


def settings_of(spec: str, *, own_step: bool = False) -> TrainingConfig:
    """What `spec` is trained with unless options say otherwise (raises UsageError for an unknown recipe).

    A recipe's bfloat16 is for processors that have it.  With a step of one's own, the optimizer is the step's, too.
    """
    if is_file_spec(spec):
        return FILE_SETTINGS
    settings = recipes.find(spec).settings
    if not machine.multiplies_bfloat16():
        settings = settings.model_copy(update={"precision": "float32"})
    return settings.model_copy(update={"optimizer": "own", "learning_rate": None}) if own_step else settings


def training_config(spec: str, settings: dict[str, Any], *, own_step: bool = False) -> TrainingConfig:
    """The training of `spec` with `settings` in place of its own (raises UsageError for a wrong one)."""
    return checked(TrainingConfig, **{**settings_of(spec, own_step=own_step).model_dump(), **settings})


def run_config(spec: str, dataset: Dataset, training: TrainingConfig, **options: Any) -> RunConfig:
    """What a run of `spec` on `dataset` is asked to do; `options` are further fields of `RunConfig`."""
    source = source_of(spec)
    return checked(
        RunConfig,
        recipe=spec,
        source_sha256=source.sha256 if source else None,
        data=dataset.name,
        image_size=dataset.image_size,
        gray=dataset.gray,
        training=training,
        **options,
    )


def threads_for(spec: str) -> int | None:
    """With how many threads this process trains `spec` fastest; None: it is too late to choose."""
    if "tensorflow" in sys.modules:
        return None
    cores = machine.usable_cores()
    return cores if is_file_spec(spec) else min(cores, recipes.find(spec).most_threads or cores)


def make_trainable(
    config: RunConfig,
    dataset: Dataset,
    images: int,
    sample: Split,
    train_step: TrainStep | None,
    file: Path | None = None,
) -> Trainable:
    """Load TensorFlow, set its seed, and make what `config` asks for.

    Args:
        config: of the run.
        dataset: its classes, and the form of its images.
        images: how many there are to train on.
        sample: a few images and labels, on which a user's file is tried.
        train_step: given from Python; else the file's own, else the usual one.
        file: where the user's file is, if not where `config` says.

    Raises:
        ModelFileError: the user's file cannot be used.
        UsageError: the settings do not fit the data.
        MissingExtraError: TensorFlow is not installed.
    """
    _refuse_what_needs_digits(config, dataset)
    start_tensorflow(config.threads)
    import keras

    from digitlab.training.seeds import layers_seeded

    if is_file_spec(config.recipe):  # a program may draw from `random` as it likes, and seed it itself
        keras.utils.set_random_seed(config.training.draw_seed)
        return _from_file(config, len(dataset.class_names), images, sample, train_step, file)
    with layers_seeded(config.training.draw_seed):
        return _from_recipe(config, dataset, images, train_step)


def _refuse_what_needs_digits(config: RunConfig, dataset: Dataset) -> None:
    if is_file_spec(config.recipe):
        refuse_for_programs(dataset)
    are_digits = isinstance(dataset.preprocessing, Digits) and dataset.class_names == DIGITS
    if config.training.augmentation == "affine and drawn" and not are_digits:
        raise UsageError(
            "this recipe draws digits beside the images that it learns from",
            found=f"{dataset.spec}, {len(dataset.class_names)} classes: not the ten digits, framed as MNIST's",
            remedy="take cnn, fast, accurate or best",
        )


def _from_recipe(config: RunConfig, dataset: Dataset, images: int, train_step: TrainStep | None) -> Trainable:
    import keras

    from digitlab.programs.given import variables_of_step
    from digitlab.training.distillation import distilled, load_teachers
    from digitlab.training.ema import AveragedModel
    from digitlab.training.step import gradient_step

    recipe, training, classes = recipes.find(config.recipe), config.training, len(dataset.class_names)
    image_shape = recipe.image_shape(dataset.spec)
    if training.optimizer == "own" and train_step is None:
        raise UsageError(
            "a recipe has no optimizer of its own",
            found="optimizer=own",
            remedy="give sgd, adam or muon, or leave it out; a train_step of yours brings its own",
        )

    def build() -> Any:
        model = recipe.build(dataset.spec, classes)
        model(np.zeros((1, *image_shape), np.float32))  # makes the weights
        return model

    averaged, loss = AveragedModel(build, training), keras.losses.CategoricalCrossentropy()
    if train_step is not None:
        optimizer, step = None, train_step
        state = {"step": variables_of_step(train_step, averaged.training_model, image_shape, classes)}
    else:
        optimizer = _optimizer(training.optimizer, config, averaged.training_model, images)
        smoothed = keras.losses.CategoricalCrossentropy(label_smoothing=training.label_smoothing)
        step, state = gradient_step(smoothed, optimizer), {"optimizer": optimizer.variables}
    if training.teachers:
        step = distilled(step, load_teachers(training.teachers))
    return Trainable(
        recipe.title,
        averaged.training_model,
        averaged.model,
        loss,
        averaged.following(step),
        {**averaged.variables, **state},
        image_shape,
        dataset.spec,
        _steerable(optimizer),
    )


def _from_file(
    config: RunConfig, classes: int, images: int, sample: Split, train_step: TrainStep | None, file: Path | None
) -> Trainable:
    from digitlab.programs import legacy
    from digitlab.programs.given import variables_of_step
    from digitlab.programs.program import load_program
    from digitlab.programs.source import read_source
    from digitlab.programs.stage import random_states_kept, staged
    from digitlab.programs.trained import trained
    from digitlab.training.step import gradient_step

    _refuse_what_recipes_have(config.training)
    path, name = parse_file_spec(config.recipe)
    source, uses = legacy.today(read_source(str(file or path)))
    with random_states_kept(), staged(source):
        try:
            program = trained(load_program(source, name, sample), sample, classes)
        except ModelFileError as error:
            raise legacy.gone_error(source, uses, error) or error from None
    optimizer = program.optimizer
    if program.step is None or optimizer is not None:
        optimizer = _optimizer(optimizer or "sgd", config, program.model, images)
    extra = program.variables
    if train_step is not None:
        extra = variables_of_step(train_step, program.model, program.image_shape, classes)
    step = train_step or program.step or gradient_step(program.loss, optimizer)
    state = optimizer.variables if optimizer is not None else []
    return Trainable(
        program.title,
        program.model,
        program.model,
        program.loss,
        step,
        {"model": program.model.variables, "optimizer": state, "step": extra},
        program.image_shape,
        MNIST,
        optimizer if train_step is None else None,
        program.gives_logits,
        program.notes,
        program.callbacks if train_step is None and config.training.learning_rate is None else None,
    )


def _optimizer(kind: Any, config: RunConfig, model: Any, images: int) -> Any:
    """An optimizer with its variables made, at the configured rate; one of the user's keeps its own if none is."""
    training = config.training
    if isinstance(kind, str):
        optimizer = _of_our_own(kind, training, images)
    else:
        optimizer = kind
        if training.learning_rate is not None:
            optimizer.learning_rate = training.learning_rate
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    return optimizer


def _of_our_own(kind: str, training: TrainingConfig, images: int) -> Any:
    import keras

    from digitlab.training.muon import ConvolutionMuon
    from digitlab.training.schedules import rate_of

    kind_of = ConvolutionMuon if kind == "muon" else type(keras.optimizers.get(kind))
    # made with its rate, since one that is a number cannot become a schedule later
    return kind_of(rate_of(training, training.learning_rate or LAB_RATE, images))


def _refuse_what_recipes_have(training: TrainingConfig) -> None:
    given = {name: getattr(training, name) for name in OF_RECIPES}
    changed = [f"{name}={value}" for name, value in given.items() if value != getattr(FILE_SETTINGS, name)]
    if changed:
        raise UsageError(
            "this setting applies to recipes only; your file sets its own",
            found=", ".join(changed),
            remedy="leave it out, and write it into the file in Keras' way",
        )


def _steerable(optimizer: Any) -> Any | None:
    """The optimizer whose rate can be set while a training goes on; None where a schedule sets it."""
    import keras

    scheduled = isinstance(getattr(optimizer, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule)
    return None if scheduled else optimizer
