"""One training in this process, its time taken apart; `benchmarks.time_to_accuracy` starts it.

    python -m benchmarks.one_training fast 0 FOLDER 2

The last is the number of threads.  Prints one line of JSON: seconds of import, load, trace, train and evaluate,
seconds of the processor while it trained, peak memory in GiB, and the test accuracy after the last step.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

import digitlab
from benchmarks import torch_peer
from digitlab.data.dataset import Split
from digitlab.runs.run import Result
from digitlab.training.listeners import Listener
from digitlab.training.start import start_tensorflow

TUTORIAL_EPOCHS, TUTORIAL_BATCH = 15, 128  # as Keras' `Simple MNIST convnet` has them


def main(name: str, seed: int, out: Path, threads: int) -> None:
    """Train, and print the figures."""
    recipe, _, peer = name.partition(", ")
    if peer == "PyTorch":
        start = time.perf_counter()
        loaded = parts(seed)
        seconds = time.perf_counter() - start
        figures = torch_peer.train(recipe, seed, *loaded, threads)
        figures["load"] += seconds
    else:
        figures = tutorial(seed, threads) if peer else ours(recipe, seed, out, threads)
    figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(figures))


class Clock(Listener):
    """Seconds of each part of a run, from what it is told; validation counts as evaluating."""

    def __init__(self) -> None:
        self.figures = dict.fromkeys(("import", "load", "trace", "train", "evaluate", "processor"), 0.0)
        self._last = time.perf_counter()
        self._processor = 0.0

    def took(self, phase: str) -> None:
        """Count what has passed since the last event to `phase`."""
        now = time.perf_counter()
        self.figures[phase] += now - self._last
        self._last = now

    def preparing(self) -> None:
        """The data is there."""
        self.took("load")

    def stepped(self, epoch: int, done: int, steps: int) -> None:
        """An epoch begins, goes on or has done its last step."""
        if done == 0:
            self.took("trace" if epoch == 1 else "evaluate")
            self._processor = time.process_time()
        if done == steps:
            self.took("train")
            self.figures["processor"] += time.process_time() - self._processor

    def tested(self, result: Result) -> None:
        """The test part was opened."""
        self.took("evaluate")
        self.figures["accuracy"] = result.test_accuracy


def ours(recipe: str, seed: int, out: Path, threads: int) -> dict[str, float]:
    """`digitlab train RECIPE`, without the report; the run stays in `out`."""
    clock = Clock()
    start_tensorflow(threads)
    clock.took("import")
    digitlab.train(recipe, "mnist", out=out, seed=seed, report=False, listeners=[clock], threads=threads)
    return clock.figures


def tutorial(seed: int, threads: int) -> dict[str, float]:
    """Keras' tutorial as it is written, on the same images."""
    clock = Clock()
    start_tensorflow(threads)
    import keras

    from benchmarks.train import convnet

    clock.took("import")
    (images, labels), (test_images, test_labels) = ((rows(part), np.eye(10)[part.labels]) for part in parts(seed))
    clock.took("load")
    keras.utils.set_random_seed(seed)
    model = convnet()
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    clock.took("trace")  # fit compiles in its first step, which counts as training here
    begun = time.process_time()
    model.fit(images, labels, batch_size=TUTORIAL_BATCH, epochs=TUTORIAL_EPOCHS, verbose=0)
    clock.figures["processor"] = time.process_time() - begun
    clock.took("train")
    clock.figures["accuracy"] = float(model.evaluate(test_images, test_labels, verbose=0)[1])
    clock.took("evaluate")
    return clock.figures


def parts(seed: int) -> tuple[Split, Split]:
    """The images that our recipes train on with this seed, and the test part."""
    splits = digitlab.split(digitlab.load("mnist"), seed=seed)
    return splits.train, splits.test


def rows(part: Split) -> np.ndarray:
    """Images float32 [N, 28, 28, 1] in [0, 1]."""
    return part.images[..., None].astype(np.float32) / 255


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
