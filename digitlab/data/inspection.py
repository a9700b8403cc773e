"""What is probably wrong with a dataset, told before a model is blamed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitlab.base.findings import Finding, Severity, most_severe_first
from digitlab.data.dataset import Dataset, Split
from digitlab.images.spec import MNIST

CHECKS, DIGIT_CHECKS = 9, 3  # rules below; the latter for digits in the size of MNIST's only
DIGITS = frozenset("0123456789")
CENTRE = 14.0  # pixel index of the centre of mass of every MNIST digit, in both axes
OFF_CENTRE = 0.4  # pixels of the mean; softmax regression loses a point or more at 0.7 (both axes off by half a pixel)
SCATTERED = 1.0  # pixels; half of MNIST's digits are within 0.4, since they are shifted by whole pixels
DIM = 64  # no pixel is brighter: probably scaled to another range
IMBALANCE = 3.0  # the largest class to the smallest
DUPLICATES_WARN = 0.01  # share of a part's images; MNIST itself stays far below
LEAK_WARN, LEAK_ERROR = 0.01, 0.10  # share of the test part that stands in the training part, too
MIXED_POLARITY = 0.05  # share of images of the rarer polarity


class _Rule(NamedTuple):
    code: str
    slug: str
    severity: Severity
    title: str
    fix: str

    def finding(self, observed: str, severity: Severity | None = None) -> Finding:
        return Finding(**{**self._asdict(), "observed": observed, "severity": severity or self.severity})


_SCALED_TWICE = _Rule(
    "DD101", "scaled-twice", "error", "the images are black: they seem to be scaled twice",
    "give whole numbers from 0 to 255, or floats from 0 to 1; divide by 255 once, not twice",
)  # fmt: skip
_DIM = _Rule(
    "DD102", "dim", "warning", "the images are dim",
    "stretch the values to 0 to 255: a model trained on dim images fails on others",
)  # fmt: skip
_TWO_LEVELS = _Rule(
    "DD103", "two-levels", "hint", "the images have only two brightnesses, without the greys of soft edges",
    "if you have the originals, reduce them with smoothing; MNIST's edges are grey",
)  # fmt: skip
_EMPTY = _Rule(
    "DD104", "empty-images", "warning", "some images show nothing", "remove them, with their labels"
)  # fmt: skip
_MISSING_CLASS = _Rule(
    "DD105", "missing-class", "warning", "a class has no images",
    "add images of it, or number the classes from 0 without gaps",
)  # fmt: skip
_IMBALANCE = _Rule(
    "DD106", "imbalance", "warning", "the classes differ much in size",
    "collect more of the rare ones, and look at the accuracy of each class, not only at the mean",
)  # fmt: skip
_DUPLICATES = _Rule(
    "DD107", "duplicates", "hint", "some training images stand there more than once",
    "keep one of each: a copy in the validation part makes a model look better than it is",
)  # fmt: skip
_CONTRADICTIONS = _Rule(
    "DD108", "contradictory-labels", "warning", "the same image has different labels",
    "look at them and keep the right label",
)  # fmt: skip
_LEAK = _Rule(
    "DD109", "test-in-train", "hint", "some test images stand in the training part, too",
    "remove them from the training part: on them, a model is asked what it was told",
)  # fmt: skip
_DARK_INK = _Rule(
    "DD110", "dark-ink", "warning", "the images are dark ink on bright paper",
    "invert them (255 - images): digits are read as bright ink on black everywhere else here",
)  # fmt: skip
_MIXED_INK = _Rule(
    "DD111", "mixed-ink", "warning", "bright ink on dark and dark ink on bright are mixed",
    "invert those with a bright border (255 - image), so that all are bright ink on black",
)  # fmt: skip
_OFF_FRAME = _Rule(
    "DD112", "off-frame", "hint", "the ink is not centred as in MNIST",
    "a model trained on MNIST misreads these, and the other way round; shift each image, or train on shifts",
)  # fmt: skip


def check(dataset: Dataset) -> list[Finding]:
    """Everything noteworthy about a dataset, errors first; an empty list says that nothing was found."""
    found = [finding for rule in _RULES for finding in rule(dataset)]
    return most_severe_first(found)


def checks(dataset: Dataset) -> int:
    """How many rules `check` tries on a dataset."""
    return CHECKS + (DIGIT_CHECKS if _may_be_mnist_like(dataset) else 0)


def counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Images for each part and class name: `{"train": {"0": 5923, …}, "test": {…}}`; no "test" where there is none."""
    return {
        part: dict(zip(dataset.class_names, _class_counts(dataset, split).tolist(), strict=True))
        for part, split in _parts(dataset)
    }


def _parts(dataset: Dataset) -> list[tuple[str, Split]]:
    return [(name, split) for name, split in (("train", dataset.train), ("test", dataset.test)) if split is not None]


def _class_counts(dataset: Dataset, split: Split) -> NDArray[np.int64]:
    return np.bincount(split.labels, minlength=len(dataset.class_names))


def _range(dataset: Dataset) -> Iterator[Finding]:
    for part, split in _parts(dataset):
        low, high = int(split.images.min()), int(split.images.max())
        if high <= 1:
            yield _SCALED_TWICE.finding(f"{part}: pixel values from {low} to {high}, where 255 is white")
        elif high < DIM:
            yield _DIM.finding(f"{part}: the brightest pixel has {high} of 255")


def _two_levels(dataset: Dataset) -> Iterator[Finding]:
    levels = np.flatnonzero(np.bincount(dataset.train.images.ravel(), minlength=256))
    if len(levels) == 2 and levels[1] > 1:
        yield _TWO_LEVELS.finding(f"train: only the values {levels[0]} and {levels[1]}")


