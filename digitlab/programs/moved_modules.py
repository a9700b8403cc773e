"""Modules of an older Keras, by their old names, with what is in the modules of today."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from digitlab.programs import old_names
from digitlab.programs.successors import resolved

ROOTS = ("keras", "tensorflow.keras")
PRIVATE = "tensorflow.python.keras"  # a copy of Keras 2 inside TensorFlow, which fits nothing else any more


@contextmanager
def moved_modules(text: bytes, words: set[str]) -> Iterator[None]:
    """The modules of old can be imported inside the block, as far as the program's `words` name them."""
    private = PRIVATE.encode() in text
    hidden = {name: module for name, module in sys.modules.items() if _is_hidden(name, private)}
    finder = _Finder(private)
    sys.meta_path.insert(0, finder)
    try:
        for name in hidden:
            del sys.modules[name]
        for old in old_names.MODULES:
            if words.issuperset(old.split(".")[1:]):
                for root in ROOTS:
                    __import__(root + old.removeprefix("keras"))
        yield
    finally:
        sys.meta_path.remove(finder)
        _forget_moved()
        sys.modules.update(hidden)
        for name, module in hidden.items():
            parent, _, last = name.rpartition(".")
            setattr(sys.modules[parent], last, module)


def _is_hidden(name: str, private: bool) -> bool:
    """Whether a module is there today, and is not what a program of old means."""
    return name.endswith("keras.optimizers.legacy") or (private and f"{name}.".startswith(f"{PRIVATE}."))


def _forget_moved() -> None:
    moved = [name for name, module in sys.modules.items() if isinstance(module, _Moved)]
    for name in sorted(moved, reverse=True):  # what is inside goes first
        parent, _, last = name.rpartition(".")
        if isinstance(vars(sys.modules[parent]).get(last), _Moved):
            delattr(sys.modules[parent], last)
        del sys.modules[name]


class _Moved(ModuleType):
    """A module of old that shows what the one of today has."""


class _Finder(MetaPathFinder, Loader):
    """Finds modules by their old names."""

    def __init__(self, private: bool) -> None:
        self._private = private

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Of a module that has another name today."""
        return ModuleSpec(name, self, is_package=True) if self._today(name) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """With what is in the module of today."""
        module, today = _Moved(spec.name), resolved(self._today(spec.name) or "")
        module.__dict__.update({name: getattr(today, name) for name in dir(today) if not name.startswith("_")})
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""

    def _today(self, name: str) -> str | None:
        if self._private and f"{name}.".startswith(f"{PRIVATE}."):
            return "tensorflow.keras" + name.removeprefix(PRIVATE)
        root = next((root for root in ("keras._tf_keras.keras", *ROOTS) if name.startswith(f"{root}.")), None)
        if root is None:
            return None
        plain = "keras" + name.removeprefix(root)
        for old, new in sorted(old_names.MODULES.items(), reverse=True):
            if f"{plain}.".startswith(f"{old}."):
                return new if new.startswith("tensorflow.") or root == "keras" else f"tensorflow.{new}"
            if old.startswith(f"{plain}.") and resolved(plain) is None:
                return plain.rpartition(".")[0]
        return None
