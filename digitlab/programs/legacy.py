"""Lets a program of an older Keras or TensorFlow run: what is gone, and has one exact successor, works in a block.

Only names that the program's text contains are touched; what is touched is afterwards as it was.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from itertools import islice
from operator import methodcaller
from types import FrameType
from typing import Any

import keras

from digitlab.errors import ModelFileError
from digitlab.programs import old_names
from digitlab.programs.moved_modules import ROOTS, moved_modules
from digitlab.programs.old_uses import Reader, Use
from digitlab.programs.source import SourceFile
from digitlab.programs.successors import SAVES, arguments_of, resolved, saved_as, successor

STOPS = ("no-successor", "tensorflow-1")
V1_SWITCHES = ("disable_eager_execution", "disable_v2_behavior")


class GoneError(ModelFileError):
    """The program stops at a name that is gone; `uses` are all that it has of that kind."""

    uses: Sequence[Use] = ()


@contextmanager
def served(source: SourceFile) -> Iterator[list[Use]]:
    """Old names work inside the block; gives what the program uses of them, which grows while it runs.

    Raises:
        GoneError: the program stopped at a name without a successor, or makes TensorFlow what it was before 2.0.
    """
    log = _Log(source)
    for use in log.uses:
        if use.old.endswith(V1_SWITCHES):  # which would change TensorFlow for good
            raise _gone(source, use, log.uses)
    with ExitStack() as undo:
        _serve(log, undo)
        try:
            yield log.uses
        except Exception as error:
            gone = gone_error(source, log.uses, error)
            if gone is None:
                raise
            raise gone from None


def gone_error(source: SourceFile, uses: Sequence[Use], error: Exception) -> GoneError | None:
    """The error to raise for one that came out of a line with an old name; None: that is not why."""
    while isinstance(error, ModelFileError) and isinstance(error.__context__, Exception):
        error = error.__context__  # what the loader has already put into words
    line = source.line_of(error)
    # A name that has a successor works: then the line is wrong in another way, unless the error is about the name.
    missing = str(error) if isinstance(error, AttributeError | ImportError) else ""
    here = (use for use in uses if use.line == line)
    use = next((use for use in here if use.kind in STOPS or f"'{use.old.rpartition('.')[2]}'" in missing), None)
    return None if use is None else _gone(source, use, uses)


def _gone(source: SourceFile, use: Use, uses: Sequence[Use]) -> GoneError:
    old = use.kind == "tensorflow-1"
    gone = GoneError(
        f"{source.shown}, {source.place(use.line)}: " + ("this is TensorFlow 1 code" if old else f"{use.old} is gone"),
        found=f"{use.old}, gone since {use.since}",
        remedy="rewrite it for TensorFlow 2; docs/lab.md shows how" if old else f"use instead: {use.new}",
    )
    gone.uses = uses
    return gone


class _Log:
    """What a program was seen to use, beside what its text says."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.words = set(re.findall(r"\w+", source.text.decode(errors="replace")))
        self._reader = Reader(source)
        self.uses = self._reader.uses

    def called(self, target: Any, old: str, new: str | None) -> None:
        """The argument `old` was given to a class or function of Keras."""
        node, line = self._here()
        found = list(self._reader.call_uses(node, target)) if hasattr(node, "keywords") else []
        name = target.__name__ if target.__name__ != "__init__" else target.__qualname__.split(".")[0]
        rest = Use(f"{name}({old}=…)", f"{new}=" if new else "nothing; leave it out", "Keras 3", line)
        self._add([use for use in found if f"({old}=" in use.old] or [rest])

    def touched(self, owner: Any, old: str, new: str) -> None:
        """The attribute `old` of an object of Keras was used."""
        node, line = self._here()
        attribute = getattr(node, "func", node)
        found = list(self._reader.attribute_uses(attribute, owner)) if hasattr(attribute, "attr") else []
        self._add(found or [Use(old, new, "Keras 3", line)])

    def _add(self, found: list[Use]) -> None:
        known = {(use.line, use.old) for use in self.uses}
        new = [use for use in found if use.line and (use.line, use.old) not in known]
        self.uses += [use for use in new if not self._reader.is_guarded(use.line)]

    def _here(self) -> tuple[Any, int]:
        """The call or attribute of the program that is being carried out, and its line; 0 outside the program."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != str(self.source.path):
            frame = frame.f_back
        if frame is None:
            return None, 0
        places = islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
        first, last, start, end = next(places, (None,) * 4)
        node = self._reader.nodes.get(((first or 0, start or 0), (last or 0, end or 0)))
        return node, frame.f_lineno


def _serve(log: _Log, undo: ExitStack) -> None:
    for owner, name, value in (*_names(log), *_arguments(log), *_methods(log), *_files(log), *_others(log)):
        undo.enter_context(_set(owner, name, value))
    undo.enter_context(moved_modules(log.source.text, log.words))  # at the end: they show what the others have become


Served = Iterator[tuple[Any, str, Any]]  # what gets an attribute, its name, its value


def _names(log: _Log) -> Served:
    for old, new in {**_in_tables(log.words), **_of_tensorflow(log.uses)}.items():
        parent, _, name = old.rpartition(".")
        if resolved(parent) is not None and not hasattr(resolved(parent), name):
            yield resolved(parent), name, resolved(new)


def _in_tables(words: Set[str]) -> dict[str, str]:
    found = {}
    for root in ROOTS:
        for old, new in old_names.NAMES.items():
            if old.startswith("keras.") and old.rpartition(".")[2] in words:
                found[root + old.removeprefix("keras")] = root + new.removeprefix("keras")
    for package in ("backend", "losses", "metrics", "preprocessing.image", "preprocessing.sequence"):
        for old in [f"keras.{package}.{word}" for word in words]:
            if today := successor(old):
                found[old] = today[0]
    return found


def _of_tensorflow(uses: Sequence[Use]) -> dict[str, str]:
    return {use.old: use.new for use in uses if use.kind == "removed" and re.match(r"tensorflow\.(?!keras)", use.old)}


def _arguments(log: _Log) -> Served:
    for owner, name, target in _targets():
        arguments = arguments_of(target)
        if log.words & ({"dim_ordering", "decay"} | arguments.keys()):
            yield owner, name, _with_arguments(log, getattr(owner, name), target, arguments)


def _methods(log: _Log) -> Served:
    for key, methods in old_names.METHODS.items():
        for old, (new, behind) in methods.items():
            if old in log.words and not hasattr(resolved(key), old):
                yield resolved(key), old, _method(log, resolved(key), old, new, behind)


def _files(log: _Log) -> Served:
    for target in SAVES if log.words & {"save", "save_weights", "save_model", "ModelCheckpoint"} else ():
        owner, name = (target, "__init__") if isinstance(target, type) else (keras.Model, target.__name__)
        owner = keras.models if target is keras.models.save_model else owner
        yield owner, name, _saving(getattr(owner, name), target)


def _others(log: _Log) -> Served:
    if any(use.old.startswith("Convolution2D(n") for use in log.uses):
        yield from ((resolved(f"{root}.layers"), "Convolution2D", _convolution_of_keras_1) for root in ROOTS)
    for old in old_names.OF_VARIABLES.keys() & log.words:
        call = methodcaller(old_names.OF_VARIABLES[old]) if old == "get_value" else _assign
        yield from ((resolved(f"{root}.backend"), old, call) for root in ROOTS)


def _targets() -> Served:
    """What takes arguments that it once called otherwise: where it is, its name there, itself."""
    seen: set[Any] = set()
    for key in old_names.ARGUMENTS:
        package = resolved(key.removesuffix(".*"))
        for target in list(vars(package).values()) if key.endswith(".*") else [package]:
            if isinstance(target, type) and target not in seen:
                seen.add(target)
                yield target, "__init__", target
            elif inspect.isfunction(target) and not key.endswith(".*"):
                yield keras.Model, target.__name__, target


def _with_arguments(
    log: _Log, real: Callable[..., Any], target: Any, arguments: dict[str, str | None]
) -> Callable[..., Any]:
    def call(*given: Any, **options: Any) -> Any:
        for old in [name for name in options if name in arguments]:
            log.called(target, old, arguments[old])
            value = options.pop(old)
            if arguments[old]:
                options.setdefault(str(arguments[old]), value)
        if "dim_ordering" in options:
            log.called(target, "dim_ordering", "data_format")
            options["data_format"] = "channels_first" if options.pop("dim_ordering") == "th" else "channels_last"
        if isinstance(given[0], keras.optimizers.Optimizer) and options.get("decay") is not None:
            log.called(target, "decay", "learning_rate=InverseTimeDecay(…)")
            given, options = _decaying(real, given, options)
        return real(*given, **options)

    call.__signature__ = inspect.signature(real)  # type: ignore[attr-defined]  # Keras looks at it
    return call


def _decaying(real: Any, given: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of an optimizer with a schedule in place of `decay`: lr / (1 + decay · steps)."""
    decay = options.pop("decay")
    bound = inspect.signature(real).bind(*given, **options)
    bound.apply_defaults()
    rate = bound.arguments["learning_rate"]
    if decay and not callable(rate):
        options["learning_rate"] = keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)
        given = given[:1] + given[2:] if len(given) > 1 else given
    return given, options


