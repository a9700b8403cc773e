"""The available models: the shipped bundles, and those of all runs in a folder."""

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

_Key = tuple[Path, int]  # the folder of a bundle, and when it was written


class ModelCache:
    """Loads a model when it is first used, once for all windows; `folder` holds the runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shipped = {name: SHIPPED / name.replace(":", "-") for name in reversed(shipped_names())}
        self._predictors: dict[_Key, Predictor] = {}
        self._linear: dict[_Key, LinearNetwork] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """The names that `predictor` takes: the shipped bundles, then the runs, the newest first."""
        bundles = self.folder.glob("*/bundle/bundle.json")
        newest = sorted(bundles, key=lambda file: file.stat().st_mtime_ns, reverse=True)
        return [*self._shipped, *(file.parent.parent.name for file in newest)]

    def runs(self) -> list[Run]:
        """The runs in the folder, the newest first."""
        return read_runs(self.folder)[0][::-1]

    def predictor(self, name: str) -> Predictor:
        """The model of this name (raises BundleError: there is none, or it does not take 28×28 grey pixels)."""
        key = self._key(name)
        with self._lock:
            if key not in self._predictors:
                self._predictors[key] = _for_drawings(name, load_model(key[0]))
            return self._predictors[key]

    def has(self, names: list[str]) -> bool:
        """Whether all these models are loaded."""
        try:
            return all(self._key(name) in self._predictors for name in names)
        except BundleError:
            return False

    def linear(self, name: str) -> LinearNetwork:
        """The same model in float64, for attribution (raises BundleError, UsageError: it is not piecewise linear)."""
        key, predictor = self._key(name), self.predictor(name)
        with self._lock:
            if key not in self._linear:
                self._linear[key] = LinearNetwork(predictor.bundle.model)
            return self._linear[key]

    def _key(self, name: str) -> _Key:
        """Only the last part of a name counts, so that no name leads out of the folder."""
        if name in self._shipped:
            return self._shipped[name], 0
        if not can_be_name(name):
            raise BundleError(
                "unknown model", found=f"a name of {len(name):,} characters", remedy="choose one from the list"
            )
        folder = bundle_folder(self.folder / Path(name).name)
        file = folder / "bundle.json"
        return folder, file.stat().st_mtime_ns if file.is_file() else 0  # 0: loading it raises


def _for_drawings(name: str, predictor: Predictor) -> Predictor:
    """The model itself; the pad and the panel "Why" show only 28×28 grey pixels."""
    if predictor.info.image != MNIST:
        raise BundleError(
            "this page draws 28×28 grey pixels",
            found=f"{name} takes {predictor.info.image}",
            remedy="use picture files: digitlab predict --model RUN IMAGE, digitlab explain --model RUN IMAGE",
        )
    return predictor
