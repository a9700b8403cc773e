"""Stand-ins for packages that a program imports and that are not installed, where its training does not need them.

Every operation on a stand-in gives a stand-in.  It raises where a value is needed: in an array, a tensor, a loop.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NoReturn

import keras

from digitlab.errors import ModelFileError
from digitlab.programs.datasets import DataStub
from digitlab.programs.source import SourceFile, message_of
from digitlab.programs.stage import replaced
from digitlab.programs.tfds_stub import tensorflow_datasets

# Packages that such programs import.  Any other name may be a file of the user's own.
KNOWN = (
    "albumentations altair bokeh bs4 comet_ml cupy cv2 datasets emnist flask google.colab gradio graphviz h5py imageio "
    "imutils ipywidgets IPython joblib kagglehub keras_tuner livelossplot mlflow mlxtend mnist networkx nltk "
    "numba opendatasets optuna pandas PIL plotly psutil pydot ray scikeras scikitplot seaborn shap skimage sklearn "
    "statsmodels streamlit sympy tabulate tensorboard tensorflow_addons tensorflow_datasets tensorflow_hub "
    "tensorflow_probability termcolor tf_keras torch torchsummary torchvision tqdm umap visualkeras wandb xgboost yaml"
)
ON_INDEX = {  # where the name on the package index differs
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "scikitplot": "scikit-plot",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}
PACKAGES = {name: ON_INDEX.get(name, name.replace("_", "-").replace(".", "-").lower()) for name in KNOWN.split()}
ANSWER = "1"  # to input(): most programs ask for a number
OPERATORS = "add radd sub rsub mul rmul truediv rtruediv floordiv pow neg matmul lt le gt ge enter getitem"


class NeededError(ModuleNotFoundError):
    """The program needs a value that a stand-in cannot give; `name` is the package, if it stands for one."""


class StandIn:
    """Replaces `name`, which is missing for the reason `why`."""

    def __init__(self, name: str, why: str, package: str | None = None) -> None:
        self.__dict__.update(_name=name, _why=why, _package=package)

    def __repr__(self) -> str:
        return f"<{self._name}: {self._why}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._name}.{name}", self._why, self._package)

    def __call__(self, *arguments: Any, **_: Any) -> Any:
        """Return a stand-in; used as a decorator, the function."""
        only = arguments[0] if len(arguments) == 1 else None
        return only if isinstance(only, FunctionType) else self

    def __mro_entries__(self, _: Any) -> tuple[type, ...]:
        return (object,)

    def __format__(self, _: str) -> str:
        return repr(self)

    def __setitem__(self, *_: Any) -> None: ...

    def __exit__(self, *_: Any) -> None: ...

    def __iter__(self, *_: Any, **__: Any) -> NoReturn:
        raise NeededError(f"{self._name} is needed here, and {self._why}", name=self._package)

    __array__ = __float__ = __int__ = __index__ = __len__ = __next__ = __iter__


for _operator in OPERATORS.split():
    setattr(StandIn, f"__{_operator}__", lambda self, *_: self)


def of_package(name: str, package: str) -> StandIn:
    """A stand-in for `name`, of a package that is not installed."""
    return StandIn(name, f"{PACKAGES[package]} is not installed", PACKAGES[package])


class Progress(StandIn):
    """A stand-in for `tqdm` that iterates over its argument."""

    def __init__(self, iterable: Any = (), *_: Any, **__: Any) -> None:
        super().__init__("tqdm", "tqdm is not installed", "tqdm")
        self.__dict__["_iterable"] = iterable

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        return iter(self._iterable)

    def __len__(self) -> int:  # type: ignore[override]
        return len(self._iterable)


@contextmanager
def imports(source: SourceFile, stub: DataStub) -> Iterator[list[str]]:
    """Run a program in this block without the packages that its training does not need; yields notes on them.

    `stub` gives the images for `tensorflow_datasets`.
    """
    notes: list[str] = []
    finder = _Finder(source, notes)
    with ExitStack() as undo:
        undo.callback(finder.clean)
        sys.meta_path.append(finder)  # the last one: for what no other finds
        undo.enter_context(_tensorflow_datasets(stub, notes))
        for owner, name, value in _answers(notes):
            if not hasattr(owner, name):
                setattr(owner, name, None)
                undo.callback(delattr, owner, name)
            undo.enter_context(replaced(owner, name, value))
        yield notes


@contextmanager
def _tensorflow_datasets(stub: DataStub, notes: list[str]) -> Iterator[None]:
    """Replace the package, installed or not: it would download."""
    name = "tensorflow_datasets"
    hidden = {one: sys.modules.pop(one) for one in list(sys.modules) if one.partition(".")[0] == name}
    sys.modules[name] = module = _module(name, name)
    vars(module).update(tensorflow_datasets(stub, lambda: _note(notes, f"{name} gave digitlab's images")))
    try:
        yield
    finally:
        del sys.modules[name]
        sys.modules.update(hidden)


def _answers(notes: list[str]) -> Iterator[tuple[Any, str, Any]]:
    """Functions that would wait for a person or need a missing package or file, and their replacements."""

    def ask(*_: Any) -> str:
        _note(notes, f"input() was answered with {ANSWER!r}")
        return ANSWER

    yield builtins, "input", ask
    yield builtins, "display", of_package("display", "IPython")
    yield builtins, "get_ipython", of_package("get_ipython", "IPython")
    yield keras.models, "load_model", _if_there(keras.models.load_model, 0, notes)
    yield keras.Model, "load_weights", _if_there(keras.Model.load_weights, 1, notes)
    yield keras.utils, "plot_model", lambda *_, **__: None  # needs pydot and graphviz


def _if_there(real: Callable[..., Any], place: int, notes: list[str]) -> Callable[..., Any]:
    """`real`, skipped where the file at the path that is its argument `place` does not exist."""

    def load(*arguments: Any, **options: Any) -> Any:
        path = str((*arguments, *options.values())[place])
        if Path(path).exists():
            return real(*arguments, **options)
        _note(notes, f"{real.__name__}() was skipped: there is no file {path}")
        return StandIn(f"{real.__name__}({path!r})", "there is no such file")

    return load


def _note(notes: list[str], text: str) -> None:
    if text not in notes:
        notes.append(text)


class _Finder(MetaPathFinder, Loader):
    """Finds stand-ins for the program and the files beside it only: libraries try optional packages, too."""

    def __init__(self, source: SourceFile, notes: list[str]) -> None:
        self._folder, self._notes = source.path.parent, notes

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of a stand-in for a known package that is not installed."""
        package = _package_of(name)
        if package is None or not (name == package or self._made(package)) or not self._asked_by_program():
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module that has every name."""
        package = str(_package_of(spec.name))
        _note(self._notes, f"{PACKAGES[package]} is not installed; the program was run without it")
        return _module(spec.name, package)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing more."""

    def clean(self) -> None:
        """Remove the stand-ins from the loaded modules."""
        sys.meta_path.remove(self)
        for name in [name for name in sys.modules if self._made(name)]:
            del sys.modules[name]
            parent, _, last = name.rpartition(".")
            if parent in sys.modules:
                vars(sys.modules[parent]).pop(last, None)

    def _made(self, name: str) -> bool:
        return getattr(sys.modules.get(name), "__loader__", None) is self

    def _asked_by_program(self) -> bool:
        frame = sys._getframe(2)
        while frame.f_back is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        return Path(frame.f_code.co_filename).is_relative_to(self._folder)


