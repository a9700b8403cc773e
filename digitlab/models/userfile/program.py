"""A user's file in its own terms: model, loss, optimizer, step and data as they are there, nothing brought into form.

`load.py` makes of a file what digitlab trains; this is what `digitlab check` looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from digitlab.models.userfile.build import SHAPES, run_on_few
from digitlab.models.userfile.feed import looked_at
from digitlab.models.userfile.find import find_model
from digitlab.models.userfile.flatten import flattened
from digitlab.models.userfile.inline import find_inline_step
from digitlab.models.userfile.parts import find_loss, find_optimizer, find_step
from digitlab.models.userfile.plain import PlainModel, find_plain_model
from digitlab.models.userfile.running import Namespace
from digitlab.models.userfile.script import Script, lines_of_names
from digitlab.models.userfile.spy import Spied, spy
from digitlab.models.userfile.step import has_own_method, raw_step
from digitlab.programs.call import Call
from digitlab.programs.datasets import ALL, FEW
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import undisturbed


@dataclass(frozen=True)
class Program:
    """What a file defines.

    Attributes:
        source: the file.
        values: its names and their values.
        name: of the model: a global name, or a method of `owner`.
        line: where it is defined.
        model: a `keras.Model`, or whatever is called on images.
        call: (images, whether it trains) → predictions.
        owner: the object whose method `name` is called; None: the model is Keras', or a function.
        images: some training images as they are fed, of the type and shape that the step takes.
        labels: theirs, as they are fed; None where that cannot be told.
        validation: the images that `fit` validates on; None where that cannot be told.
        data_served: its images are those that `load_data` gave it.
        images_repeat: the file was given some images more than once, since it wanted more than there were.
        loss: as the file has it; None where it has none that can be told.
        optimizer: likewise.
        step: (images, labels), as fed → anything; trains.  None where there is none.
        step_line: where it is.
        step_call: the same with all its arguments, where it is a function that was seen at work.
        step_takes_arrays: it takes whole arrays and a batch out of them by itself.
        starts_anew: it is the beginning of a whole training, and may set the weights first.
        local_values: the names inside the functions of the file that were running when it trained, and their values.
        notes: what it did without.
    """

    source: SourceFile
    values: dict[str, Any]
    name: str
    line: int | None
    model: Any
    call: Callable[[Any, bool], Any]
    owner: Any
    images: Any
    labels: Any
    validation: Any
    data_served: bool
    images_repeat: bool
    loss: Any | None
    optimizer: keras.optimizers.Optimizer | None
    step: Callable[[Any, Any], Any] | None
    step_line: int | None
    step_call: Call | None = None
    step_takes_arrays: bool = False
    starts_anew: bool = False
    local_values: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def keras_model(self) -> keras.Model | None:
        """The model, if it is Keras'."""
        return self.model if isinstance(self.model, keras.Model) else None


def load_program(source: SourceFile, name: str | None, data: Split, classes: int) -> Program:
    """Find the parts of a file: run it up to its first step; where that does not help, run what it defines.

    Args:
        source: the file; to be on its stage.
        name: of the model, where the file has several; None: the one that is trained.
        data: what `mnist.load_data()` gives inside the file.
        classes: how many there are.

    Raises:
        ModelFileError: the file cannot be run, or there is no model in it that can be called on images.
    """
    spied = _spied(source, data) if name is None else None
    if spied is not None:
        return spied
    flat = flattened(source.tree)
    if flat is not source.tree:
        try:
            return _defined(replace(source, tree=flat), name, data, classes)
        except ModelFileError:
            pass  # unfolded it may mean something else: as it stands, then
    return _defined(source, name, data, classes)


