"""What a setting is worth, judged by all 60,000 training images: each third is read by a network that learned the rest.

    python -m benchmarks.folds [--recipe accurate] [--epochs 3] [--threads 1]
    python -m benchmarks.folds --recipe best --all 3

Cost, of one core: seven minutes for `accurate`, half an hour for `best`.  The test part stays closed, but with --all:
then so many networks learn all 60,000 images, and each opens it once.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np

import digitlab
from benchmarks.accuracy import over_seeds
from benchmarks.table import print_table, print_title
from digitlab.base import machine
from digitlab.config import RunConfig
from digitlab.data.dataset import Dataset, Split
from digitlab.training.start import start_tensorflow

DIGITS = tuple("0123456789")

CHANGES: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "Adam at twice the rate": {"optimizer": "adam", "learning_rate": 0.02},
    "labels nearly as they are": {"label_smoothing": 0.03},
}
FOLDS, SEED = 3, 7


def main() -> None:
    """Compare, or train on all images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="accurate")
    parser.add_argument("--epochs", type=int, help="of every training; by default the recipe's")
    parser.add_argument("--threads", type=int, default=machine.usable_cores())
    parser.add_argument("--all", type=int, metavar="SEEDS", help="compare nothing, train on all images and test")
    given = parser.parse_args()
    start_tensorflow(given.threads)
    dataset = digitlab.load("mnist")
    every = {"epochs": given.epochs} if given.epochs else {}
    if given.all:
        on_all(given.recipe, dataset, every, given.all)
    else:
        compare(given.recipe, dataset.train, every)


def compare(recipe: str, images: Split, every: dict[str, Any]) -> None:
    """Train change by change, fold by fold, and print the table."""
    parts = np.array_split(np.random.default_rng(SEED).permutation(len(images)), FOLDS)
    rows = []
    for name, change in CHANGES.items():
        missed, seconds = [], []
        for fold, part in enumerate(parts):
            rest = np.setdiff1d(np.arange(len(images)), part)
            settings = {**every, **change, "seed": fold}
            count, spent = judge(recipe, settings, images.take(rest), images.take(part))
            missed.append(count)
            seconds.append(spent)
        rows.append([name, " + ".join(map(str, missed)), str(sum(missed)), f"{statistics.median(seconds):.0f}"])
    print_title(f"{recipe} with one thing changed: training images misread by a network that did not learn them")
    print_table(["changed", "by thirds", f"of {len(images):,}", "seconds of the processor for each"], rows)


def on_all(recipe: str, dataset: Dataset, every: dict[str, Any], seeds: int) -> None:
    """Train on all there is to train on, test once for each seed, and print the table."""
    assert dataset.test is not None
    judged = [judge(recipe, {**every, "seed": seed}, dataset.train, dataset.test) for seed in range(seeds)]
    missed, seconds = zip(*judged, strict=True)
    accuracies = [1 - count / len(dataset.test) for count in missed]
    print_title(f"{recipe}, trained on all {len(dataset.train):,} images")
    text = over_seeds(accuracies, len(dataset.test))
    rows = [[str(seeds), ", ".join(map(str, missed)), text, f"{statistics.median(seconds):.0f}"]]
    print_table(["seeds", "test images misread", "read, in %", "seconds of the processor for each"], rows)


def judge(recipe: str, change: dict[str, Any], learned: Split, judged: Split) -> tuple[int, float]:
    """How many of the images `judged` a network misreads that learned others, and its seconds of the processor."""
    from digitlab.training.augment import make_augment
    from digitlab.training.plan import epoch_order
    from digitlab.training.setup import make_trainable, settings_of
    from digitlab.training.step import CompiledEpoch, CompiledEvaluation, ResidentSplit

    settings = settings_of(recipe).model_copy(update=change)
    config, dataset = RunConfig(recipe=recipe, data="mnist", training=settings), Dataset("mnist", learned, None, DIGITS)
    made = make_trainable(config, dataset, len(learned), learned, None)
    data, augment = ResidentSplit(learned, 10, made.image_shape), make_augment(settings.augmentation)
    runner = CompiledEpoch(made.training_model, made.train_step, data, settings.batch_size, augment, settings.seed)
    start = time.process_time()
    for epoch in range(1, settings.epochs + 1):
        runner.run(epoch_order(len(learned), settings.seed, epoch), lambda done, steps: None, epoch)
    seconds = time.process_time() - start
    _, answers = CompiledEvaluation(made.model, made.loss).run(ResidentSplit(judged, 10, made.image_shape))
    return int((answers.argmax(axis=1) != judged.labels).sum()), seconds


if __name__ == "__main__":
    main()
