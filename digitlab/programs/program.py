"""A user's program as its run has shown it: model, loss, optimizer, step and data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.programs.call import Call, code_of
from digitlab.programs.capture import Capture, Fit, Step, capture
from digitlab.programs.datasets import FEW_ROWS, MNIST_ROWS, DataStub
from digitlab.programs.feed import Feed, fitted, matched, sampled, scaled
from digitlab.programs.loop import Loop
from digitlab.programs.namespace import Namespace, lines_of_names, program_error
from digitlab.programs.probe import PROBE_IMAGES, Parts, VariableObserver, probed
from digitlab.programs.recorder import observing
from digitlab.programs.source import SourceFile
from digitlab.programs.spec import PIXELS, SHAPES

RATE_CALLBACKS = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
IGNORED_OPTIONS = ("sample_weight", "validation_split", "validation_data", "steps_per_epoch", "initial_epoch")


@dataclass(frozen=True)
class Program:
    """What a run of the program has shown."""

    source: SourceFile
    values: dict[str, Any]  # its global names and their values
    name: str  # of the model: a global name, or the function or method that is called
    line: int | None  # where it is defined
    # a Keras layer or model, or a `Call` of a function; None: the step computes predictions by itself
    model: keras.layers.Layer | Call | None
    images: Any  # some training images as they are fed
    labels: Any  # their labels as they are fed; None: unknown
    validation: Any = None  # the images that `fit` validates on; None: unknown
    data_loaded: bool = False  # the program loaded its images by `load_data`
    images_repeat: bool = False  # the program got some images more than once, since it needed more than there were
    loss: Any | None = None  # of Keras; None: unknown
    optimizer: keras.optimizers.Optimizer | None = None  # of Keras; None: unknown
    step: Step | None = None  # what trains; None: nothing does
    changes: bool = True  # whether the step changes weights
    error: Exception | None = None  # what the step raised when it was tried
    batch_size: int | None = None  # images per step; None: unknown
    epochs: int | None = None  # None: unknown
    variables: list[tf.Variable] = field(default_factory=list)  # all that the program made, in order
    # the names inside the functions that were running when it trained, and their values
    local_values: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what runs differently from how it is written
    inputs: Any = None  # what reached the model when the step was given `images`, where the step changes them first

    @property
    def own_step(self) -> Callable[[Any, Any], Any] | None:
        """(images, labels) as fed → anything; trains.  None where nothing trains, or `fit` with Keras' own step."""
        if self.step is None or (isinstance(self.step, Fit) and self.step.line is None):
            return None
        return self.step.on

    @property
    def settings(self) -> dict[str, int]:
        """batch_size and epochs, as far as they are known."""
        known = {"batch_size": self.batch_size, "epochs": self.epochs}
        return {name: value for name, value in known.items() if value}

    @property
    def callbacks(self) -> list[Any]:
        """The callbacks of `fit` that set the learning rate."""
        return [one for one in _callbacks(self.step) if isinstance(one, RATE_CALLBACKS)]

    @property
    def step_line(self) -> int | None:
        """The line of the step."""
        return self.step.line if self.step is not None else None

    def inputs_feed(self, data: Split, classes: int) -> Feed:
        """The feed of the model, where the step changes its images first."""
        return fitted(matched(self.inputs, self.labels[: len(self.inputs)], data), data, classes)

    def call(self, images: Any, training: bool) -> Any:
        """The model's predictions for images as they are fed."""
        if isinstance(self.model, keras.Model):
            return self.model(images, training=training)
        if isinstance(self.model, keras.layers.Layer):
            return self.model(images, training=training) if self.model._call_has_training_arg else self.model(images)
        assert self.model is not None
        return self.model.as_model(images, training)


