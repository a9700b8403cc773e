"""Packages that a program imports and that are not installed: what the training does not need is done without.

A stand-in takes part in everything that is done to it and gives stand-ins.  It fails, by name, where a value is needed:
in an array, a tensor, a loop.
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
from digitlab.programs.datasets import Served
from digitlab.programs.served_tfds import TENSORFLOW_DATASETS, tensorflow_datasets
from digitlab.programs.source import SourceFile, said
from digitlab.programs.stage import replaced

# Packages that such programs import.  What is not here may be a file of the user's own.
KNOWN = (
    "albumentations altair bokeh bs4 comet_ml cupy cv2 datasets emnist flask google.colab gradio graphviz h5py imageio "
    "imutils ipywidgets IPython joblib kagglehub keras_tuner livelossplot mlflow mlxtend mnist networkx nltk "
    "numba opendatasets optuna pandas PIL plotly psutil pydot ray scikeras scikitplot seaborn shap skimage sklearn "
    "statsmodels streamlit sympy tabulate tensorboard tensorflow_addons tensorflow_datasets tensorflow_hub "
    "tensorflow_probability termcolor tf_keras torch torchsummary torchvision tqdm umap visualkeras wandb xgboost yaml"
)
ON_INDEX = {  # where the name on the index is another
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
    """The program needs a value of something that is not there; `name` is the package, where it is one."""


class StandIn:
    """Something that is not there, by the name that the program has for it, and why."""

    def __init__(self, name: str, why: str, package: str | None = None) -> None:
        self.__dict__.update(_name=name, _why=why, _package=package)

    def __repr__(self) -> str:
        return f"<{self._name}: {self._why}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._name}.{name}", self._why, self._package)

    def __call__(self, *arguments: Any, **_: Any) -> Any:
        """Another stand-in; a decorator leaves the function as it is."""
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
    """In place of `name`, of a package that is not installed."""
    return StandIn(name, f"{PACKAGES[package]} is not installed", PACKAGES[package])


class Progress:
    """In place of `tqdm`: goes over what it is given."""

    def __init__(self, iterable: Any = (), *_: Any, **__: Any) -> None:
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return of_package(f"tqdm.{name}", "tqdm")


@contextmanager
def imports(source: SourceFile, served: Served) -> Iterator[list[str]]:
    """Run a program in this block without what it does not need for training; gives notes of what that is.

    Args:
        source: the program.
        served: its images, also for `tensorflow_datasets`.
    """
    notes: list[str] = []
    finder = _Finder(source, served, notes)
    before = dict(sys.modules)
    hidden = [name for name in before if name.partition(".")[0] == TENSORFLOW_DATASETS]
    with ExitStack() as undo:
        undo.callback(finder.clean, before)
        sys.meta_path.insert(0, finder)
        for name in hidden:
            del sys.modules[name]
        for owner, name, value in _answers(notes):
            if not hasattr(owner, name):
                setattr(owner, name, None)
                undo.callback(delattr, owner, name)
            undo.enter_context(replaced(owner, name, value))
        yield notes


def _answers(notes: list[str]) -> Iterator[tuple[Any, str, Any]]:
    """What would wait for somebody, or needs what is not there, with what is done instead."""

    def ask(*_: Any) -> str:
        _note(notes, f"input() was answered with {ANSWER!r}")
        return ANSWER

    yield builtins, "input", ask
    yield builtins, "display", of_package("display", "IPython")
    yield builtins, "get_ipython", of_package("get_ipython", "IPython")
    yield keras.models, "load_model", _if_there(keras.models.load_model, 0, notes)
    yield keras.Model, "load_weights", _if_there(keras.Model.load_weights, 1, notes)
    yield keras.utils, "plot_model", _if_drawn(keras.utils.plot_model, notes)


def _if_there(real: Callable[..., Any], place: int, notes: list[str]) -> Callable[..., Any]:
    """A function that reads the file whose path it is given at `place`."""

    def load(*arguments: Any, **options: Any) -> Any:
        path = str((*arguments, *options.values())[place])
        if Path(path).exists():
            return real(*arguments, **options)
        _note(notes, f"{real.__name__}() was left out: there is no file {path}")
        return StandIn(f"{real.__name__}({path!r})", "there is no such file")

    return load


def _if_drawn(real: Callable[..., Any], notes: list[str]) -> Callable[..., Any]:
    def plot(*arguments: Any, **options: Any) -> Any:
        try:
            return real(*arguments, **options)
        except ImportError:
            return _note(notes, "plot_model() was left out: it needs pydot and graphviz")

    return plot


def _note(notes: list[str], text: str) -> None:
    if text not in notes:
        notes.append(text)


class _Finder(MetaPathFinder, Loader):
    """Finds stand-ins, for the program and the files beside it only: libraries are to miss what they can do without."""

    def __init__(self, source: SourceFile, served: Served, notes: list[str]) -> None:
        self._folder, self._served, self._notes = source.path.parent, served, notes
        self._looking = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Of a known package that is not installed."""
        package = _package_of(name)
        if package is None or self._looking or not self._asked_by_program():
            return None
        if package != TENSORFLOW_DATASETS and self._is_installed(package):
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module whose every name is there."""
        package = str(_package_of(spec.name))
        if package == TENSORFLOW_DATASETS:
            note = "tensorflow_datasets gave images of digitlab"
        else:
            note = f"{PACKAGES[package]} is not installed; the program was run without it"
        _note(self._notes, note)
        module = ModuleType(spec.name)
        module.__getattr__ = lambda name: _attribute(spec.name, package, name)  # type: ignore[method-assign]
        if package == TENSORFLOW_DATASETS:
            module.__dict__.update(tensorflow_datasets(self._served))
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""

    def clean(self, before: dict[str, ModuleType]) -> None:
        """Forget what was found."""
        sys.meta_path.remove(self)
        for name in [name for name, module in sys.modules.items() if getattr(module, "__loader__", None) is self]:
            del sys.modules[name]
            parent, _, last = name.rpartition(".")
            if parent in sys.modules:
                vars(sys.modules[parent]).pop(last, None)
        sys.modules.update({name: before[name] for name in before if name.partition(".")[0] == TENSORFLOW_DATASETS})

    def _is_installed(self, package: str) -> bool:
        if getattr(sys.modules.get(package), "__loader__", None) is self:
            return False
        self._looking = True
        try:
            return find_spec(package) is not None
        except ModuleNotFoundError:
            return False
        finally:
            self._looking = False

    def _asked_by_program(self) -> bool:
        frame = sys._getframe(2)
        while frame.f_back is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        return Path(frame.f_code.co_filename).is_relative_to(self._folder)


def _package_of(name: str) -> str | None:
    parts = name.split(".")
    return next((known for known in (parts[0], ".".join(parts[:2])) if known in PACKAGES), None)


def _attribute(module: str, package: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if package == "tqdm":
        return {"trange": lambda *numbers, **_: Progress(range(*numbers))}.get(name, Progress)
    return of_package(f"{module}.{name}", package)


def import_error(source: SourceFile, error: ImportError) -> ModelFileError:
    """What to say of an import, or of a stand-in, that the program cannot do without."""
    line, name = source.line_of(error), error.name or ""
    top = name.partition(".")[0]
    if isinstance(error, NeededError):
        problem = f"{str(error).partition(' is needed')[0]} is needed for the training, and is not there"
        remedy = f"pip install {name}" if name else "make that file first, or take the line out"
    elif top in sys.stdlib_module_names or top in sys.modules or find_spec(top) is not None:
        problem = f"'{name}' is no part of {top} {getattr(sys.modules.get(top), '__version__', '')}".rstrip()
        remedy = f"this part of {top} is gone, or has another name: mend the line, or take it out"
    else:
        problem = f"it imports '{name}', which is neither a file beside it nor a package that digitlab knows"
        remedy = f"put {top}.py beside {source.path.name}"
    return source.error(line, problem, found=said(error), remedy=remedy)