def _package_of(name: str) -> str | None:
    parts = name.split(".")
    return next((known for known in (parts[0], ".".join(parts[:2])) if known in PACKAGES), None)


def _module(name: str, package: str) -> ModuleType:
    def attribute(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if package == "tqdm":
            return {"trange": lambda *numbers, **_: Progress(range(*numbers))}.get(attribute, Progress)
        return of_package(f"{name}.{attribute}", package)

    module = ModuleType(name)
    module.__getattr__ = attribute  # type: ignore[method-assign]
    return module


def import_error(source: SourceFile, error: ImportError) -> ModelFileError:
    """The error for an import, or for the value of a stand-in, that the program needs."""
    line, name = source.line_of(error), error.name or ""
    top = name.partition(".")[0]
    if isinstance(error, NeededError):
        problem = f"the training needs {str(error).partition(' is needed')[0]}, which is missing"
        remedy = f"pip install {name}" if name else "create that file first, or remove the line"
    elif top in sys.stdlib_module_names or top in sys.modules or find_spec(top) is not None:
        problem = f"'{name}' is not part of {top} {getattr(sys.modules.get(top), '__version__', '')}".rstrip()
        remedy = f"{top} has removed or renamed it: change the line, or remove it"
    else:
        problem = f"it imports '{name}', which is neither a file beside it nor a package that digitlab knows"
        remedy = f"put {top}.py beside {source.path.name}"
    return source.error(line, problem, found=message_of(error), remedy=remedy)
