"""A training as its folder shows it now, whoever started it: its state in words, and its weights as images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import RunError
from digitlab.runs.controls import CONTROLS, PROGRESS, Progress, read_progress
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run

MAX_IMAGES = 20
_FILES = ("run.json", "history.csv", "checkpoint.npz", "result.json", CONTROLS, PROGRESS)


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment."""

    run: Run
    progress: Progress | None  # the last report of its process
    weights: tuple[tuple[str, NDArray[Any]], ...]  # of the first layer: name and image float [height, width]

    @property
    def steerable(self) -> bool:
        """Whether a process reads the controls."""
        return self.run.active and self.progress is not None

    @property
    def paused(self) -> bool:
        """Whether it is paused."""
        return self.run.active and self.progress is not None and self.progress.paused

    @property
    def share(self) -> float:
        """How much of the training is done, from 0 to 1."""
        planned, done = self.run.info.config.training.epochs, float(len(self.run.history))
        if self.progress is not None and self.progress.steps and self.run.active:
            done = self.progress.epochs + self.progress.done / self.progress.steps
        return min(1.0, done / planned)

    @property
    def sentence(self) -> str:
        """Its state in a sentence."""
        done, planned = len(self.run.history), self.run.info.config.training.epochs
        epochs = f"{done} of {planned} epochs"
        if self.run.state == "done":
            result = self.run.result
            return f"Done. {result.sentence} of the test images." if result else f"Done, {epochs}."
        if self.run.state == "stopped":
            return f"The training process has ended, after {epochs}. Complete epochs are saved."
        if self.run.state != "running":
            return f"{self.run.state.capitalize()}, after {epochs}. Complete epochs are saved."
        if self.paused:
            return f"Paused, after {epochs}{self._step()}."
        return "Saving and testing …" if done == planned else f"Training, {epochs} done{self._step()} …"

    def _step(self) -> str:
        progress = self.progress
        return (
            f", step {progress.done:,} of {progress.steps:,}" if progress and progress.steps and progress.done else ""
        )


def snapshot_of(path: Path) -> Snapshot:
    """Read a run's folder (raises RunError)."""
    directory = RunDirectory(path)
    run = directory.read()
    try:
        weights = weight_images(directory.weights, run.info.dataset.class_names)
    except RunError:  # no epoch is complete
        weights = ()
    return Snapshot(run, read_progress(path), weights)


def stamp(path: Path) -> tuple[object, ...]:
    """Different whenever the folder has changed; costs microseconds."""
    return path, RunDirectory(path).is_locked(), *(_changed(path / name) for name in _FILES)


def newest_run(folder: Path) -> Path | None:
    """The run that was written to last."""
    files = [(stat, file) for file in folder.glob("*/run.json") if (stat := _changed(file))]
    return max(files)[1].parent if files else None


def weight_images(weights: dict[str, NDArray[Any]], classes: tuple[str, ...]) -> tuple[tuple[str, NDArray[Any]], ...]:
    """The weights of the first layer: an image for each class, unit or kernel; at most `MAX_IMAGES`."""
    kernels = [values for values in weights.values() if values.ndim in (2, 4)]
    if not kernels:
        return ()
    first = kernels[0] if kernels[0].ndim == 4 else _of_square_images(kernels[0])
    if first is None or first.shape[2] not in (1, 3):
        return ()
    images = first.sum(axis=2).transpose(2, 0, 1)  # of a coloured pixel the sum of its three weights
    names = [f"unit {place}" for place in range(len(images))]
    if len(kernels) == 1:  # a unit is a class
        names = list(classes) if len(classes) == len(images) else [str(place) for place in range(len(images))]
    return tuple(zip(names, np.asarray(images), strict=True))[:MAX_IMAGES]


def _of_square_images(kernel: NDArray[Any]) -> NDArray[Any] | None:
    """Weights [values, units] as [side, side, channels, units]; None where the images are not square."""
    for channels in (1, 3):
        side = math.isqrt(len(kernel) // channels)
        if side * side * channels == len(kernel):
            return kernel.reshape(side, side, channels, -1)
    return None


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
