"""How well recipes read MNIST's test part: over seeds, without its known wrong labels, and with several views.

    python -m benchmarks.accuracy FOLDER [FOLDER ...]

Each FOLDER holds runs that `benchmarks.time_to_accuracy`, `digitlab compare` or `digitlab train` left; those on MNIST
that are done are read, and nothing is trained.  Every run opened the test part once; with one view its stored answers
are used, with more its bundle looks at the same images moved by a pixel.  Nothing is chosen by these tables.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import digitlab
from benchmarks.table import print_table, print_title
from digitlab.evaluation.intervals import mean_over_seeds
from digitlab.runs.catalog import list_runs
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run

# Labels of test images that people do not agree with: Northcutt, Athalye and Mueller 2021, `Pervasive label errors in
# test sets destabilize machine learning benchmarks`.
WRONG = (947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729)
MOVES = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]  # rows and columns of a view
VIEWS = (1, 5, 9)


def main(folders: list[str]) -> None:
    """Print the table."""
    print_title("Accuracy on MNIST's test part, last epoch, in % (mean ± sd, 95% interval of the mean)")
    by_recipe: dict[str, list[Run]] = defaultdict(list)
    for folder in folders:
        for run in list_runs(Path(folder)):
            if run.info.status == "done" and run.info.dataset.short_name == "mnist" and run.result:
                by_recipe[run.info.config.recipe].append(run)
    rows = [row(recipe, runs) for recipe, runs in sorted(by_recipe.items())]
    views = [f"{count} views" for count in VIEWS[1:]]
    print_table(["recipe", "seeds", "as it is", f"without {len(WRONG)} wrong labels", *views], rows)


def row(recipe: str, runs: list[Run]) -> list[str]:
    """One recipe's figures over its seeds."""
    labels = RunDirectory(runs[0].path).predictions.labels
    trusted = np.setdiff1d(np.arange(len(labels)), WRONG)
    one = [RunDirectory(run.path).predictions.probabilities.argmax(axis=1) == labels for run in runs]
    more = [views_accuracy(run, labels) for run in runs]
    figures = [[right.mean() for right in one], [right[trusted].mean() for right in one], *zip(*more, strict=True)]
    return [recipe, str(len(runs)), *(over_seeds(values, len(labels)) for values in figures)]


def views_accuracy(run: Run, labels: NDArray[np.int64]) -> list[float]:
    """The share read rightly by the geometric mean of the answers to the first 5 views, and to all 9."""
    test = digitlab.load("mnist").test
    assert test is not None
    model, total, accuracies = digitlab.load_model(run.path), np.zeros((len(labels), 10)), []
    for count, move in enumerate(MOVES, start=1):
        total += np.log(model.predict(np.roll(test.images, move, axis=(1, 2))) + 1e-9)
        if count in VIEWS[1:]:
            accuracies.append(float((total.argmax(axis=1) == labels).mean()))
    return accuracies


def over_seeds(values: Sequence[float], images: int) -> str:
    """`99.12 ± 0.05 (99.08 to 99.16)`; of one seed the value alone."""
    if len(values) == 1:
        return f"{100 * values[0]:.2f}"
    over = mean_over_seeds(values, resolution=1 / images)
    low, high = (100 * end for end in over.interval)
    return f"{100 * over.mean:.2f} ± {100 * over.sd:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main(sys.argv[1:])
