"""What each part of a recipe is worth: the recipe with one thing changed, on the same seeds, judged by validation.

    python -m benchmarks.ablations [--recipe fast] [--seeds 5] [--threads 1]

Cost: five minutes of one core for `fast`.  The test part stays closed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from typing import Any

import digitlab
from benchmarks.table import print_table, print_title
from digitlab.base import machine
from digitlab.evaluation.intervals import paired_t
from digitlab.training.start import start_tensorflow

CHANGES: dict[str, dict[str, Any]] = {
    "a constant rate, a tenth of the peak": {"schedule": "constant", "learning_rate": 0.002},
    "labels as they are": {"label_smoothing": 0.0},
    "a running mean of the weights, 0.98": {"averaging": 0.98},
    "moved images": {"augmentation": "affine"},
    "batches of 256, 1.5 times the rate": {"batch_size": 256, "learning_rate": 0.03},
    "half the rate": {"learning_rate": 0.01},
    "Muon at half the rate": {"optimizer": "muon", "learning_rate": 0.01},
    "float32": {"precision": "float32"},
}
VALIDATION = 5_000  # images


def main() -> None:
    """Train, seed by seed, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=machine.usable_cores())
    given = parser.parse_args()
    start_tensorflow(given.threads)
    variants = {"the recipe": {}, **CHANGES}
    accuracies: dict[str, list[float]] = {name: [] for name in variants}
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for seed in range(given.seeds):
        for name, change in variants.items():
            accuracy, spent = train(given.recipe, {**change, "seed": seed})
            accuracies[name].append(accuracy)
            seconds[name].append(spent)
    print_title(f"{given.recipe} with one thing changed: {VALIDATION:,} validation images, {given.seeds} paired seeds")
    header = ["changed", "validation accuracy, %", "difference, points (95%)", "seconds of the processor"]
    rows = [row(name, accuracies[name], accuracies["the recipe"], seconds[name]) for name in variants]
    print_table(header, rows)


def train(recipe: str, settings: dict[str, Any]) -> tuple[float, float]:
    """Validation accuracy after the last epoch, and seconds of the processor from start to end of the run."""
    with tempfile.TemporaryDirectory() as out:
        start = time.process_time()
        run = digitlab.train(recipe, "mnist", out=out, test=False, report=False, listeners=(), **settings)
        return run.history[-1].valid_accuracy, time.process_time() - start


def row(name: str, seen: list[float], base: list[float], seconds: list[float]) -> list[str]:
    """One change beside the recipe."""
    mean, spent = f"{100 * statistics.mean(seen):.2f}", f"{statistics.median(seconds):.1f}"
    if seen is base:
        return [name, mean, "", spent]
    paired = paired_t([a - b for a, b in zip(seen, base, strict=True)], resolution=1 / VALIDATION)
    low, high = (100 * end for end in paired.interval)
    return [name, mean, f"{100 * paired.mean:+.2f} ({low:+.2f} to {high:+.2f})", spent]


if __name__ == "__main__":
    main()
