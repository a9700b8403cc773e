"""The models at hand: the bundles that come along, and those of all runs in a folder."""

from __future__ import annotations

import threading
from pathlib import Path

from digitlab.attribution.linear import LinearNetwork
from digitlab.base.files import can_be_name
from digitlab.errors import BundleError
from digitlab.images.spec import MNIST
from digitlab.runs.catalog import read_runs
from digitlab.runs.run import Run
from digitlab.runtime.places import SHIPPED, bundle_folder, shipped_names
from digitlab.runtime.predictor import Predictor, load_model

_Stamp = tuple[Path, int]  # a bundle as it was written at that moment


class Shelf:
    """Loads a model when it is first asked for, once for all windows.

    Args:
        folder: the one that holds the runs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shipped = {name: SHIPPED / name.replace(":", "-") for name in reversed(shipped_names())}
        self._predictors: dict[_Stamp, Predictor] = {}
        self._linear: dict[_Stamp, LinearNetwork] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Every model by the name that `predictor` takes: those that come along, then the runs, the newest first."""
        bundles = self.folder.glob("*/bundle/bundle.json")
        newest = sorted(bundles, key=lambda file: file.stat().st_mtime_ns, reverse=True)
        return [*self._shipped, *(file.parent.parent.name for file in newest)]

    def runs(self) -> list[Run]:
        """The runs in the folder, the newest first."""
        return read_runs(self.folder)[0][::-1]

    def predictor(self, name: str) -> Predictor:
        """The model of this name (raises BundleError, also for one that takes no drawing of this page)."""
        stamp = self._stamp(name)
        with self._lock:
            if stamp not in self._predictors:
                self._predictors[stamp] = _for_drawings(name, load_model(stamp[0]))
            return self._predictors[stamp]

    def has(self, names: list[str]) -> bool:
        """Whether all these models are loaded."""
        try:
            return all(self._stamp(name) in self._predictors for name in names)
        except BundleError:
            return False

    def linear(self, name: str) -> LinearNetwork:
        """The same model in float64, to be accounted for (raises BundleError, UsageError where that cannot be)."""
        stamp, predictor = self._stamp(name), self.predictor(name)
        with self._lock:
            if stamp not in self._linear:
                self._linear[stamp] = LinearNetwork(predictor.bundle.model)
            return self._linear[stamp]

    def _stamp(self, name: str) -> _Stamp:
        """Where the bundle lies; a name goes before a path, and a path out of the folder is none."""
        if name in self._shipped:
            return self._shipped[name], 0
        if not can_be_name(name):
            raise BundleError(
                "there is no such model", found=f"a name of {len(name):,} characters", remedy="choose one of the list"
            )
        folder = bundle_folder(self.folder / Path(name).name)
        file = folder / "bundle.json"
        return folder, file.stat().st_mtime_ns if file.is_file() else 0  # 0: what is wrong is told when it is loaded


def _for_drawings(name: str, predictor: Predictor) -> Predictor:
    """The model itself, where the pad and the panel «Why» can show what it gets."""
    if predictor.info.image != MNIST:
        raise BundleError(
            "this page draws in grey, 28×28 pixels for the model",
            found=f"{name} takes {predictor.info.image}",
            remedy="give it picture files: digitlab predict --model RUN IMAGE, digitlab explain --model RUN IMAGE",
        )
    return predictor