def _spied(source: SourceFile, data: Split) -> Program | None:
    for rows in (FEW, ALL):  # some scripts count on as many images as MNIST has
        seen = spy(source, data, rows)
        if seen is not None:
            return _of_spied(source, seen, images_repeat=rows.train > len(data) * 6 // 7)
    return None


def _of_spied(source: SourceFile, seen: Spied, *, images_repeat: bool) -> Program | None:
    """The program behind what was seen; None where its model cannot be called: that is told when it is defined."""
    fed = None if seen.images is None else looked_at(seen.images, seen.labels)
    namespace = Namespace(source, Script(source.tree), seen.values, lines_of_names(source.tree))
    model = _model_of(namespace, seen)
    if fed is None or model is None or not _can_be_called(source, model, fed.images[:2]):
        return None
    keras_model = model.value if isinstance(model.value, keras.Model) else None
    step, line = _step_of(namespace, seen, keras_model)
    by_fit = seen.step is None and seen.inline is None
    return Program(
        source=source,
        values=seen.values,
        name=model.method,
        line=namespace.lines.get(model.name) if isinstance(seen.model, keras.Model) else seen.model_line,
        model=model.value,
        call=model.call,
        owner=model.owner,
        images=fed.images,
        labels=fed.labels,
        validation=seen.validation,
        data_served=seen.data_served,
        images_repeat=images_repeat,
        loss=seen.loss if seen.loss is not None else find_loss(namespace, keras_model),
        optimizer=find_optimizer(namespace, keras_model) if by_fit else seen.optimizer,
        step=step,
        step_line=line,
        step_call=seen.step,
        step_takes_arrays=_takes_arrays(seen),
        starts_anew=seen.step is not None and seen.step.trains_on_all,
        local_values=seen.local_values,
        notes=seen.notes,
    )


def _step_of(
    namespace: Namespace, seen: Spied, model: keras.Model | None
) -> tuple[Callable[[Any, Any], Any] | None, int | None]:
    if seen.step is not None:
        return seen.step.on, seen.step.line
    if seen.inline is not None:
        return seen.inline.run, seen.inline.line
    return raw_step(namespace, None, model) if model is not None and has_own_method(model) else (None, None)


def _takes_arrays(seen: Spied) -> bool:
    if seen.inline is not None:
        return seen.inline.arrays is not None
    return seen.step is not None and seen.step.trains_on_all


def _model_of(namespace: Namespace, seen: Spied) -> PlainModel | None:
    if isinstance(seen.model, Call):
        return PlainModel(seen.model.name, seen.model, seen.model.as_model, seen.model.owner, seen.model.name)
    if seen.model is None:
        return None
    name = next((known for known, value in namespace.values.items() if value is seen.model), "")
    return PlainModel(name, seen.model, _keras_call(seen.model), None, name)


def _can_be_called(source: SourceFile, model: PlainModel, images: Any) -> bool:
    try:
        with undisturbed(source):
            model.call(tf.constant(images), False)
    except Exception:
        return False
    return True


def _keras_call(model: keras.Model) -> Callable[[Any, bool], Any]:
    return lambda images, training: model(images, training=training)


def _defined(source: SourceFile, name: str | None, data: Split, classes: int) -> Program:
    namespace, feed = run_on_few(source, data)
    feed = None if feed is None or feed.empty else feed
    inline = find_inline_step(namespace) if find_step(namespace) is None else None
    arrays = None if inline is None or feed is not None else inline.arrays
    given = None if arrays is None else arrays[0].shape[1:]
    shapes = sorted(SHAPES, key=lambda shape: shape != given)
    found = _find(namespace, name, feed.images if feed is not None else _scaled(data, shapes[0]), classes)
    tries = [feed.images] if feed is not None else [_scaled(data, shape) for shape in shapes]
    images = _called(namespace, found, tries)
    step, step_line = _step(namespace, found.value) if inline is None else (inline.run, inline.line)
    keras_model = found.value if isinstance(found.value, keras.Model) else None
    return Program(
        source=source,
        values=namespace.values,
        name=found.method,
        line=namespace.lines.get(found.name),
        model=found.value,
        call=found.call,
        owner=found.owner,
        images=images if arrays is None else arrays[0],
        labels=arrays[1] if arrays is not None else feed.labels if feed is not None else None,
        validation=None,
        data_served=namespace.data_served,
        images_repeat=FEW.train > len(data) * 6 // 7,
        loss=find_loss(namespace, keras_model),
        optimizer=find_optimizer(namespace, keras_model),
        step=step,
        step_line=step_line,
        step_takes_arrays=arrays is not None,
        notes=namespace.notes,
    )


def _scaled(data: Split, shape: tuple[int, ...]) -> Any:
    return (data.images.reshape(-1, *shape) / np.float32(255)).astype(np.float32)


def _find(namespace: Namespace, name: str | None, images: Any, classes: int) -> PlainModel:
    try:
        found = find_model(namespace, name)
    except ModelFileError as error:
        plain = find_plain_model(namespace, name, tf.constant(images[:2]), classes)
        if plain is None:
            raise error from None
        return plain
    model = found.make()
    return PlainModel(found.name, model, _keras_call(model), None, found.name)


def _called(namespace: Namespace, model: PlainModel, tries: list[Any]) -> Any:
    """Call the model once, so that its weights are made; the first of the images that it takes.

    Raises:
        ModelFileError: what the model itself raises, and on which shapes.
    """
    failures: list[Exception] = []
    for one in tries:
        try:
            with undisturbed(namespace.source):
                model.call(tf.constant(one[:2]), False)
        except Exception as error:
            failures.append(error)
        else:
            return one
    told = namespace.error_of(failures[0], "the model is called")
    shapes = " and ".join(str([2, *one.shape[1:]]) for one in tries)
    raise type(told)(told.problem, found=f"{told.found} (called on images {shapes})", remedy=told.remedy)


def _step(namespace: Namespace, model: Any) -> tuple[Callable[[Any, Any], Any] | None, int | None]:
    name = find_step(namespace)
    if name is not None or (isinstance(model, keras.Model) and has_own_method(model)):
        try:
            return raw_step(namespace, name, model)
        except ModelFileError:  # it takes other arguments than images and labels
            return None, None
    return None, None
