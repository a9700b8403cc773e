"""Runs a user's script as it is up to its first training step, and sees what trains what on which images.

No name is needed for that: when the script asks a tape for a gradient, the functions it is in lie open on the stack,
with their arguments; one of these is the step.  The step is run once more, line by line, to see which of the calls
inside turns images into a row for each: that is the model.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from types import FrameType
from typing import Any

import keras
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.models.userfile.inline import InlineStep, find_inline_step
from digitlab.models.userfile.running import LeftOut, Namespace
from digitlab.models.userfile.script import Script, lines_of_names
from digitlab.models.userfile.watcher import Watcher
from digitlab.programs import standins
from digitlab.programs.call import Call, Caught, are_images, call_of, code_of, parameters_of
from digitlab.programs.datasets import Rows, Served, in_place_of_downloads
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import line_by_line, replaced, variables_kept

MOST_STEPS = 20  # without labels, before it is given up


@dataclass
class Spied:
    """What a script does at its first step.

    Attributes:
        values: its names and their values at that moment.
        step: what trains; None where `fit` does, or a loop of the top level.
        inline: that loop; None: it is none.
        model: what turns images into rows: a `keras.Model`, or the call of a function.
        images: as they are fed; None where it is not known.
        labels: likewise.
        validation: the images that `fit` was given to validate on; None: none, or not by `fit`.
        optimizer: that moved the weights; None: none of Keras'.
        loss: of Keras, that was called; None: none.
        data_served: the file loaded MNIST by `load_data`.
        local_values: the names inside the functions of the file that were running, and their values.
        notes: what it did without.
    """

    values: dict[str, Any]
    step: Call | None = None
    inline: InlineStep | None = None
    model: keras.Model | Call | None = None
    images: Any = None
    labels: Any = None
    validation: Any = None
    optimizer: keras.optimizers.Optimizer | None = None
    loss: Any = None
    data_served: bool = False
    local_values: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def model_line(self) -> int | None:
        """Where the function that is the model is defined."""
        return self.model.line if isinstance(self.model, Call) else None


@dataclass
class _Scene:
    """What was found when the script was ended."""

    step: Call | None = None
    at_top_level: bool = False
    fitted: tuple[keras.Model, Any, Any, Any] | None = None
    local_values: dict[str, Any] = field(default_factory=dict)


def spy(source: SourceFile, data: Split, rows: Rows) -> Spied | None:
    """Run the script until it trains; None if it ends or fails before, or its step cannot be told.

    Args:
        source: the file.
        data: what its `mnist.load_data()` gives.
        rows: how many of them.
    """
    module = source.new_module()
    scene, served = _Scene(), Served(data, rows)
    values = module.__dict__
    values["__name__"] = "__main__"
    try:
        with (
            line_by_line(),
            in_place_of_downloads(served),
            _traps(source, scene),
            standins.imports(source, served) as notes,
        ):
            exec(compile(source.text, str(source.path), "exec", dont_inherit=True), values)
    except Caught:
        pass
    except (Exception, SystemExit):  # what is wrong with it is told by whoever loads it next
        return None
    finally:
        values["__name__"] = module.__name__
    spied = _of_scene(source, values, scene)
    return (
        None
        if spied is None
        else replace(spied, data_served=served.asked, local_values=scene.local_values, notes=tuple(notes))
    )


def _of_scene(source: SourceFile, values: dict[str, Any], scene: _Scene) -> Spied | None:
    if scene.fitted is not None:
        return _of_fit(values, *scene.fitted)
    if scene.step is not None:
        return _of_step(source, values, scene.step)
    return _of_loop(source, values) if scene.at_top_level else None


def _of_fit(values: dict[str, Any], model: keras.Model, images: Any, labels: Any, validation: Any) -> Spied:
    others = validation[0] if isinstance(validation, tuple | list) and len(validation) >= 2 else None
    return Spied(values, model=model, images=images, labels=labels, validation=others)


def _of_step(source: SourceFile, values: dict[str, Any], step: Call) -> Spied | None:
    spied = Spied(values, step, images=step.arguments[step.images], labels=step.arguments[step.labels or ""])
    return _watched(spied, Watcher(source, code_of(step.function)), step.on)


def _of_loop(source: SourceFile, values: dict[str, Any]) -> Spied | None:
    namespace = Namespace(source, Script(source.tree), values, lines_of_names(source.tree))
    namespace.left_out += [LeftOut(loop, "") for loop in source.tree.body if isinstance(loop, ast.For)]
    inline = find_inline_step(namespace)
    if inline is None:
        return None
    images, labels = inline.arrays or (values.get(name) for name in inline.names)
    spied = Spied(values, inline=inline, images=images, labels=labels)
    return _watched(spied, Watcher(source, None), inline.run) if are_images(images) else None


def _watched(spied: Spied, watcher: Watcher, step: Callable[[Any, Any], Any]) -> Spied | None:
    """Do the step once more, and see what it calls; None where it cannot be done, or calls no model."""
    with line_by_line(), variables_kept(), watcher.watching():
        try:
            step(spied.images, spied.labels)
        except Exception:
            return None
    spied.model, spied.optimizer, spied.loss = watcher.model, watcher.optimizer, watcher.loss
    return spied if spied.model is not None else None


@contextmanager
def _traps(source: SourceFile, scene: _Scene) -> Iterator[None]:
    """The first gradient or `fit` of a classifier inside the block ends it; what is trained before goes on."""
    real, steps = tf.GradientTape.gradient, count()

    def gradient(tape: tf.GradientTape, *arguments: Any, **options: Any) -> Any:
        frame = sys._getframe(1)
        scene.step, scene.at_top_level = _step_on_stack(source, frame), _is_top_level(source, frame)
        if scene.step is not None or scene.at_top_level or next(steps) > MOST_STEPS:
            scene.local_values = _local_values(source, frame)
            raise Caught
        return real(tape, *arguments, **options)

    def fit(model: keras.Model, x: Any = None, y: Any = None, *_: Any, **options: Any) -> Any:
        if are_images(y):  # an autoencoder, say, before the classifier
            history = keras.callbacks.History()
            history.set_model(model)
            return history
        scene.fitted = model, x, y, options.get("validation_data")
        scene.local_values = _local_values(source, sys._getframe(1))
        raise Caught

    with (
        replaced(tf.GradientTape, "gradient", gradient),
        replaced(keras.Model, "fit", fit),
        replaced(keras.Model, "train_on_batch", fit),
    ):
        yield


def _local_values(source: SourceFile, frame: FrameType | None) -> dict[str, Any]:
    """What the functions of the file that are running call by a name."""
    values: dict[str, Any] = {}
    while frame is not None:
        if frame.f_code.co_filename == str(source.path) and frame.f_code.co_name != "<module>":
            values = frame.f_locals | values
        frame = frame.f_back
    return values


def _is_top_level(source: SourceFile, frame: FrameType | None) -> bool:
    """Whether the innermost code of the file is no function."""
    while frame is not None and frame.f_code.co_filename != str(source.path):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name == "<module>"


def _step_on_stack(source: SourceFile, frame: FrameType | None) -> Call | None:
    """The innermost function of the file, with images and labels among its arguments, that can be called again.

    One that takes a batch is better than one that takes all images.
    """
    training: Call | None = None
    while frame is not None:
        if frame.f_code.co_filename == str(source.path) and frame.f_code.co_name != "<module>":
            call = call_of(
                frame, {name: frame.f_locals[name] for name in parameters_of(frame.f_code) if name in frame.f_locals}
            )
            if call is not None and call.labels is not None:
                if not call.trains_on_all:
                    return call
                training = training or call
        frame = frame.f_back
    return training
