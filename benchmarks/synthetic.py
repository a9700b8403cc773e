"""The built-in synthetic digits: how fast they are drawn, and what models trained only on them can do.

    python -m benchmarks.synthetic [--seeds 3] [--runs 3]

Trains on the 60,000 synthetic images of seed 0 and tests on their own test part and, where $DIGITLAB_DATA holds it,
on that of real MNIST, of which the models have never seen an image.  The seeds are those of the models.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import digitlab
from benchmarks.table import print_table, print_title, spread
from digitlab.data import synthetic
from digitlab.data.dataset import Dataset, Split
from digitlab.training.start import start_tensorflow

start_tensorflow()

import keras  # noqa: E402


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    print_title("Drawing 60,000 + 10,000 synthetic digits")
    data = time_drawing(arguments.runs)
    print_title("Trained on synthetic digits only: test accuracy in %")
    compare_models(data, test_parts(data), arguments.seeds)


def time_drawing(runs: int) -> Dataset:
    """Time `generate`; all runs must give the same bytes."""
    seconds, prints = [], set()
    for _ in range(runs):
        start = time.perf_counter()
        data = synthetic.generate(seed=0)
        seconds.append(time.perf_counter() - start)
        prints.add(data.sha256)
    print_table(["", "seconds"], [["drawn, one process", spread(seconds)]])
    print(f"\nSHA-256 of all runs: {', '.join(sorted(prints))}")
    return data


def test_parts(data: Dataset) -> dict[str, Split]:
    """The test images of this dataset and, where it is at hand, of MNIST."""
    parts = {"synthetic": data.test}
    if (Path(os.environ.get("DIGITLAB_DATA", "no-folder")) / "mnist").is_dir():
        parts["real MNIST"] = digitlab.load("mnist").test
    return {name: part for name, part in parts.items() if part is not None}


def compare_models(data: Dataset, parts: dict[str, Split], seeds: int) -> None:
    """Train each model with each seed, and score it on every part."""
    models: dict[str, Callable[[int], Any]] = {
        "softmax regression (25 epochs, SGD 0.01, batch 32)": lambda seed: softmax(data.train, seed),
        "MLP 128 ReLU (12 epochs, Adam 0.001, batch 128)": lambda seed: mlp(128, data.train, seed),
        "MLP 512 ReLU (12 epochs, Adam 0.001, batch 128)": lambda seed: mlp(512, data.train, seed),
    }
    rows = []
    for name, train in models.items():
        trained = [train(seed) for seed in range(seeds)]
        scores = [[100 * accuracy(model, part) for model in trained] for part in parts.values()]
        rows.append([name, *(spread(score, unit="%") for score in scores)])
    print_table(["model", *parts], rows)


def softmax(train: Split, seed: int) -> Any:
    """The lab's model and settings."""
    return fitted([], keras.optimizers.SGD(0.01), train, seed, batch_size=32, epochs=25)


def mlp(units: int, train: Split, seed: int) -> Any:
    """One hidden layer."""
    hidden = [keras.layers.Dense(units, activation="relu")]
    return fitted(hidden, keras.optimizers.Adam(0.001), train, seed, batch_size=128, epochs=12)


def fitted(hidden: list[Any], optimizer: Any, train: Split, seed: int, *, batch_size: int, epochs: int) -> Any:
    """A Keras model, trained by plain `fit` on all of `train`."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((784,)), *hidden, keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", steps_per_execution=100)
    model.fit(pixels(train), train.labels, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


def accuracy(model: Any, part: Split) -> float:
    """The share of right answers."""
    answers = np.asarray(model(pixels(part))).argmax(axis=1)
    return float(np.mean(answers == part.labels))


def pixels(part: Split) -> NDArray[np.float32]:
    """Float32 [N, 784] in [0, 1]."""
    return part.images.reshape(-1, 784).astype(np.float32) / np.float32(255)


if __name__ == "__main__":
    main()
