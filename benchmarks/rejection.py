"""How well the shipped bundles know what they do not know: calibration, coverage, and what is no digit.

    python -m benchmarks.rejection

Test images of MNIST against Fashion-MNIST, Omniglot's characters, and pictures drawn by program; each goes through the
whole preprocessing, as in `digitlab predict`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import digitlab
from benchmarks.scores import auroc, coverage, expected_calibration_error, false_positives
from benchmarks.table import print_table, print_title
from digitlab.data.sources import load
from digitlab.evaluation.intervals import wilson_interval
from digitlab.preprocess.pipeline import prepare
from digitlab.runtime.places import shipped_names
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.verdict import strength
from digitlab.synthetic.non_digits import non_digits

IMAGES = 1_000  # of each source that goes through the preprocessing
SEED = 2  # of the drawn pictures; those that thresholds were set with have another


def main() -> None:
    """Print both tables."""
    print_title("Calibration on the 10,000 test images of MNIST")
    print_table(
        ["bundle", "accuracy, % (95%)", "calibration error, %", "answered at 99.9% accuracy", "accepted as a digit"],
        [_calibration(name) for name in shipped_names()],
    )
    print_title(f"No digits: {IMAGES:,} test images of MNIST against each source")
    print_table(
        ["bundle", "source", "n", "AUROC", "passes where 95% of digits do", "called no digit", "unsure"],
        [row for name in shipped_names() for row in _rejection(name)],
    )


def _calibration(name: str) -> list[str]:
    model, test = digitlab.load_model(name), load("mnist").test
    assert test is not None
    verdicts = model.verdicts(test.images)
    confidence = np.array([verdict.probability for verdict in verdicts])
    right = np.array([int(verdict.label) for verdict in verdicts]) == test.labels
    interval = wilson_interval(int(right.sum()), len(right))
    accepted = sum(verdict.status != "not-a-digit" for verdict in verdicts) / len(verdicts)
    return [
        name,
        f"{right.mean():.2%} ({100 * interval.low:.2f} to {100 * interval.high:.2f})",
        f"{100 * expected_calibration_error(confidence, right):.2f}",
        f"{coverage(0.999, confidence, right):.1%}",
        f"{accepted:.2%}",
    ]


def _rejection(name: str) -> Iterator[list[str]]:
    model, test = digitlab.load_model(name), load("mnist").test
    assert test is not None
    inside = _strength(model, prepared(test.images[:IMAGES].tobytes()))
    for source, images in sources():
        outside = _strength(model, images)
        said = [verdict.status for verdict in model.verdicts(images)]
        yield [
            name,
            source,
            str(len(images)),
            f"{auroc(inside, outside):.4f}",
            f"{false_positives(0.95, inside, outside):.1%}",
            f"{said.count('not-a-digit') / len(said):.1%}",
            f"{said.count('unsure') / len(said):.1%}",
        ]


def _strength(model: Predictor, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What the rule ranks by; a frame without ink is refused before."""
    found = strength(model.evidence(images))
    return np.where(images.any(axis=(1, 2)), found, -np.inf)


@cache
def sources() -> tuple[tuple[str, NDArray[np.uint8]], ...]:
    """What shows no digit, by name, as the model sees it."""
    fashion = load("fashion-mnist").test
    assert fashion is not None
    count = IMAGES // 4
    drawn = non_digits(count, SEED)
    kinds = {
        name: drawn[place * count :][:count] for place, name in enumerate(("letters", "scribbles", "blobs", "noise"))
    }
    blank = np.full((10, 100, 100), 255, np.uint8)
    return (
        ("Fashion-MNIST", prepared(fashion.images[:IMAGES].tobytes())),
        *_omniglot(),
        *kinds.items(),
        ("blank", np.stack([prepare(picture).image for picture in blank])),
    )


def _omniglot() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    file = Path(os.environ.get("DIGITLAB_DATA", ".")) / "real/nondigits/omniglot_small1.npz"
    if file.exists():
        with np.load(file) as arrays:
            chosen = np.random.default_rng(0).permutation(len(arrays["x"]))[:IMAGES]
            pictures = arrays["x"][chosen]
        yield "Omniglot", np.stack([prepare(picture).image for picture in pictures])


@cache
def prepared(images: bytes) -> NDArray[np.uint8]:
    """Images [N, 28, 28] as the preprocessing leaves them; once for all bundles."""
    pictures = np.frombuffer(images, np.uint8).reshape(-1, 28, 28)
    return np.stack([prepare(picture).image for picture in pictures])


if __name__ == "__main__":
    main()