def _empty(dataset: Dataset) -> Iterator[Finding]:
    for part, split in _parts(dataset):
        flat = split.images.reshape(len(split), -1)
        empty = np.flatnonzero(flat.max(axis=1) == flat.min(axis=1))
        if len(empty):
            yield _EMPTY.finding(
                f"{part}: {_share(len(empty), len(split))} of a single brightness, first at index {empty[0]}",
                "error" if len(empty) == len(split) else "warning",
            )


def _missing_class(dataset: Dataset) -> Iterator[Finding]:
    for part, split in _parts(dataset):
        missing = [dataset.class_names[i] for i in np.flatnonzero(_class_counts(dataset, split) == 0)]
        if missing:
            names = ", ".join(missing[:10]) + " …" * (len(missing) > 10)
            yield _MISSING_CLASS.finding(f"{part}: none of {names} among {len(split):,} images")


def _imbalance(dataset: Dataset) -> Iterator[Finding]:
    sizes, names = _class_counts(dataset, dataset.train), dataset.class_names
    present = np.flatnonzero(sizes)
    common, rare = sizes.argmax(), present[sizes[present].argmin()]
    ratio = sizes[common] / sizes[rare]
    if ratio >= IMBALANCE:
        observed = f"train: {sizes[common]:,} of {names[common]}, {sizes[rare]:,} of {names[rare]} ({ratio:.1f} times)"
        yield _IMBALANCE.finding(observed)


def _duplicates(dataset: Dataset) -> Iterator[Finding]:
    first: dict[bytes, int] = {}
    labels = dataset.train.labels
    earlier = np.array([first.setdefault(image.tobytes(), i) for i, image in enumerate(dataset.train.images)])
    repeats = int((earlier != np.arange(len(labels))).sum())
    contradictions = int((labels != labels[earlier]).sum())
    if repeats:
        severity: Severity = "warning" if repeats >= DUPLICATES_WARN * len(labels) else "hint"
        observed = f"train: {_share(repeats, len(labels))} repeat an earlier one"
        yield _DUPLICATES.finding(observed, severity)
    if contradictions:
        observed = f"train: {_share(contradictions, len(labels))} repeat an earlier one with another label"
        yield _CONTRADICTIONS.finding(observed)
    yield from _leak(dataset, first)


def _leak(dataset: Dataset, train: dict[bytes, int]) -> Iterator[Finding]:
    if dataset.test is None:
        return
    both = sum(image.tobytes() in train for image in dataset.test.images)
    if both:
        share = both / len(dataset.test)
        severity: Severity = "error" if share >= LEAK_ERROR else "warning" if share >= LEAK_WARN else "hint"
        yield _LEAK.finding(f"test: {_share(both, len(dataset.test))} are in train", severity)


def _polarity(dataset: Dataset) -> Iterator[Finding]:
    if not _may_be_mnist_like(dataset):
        return
    bright = _on_bright(dataset.train.images)
    observed = f"train: {_share(int(bright.sum()), len(bright))} have a bright border"
    if bright.mean() > 1 - MIXED_POLARITY:
        yield _DARK_INK.finding(observed)
    elif bright.mean() >= MIXED_POLARITY:
        yield _MIXED_INK.finding(observed)


def _may_be_mnist_like(dataset: Dataset) -> bool:
    """Whether ink, its frame and its polarity can be spoken of: digits in the size of MNIST's."""
    return dataset.spec == MNIST and set(dataset.class_names) <= DIGITS


def _on_bright(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether an image's border is brighter than the middle of the scale: [N, 28, 28] → [N]."""
    rows, columns = images[:, (0, -1), :], images[:, 1:-1, (0, -1)]
    border = np.concatenate([rows.reshape(len(images), -1), columns.reshape(len(images), -1)], axis=1)
    return np.asarray(border.mean(axis=1) > 127.5)


def _off_frame(dataset: Dataset) -> Iterator[Finding]:
    if not _may_be_mnist_like(dataset):
        return
    rows, columns = _centres(dataset.train.images)
    if len(rows) == 0:
        return
    half = float(np.median(np.hypot(rows - CENTRE, columns - CENTRE)))
    if half > SCATTERED or np.hypot(rows.mean() - CENTRE, columns.mean() - CENTRE) > OFF_CENTRE:
        yield _OFF_FRAME.finding(
            f"train: mean centre of mass at row {rows.mean():.1f}, column {columns.mean():.1f}, where MNIST "
            f"has {CENTRE:.1f}; half of the images are off by more than {half:.1f} pixels",
        )


def _centres(images: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Row and column of each image's centre of ink, in pixel indices; images without ink are left out."""
    ink = np.where(_on_bright(images)[:, None, None], 255 - images, images)
    by_row, by_column = ink.sum(axis=2, dtype=np.float64), ink.sum(axis=1, dtype=np.float64)
    mass = by_row.sum(axis=1)
    inked, index = mass > 0, np.arange(images.shape[1])
    return (by_row[inked] @ index) / mass[inked], (by_column[inked] @ index) / mass[inked]


def _share(part: int, whole: int) -> str:
    """«2 of 1,000 (0.2%)», with two digits of the percentage and never in powers of ten."""
    percentage = 100 * part / whole
    if 0 < percentage < 0.01:
        return f"{part:,} of {whole:,} (< 0.01%)"
    return (
        f"{part:,} of {whole:,} ({percentage:.0f}%)"
        if percentage >= 10
        else f"{part:,} of {whole:,} ({percentage:.2g}%)"
    )


_RULES: tuple[Callable[[Dataset], Iterator[Finding]], ...] = (
    _range,
    _two_levels,
    _empty,
    _missing_class,
    _imbalance,
    _duplicates,
    _polarity,
    _off_frame,
)