def load_program(source: SourceFile, name: str | None, data: Split) -> Program:
    """Run a program up to its first update; where it trains nothing, find the model that it defines.

    Args:
        source: the file, which is staged (see `stage.staged`).
        name: of the model, where the file has several; None: the one that is trained.
        data: what `mnist.load_data()` gives inside the file.

    Raises:
        ModelFileError: the program cannot be run, or there is no model in it that can be called on images.
    """
    errors = []
    for rows in (FEW_ROWS, MNIST_ROWS):  # some programs rely on as many images as MNIST has
        seen = capture(source, DataStub(data, rows), name)
        if seen.error is None or seen.steps:
            program = _of_training(source, seen) if seen.steps else _of_namespace(source, seen, name, data)
            return replace(program, images_repeat=rows.train > len(data) * 6 // 7)
        errors.append(seen.error)
    raise program_error(source, errors[0], "the program runs") from errors[0]


def _of_training(source: SourceFile, seen: Capture) -> Program:
    fed, step, parts = None, seen.steps[0], Parts(None)
    for candidate in seen.steps:
        found = sampled(*candidate.batch)
        if found is None or found[1] is None:
            continue
        tried = probed(source, candidate, found, seen)
        if fed is None or tried.changes:
            fed, step, parts = found, candidate, tried
        if tried.changes:
            break
    if fed is None:
        raise source.error(
            step.line,
            "the images that the program trains on were not found",
            found="it feeds something other than 28×28 images with a label each",
            remedy="feed MNIST's images, in any shape of 784 numbers, with class numbers or one-hot labels",
        )
    model = step.model if isinstance(step, Fit) else parts.model
    if isinstance(step, Fit) and not step.model.built:
        with suppress(Exception):  # the training raises it again
            step.model(tf.constant(fed[0][:2]))
    known = next((known for known, value in seen.values.items() if value is model), "")
    program = _program(source, seen, step, parts, model, known, fed)
    if isinstance(model, Call):
        program = replace(program, name=model.name, line=model.line)
    held_out = step.options.get("validation_data") if isinstance(step, Fit) else None
    validation = held_out[0] if isinstance(held_out, tuple | list) and len(held_out) >= 2 else None
    return replace(program, validation=validation, **_settings(step, seen))


def _of_namespace(source: SourceFile, seen: Capture, name: str | None, data: Split) -> Program:
    namespace = Namespace(source, seen.values)
    made = VariableObserver()
    with observing(made):
        known, model = namespace.model(name)
        images = _taken(source, model, data, namespace.lines.get(known))
    seen.variables += [variable for variable, _ in made.made]
    one_hot = np.eye(int(data.labels.max()) + 1, dtype=np.float32)
    step = namespace.step(model, images[:PROBE_IMAGES], one_hot[data.labels[:PROBE_IMAGES]])
    parts = probed(source, step, step.batch, seen) if step is not None else Parts(None)
    return _program(source, seen, step, parts, model, known, (images, None))


def _program(
    source: SourceFile, seen: Capture, step: Step | None, parts: Parts, model: Any, name: str, fed: tuple[Any, Any]
) -> Program:
    loss, optimizer = parts.loss, parts.optimizer
    if isinstance(step, Fit) or (step is None and getattr(model, "compiled", False)):
        loss, optimizer = model.loss, model.optimizer
    return Program(
        source=source,
        values=seen.values,
        name=name,
        line=lines_of_names(source.tree).get(name),
        model=model,
        images=fed[0],
        labels=fed[1],
        data_loaded=seen.data_loaded,
        loss=keras.losses.get(loss) if isinstance(loss, str) else loss,
        optimizer=optimizer,
        step=step,
        changes=parts.changes or not isinstance(step, Loop | Call),
        error=parts.error,
        variables=seen.variables,
        local_values=seen.local_values,
        notes=tuple(_notes(source, step, seen)),
        inputs=None if parts.inputs is None or fed[1] is None else np.asarray(parts.inputs),
    )


def _settings(step: Step, seen: Capture) -> dict[str, Any]:
    if isinstance(step, Fit) and "train_on_batch" not in step.options:
        given = step.images
        if hasattr(given, "shape"):
            size = step.options.get("batch_size") or 32
        else:
            size = next((int(one[0].shape[0]) for one in iter(given) if isinstance(one, tuple)), None)
        return {"batch_size": size, "epochs": step.options.get("epochs", 1)}
    images = step.batch[0]
    size = None if isinstance(step, Loop) and step.arrays else int(images.shape[0])
    return {"batch_size": size, "epochs": _epochs(step, seen)}


def _epochs(step: Step, seen: Capture) -> int | None:
    """The turns of the loop around the one over the batches; None: unknown."""
    loops = list(seen.loops)
    if isinstance(step, Loop):
        loops = loops[[loop for _, loop, _ in loops].index(step.node) :]
    elif isinstance(step, Call):
        loops = [one for one in loops if one[0] is not code_of(step.function)]
    return loops[1][2] if len(loops) > 1 else None


def _notes(source: SourceFile, step: Step | None, seen: Capture) -> Iterator[str]:
    yield from seen.notes
    for line in dict.fromkeys(seen.seeds):
        yield f"{source.place(line)} sets a seed ({source.quote(line)}); the seed of the run is used instead"
    if isinstance(step, Fit):
        left_out = [name for name in IGNORED_OPTIONS if step.options.get(name) is not None]
        others = [type(one).__name__ for one in _callbacks(step) if not isinstance(one, RATE_CALLBACKS)]
        if left_out or others:
            yield f"not used in fit: {', '.join([*left_out, *others])}"
        if {"validation_split", "validation_data"} & set(left_out):
            yield "digitlab validates on its own validation images"


def _callbacks(step: Step | None) -> list[Any]:
    given = (step.options.get("callbacks") if isinstance(step, Fit) else None) or []
    return list(given) if isinstance(given, list | tuple) else [given]


def _taken(source: SourceFile, model: keras.Model, data: Split, line: int | None) -> Any:
    """Images from 0 to 1 in the first shape that the model takes; calling it makes its weights."""
    inputs = getattr(model, "inputs", None)
    declared = tuple(inputs[0].shape[1:]) if inputs and len(inputs) == 1 else None
    failures = []
    for shape in (declared,) if declared in SHAPES else SHAPES:
        images = scaled(data, shape)
        try:
            model(tf.constant(images[:2]))
        except Exception as error:
            failures.append(error)
        else:
            return images
    if declared is not None and (None in declared or np.prod(declared) != PIXELS):
        raise source.error(
            line,
            "the model takes inputs other than 28×28 images",
            found=f"declared input {declared}",
            remedy="declare one of (784,), (28, 28) and (28, 28, 1)",
        )
    shapes = " and ".join(str([2, *shape]) for shape in SHAPES)
    raised = program_error(source, failures[0], "the model is called")
    raise type(raised)(raised.problem, found=f"{raised.found} (called on images {shapes})", remedy=raised.remedy)