def _method(log: _Log, owner: Any, old: str, new: str, behind: str) -> Any:
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        log.touched(owner, old, new)
        result = getattr(self, new)(*arguments, **options)
        return result.argmax(axis=-1) if behind else result

    def read(self: Any) -> Any:
        log.touched(owner, old, new)
        return getattr(self, new)

    def write(self: Any, value: Any) -> None:
        log.touched(owner, old, new)
        setattr(self, new, value)

    return call if callable(getattr(owner, new, None)) else property(read, write)


def _saving(real: Callable[..., Any], target: Any) -> Callable[..., Any]:
    """With a name of a file that Keras takes; what the program writes is gone afterwards anyway."""
    signature = inspect.signature(real)

    def call(*given: Any, **options: Any) -> Any:
        options.pop("save_format", None)
        bound = signature.bind(*given, **options)
        if isinstance(path := bound.arguments.get("filepath"), str):
            weights = bool(bound.arguments.get("save_weights_only"))
            bound.arguments["filepath"] = saved_as(path, target, weights=weights)
        return real(*bound.args, **bound.kwargs)

    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def _assign(variable: Any, value: Any) -> None:
    variable.assign(value)


def _convolution_of_keras_1(filters: int, rows: Any = None, columns: Any = None, *given: Any, **options: Any) -> Any:
    """A convolution whose kernel is given as two numbers."""
    if isinstance(rows, int) and isinstance(columns, int):
        return keras.layers.Conv2D(filters, (rows, columns), *given, **options)
    return keras.layers.Conv2D(*(one for one in (filters, rows, columns) if one is not None), *given, **options)


@contextmanager
def _set(owner: Any, name: str, value: Any) -> Iterator[None]:
    """The attribute `name` is `value` inside the block, whether there is one or not."""
    before = vars(owner).get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
