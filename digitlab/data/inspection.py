"""What is probably wrong with a dataset, found before a model is blamed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from digitlab.base.findings import Finding, Severity, most_severe_first
from digitlab.data.dataset import Dataset, Split
from digitlab.data.named import DIGITS
from digitlab.images.spec import CENTRE_OF_MASS, MNIST

# Pixels of the mean centre; softmax regression loses a percentage point or more at 0.7 (both axes off by half a pixel).
MAX_OFF_CENTRE = 0.4
MAX_MEDIAN_OFF_CENTRE = 1.0  # pixels; half of MNIST's digits are within 0.4, since they are shifted by whole pixels
MIN_BRIGHTEST = 64  # below it the values are probably scaled to another range
MAX_IMBALANCE = 3.0  # the largest class to the smallest
MAX_DUPLICATES = 0.01  # share of a part's images; MNIST itself stays far below
LEAK_WARN, LEAK_ERROR = 0.01, 0.10  # share of the test part that is also in the training part
MAX_MIXED_POLARITY = 0.05  # share of images of the rarer polarity


# slug: code, severity (where it does not depend on the numbers), title, fix
_KINDS: dict[str, tuple[str, Severity, str, str]] = {
    "scaled-twice": (
        "DD101", "error", "the images are black: they seem to be scaled twice",
        "give whole numbers from 0 to 255, or floats from 0 to 1; divide by 255 once, not twice",
    ),
    "dim": (
        "DD102", "warning", "the images are dim",
        "stretch the values to 0 to 255: a model trained on dim images fails on others",
    ),
    "two-levels": (
        "DD103", "hint", "the images have only two brightness levels, no grey at the edges",
        "resize the originals, if you have them, with smoothing; MNIST's edges are grey",
    ),
    "empty-images": ("DD104", "warning", "some images show nothing", "remove them, with their labels"),
    "missing-class": (
        "DD105", "warning", "a class has no images", "add images of it, or number the classes from 0 without gaps",
    ),
    "imbalance": (
        "DD106", "warning", "the classes differ much in size",
        "collect more of the rare ones, and look at the accuracy of each class, not only at the mean",
    ),
    "duplicates": (
        "DD107", "hint", "some training images occur more than once",
        "keep one of each: a copy in the validation part makes a model look better than it is",
    ),
    "contradictory-labels": (
        "DD108", "warning", "the same image has different labels", "look at them and keep the right label",
    ),
    "test-in-train": (
        "DD109", "hint", "some test images are also in the training part",
        "remove them from the training part: a model can answer them from memory",
    ),
    "dark-ink": (
        "DD110", "warning", "the images are dark ink on bright paper",
        "invert them (255 - images): digitlab expects digits as bright ink on black",
    ),
    "mixed-ink": (
        "DD111", "warning", "bright ink on dark and dark ink on bright are mixed",
        "invert those with a bright border (255 - image), so that all are bright ink on black",
    ),
    "off-frame": (
        "DD112", "hint", "the ink is not centred as in MNIST",
        "a model trained on MNIST misreads these, and vice versa; shift each image, or train on shifts",
    ),
}  # fmt: skip


def _finding(slug: str, observed: str, severity: Severity | None = None) -> Finding:
    code, usual, title, fix = _KINDS[slug]
    return Finding(code=code, slug=slug, severity=severity or usual, title=title, observed=observed, fix=fix)


def check(dataset: Dataset) -> list[Finding]:
    """All findings about a dataset, errors first."""
    rules = _RULES + _RULES_FOR_DIGITS if _are_digits(dataset) else _RULES
    return most_severe_first(finding for rule in rules for finding in rule(dataset))


def checks(dataset: Dataset) -> int:
    """How many kinds of findings `check` looks for in a dataset."""
    return len(_KINDS) - (0 if _are_digits(dataset) else _KINDS_FOR_DIGITS)


def _are_digits(dataset: Dataset) -> bool:
    return dataset.spec == MNIST and set(dataset.class_names) <= set(DIGITS)


def counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Images of each part and class: `{"train": {"0": 5923, …}, "test": {…}}`, "test" only where there is one."""
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
            yield _finding("scaled-twice", f"{part}: pixel values from {low} to {high}, where 255 is white")
        elif high < MIN_BRIGHTEST:
            yield _finding("dim", f"{part}: the brightest pixel has {high} of 255")


def _two_levels(dataset: Dataset) -> Iterator[Finding]:
    levels = np.flatnonzero(np.bincount(dataset.train.images.ravel(), minlength=256))
    if len(levels) == 2 and levels[1] > 1:
        yield _finding("two-levels", f"train: only the values {levels[0]} and {levels[1]}")


def _empty(dataset: Dataset) -> Iterator[Finding]:
    for part, split in _parts(dataset):
        flat = split.images.reshape(len(split), -1)
        empty = np.flatnonzero(flat.max(axis=1) == flat.min(axis=1))
        if len(empty):
            observed = f"{part}: {_share(len(empty), len(split))} of a single brightness, first at index {empty[0]}"
            yield _finding("empty-images", observed, "error" if len(empty) == len(split) else "warning")


def _missing_class(dataset: Dataset) -> Iterator[Finding]:
    for part, split in _parts(dataset):
        missing = [dataset.class_names[i] for i in np.flatnonzero(_class_counts(dataset, split) == 0)]
        if missing:
            names = ", ".join(missing[:10]) + " …" * (len(missing) > 10)
            yield _finding("missing-class", f"{part}: none of {names} among {len(split):,} images")


def _imbalance(dataset: Dataset) -> Iterator[Finding]:
    sizes, names = _class_counts(dataset, dataset.train), dataset.class_names
    present = np.flatnonzero(sizes)
    common, rare = sizes.argmax(), present[sizes[present].argmin()]
    ratio = sizes[common] / sizes[rare]
    if ratio >= MAX_IMBALANCE:
        observed = f"train: {sizes[common]:,} of {names[common]}, {sizes[rare]:,} of {names[rare]} ({ratio:.1f} times)"
        yield _finding("imbalance", observed)


def _duplicates(dataset: Dataset) -> Iterator[Finding]:
    first: dict[bytes, int] = {}
    labels = dataset.train.labels
    earlier = np.array([first.setdefault(image.tobytes(), i) for i, image in enumerate(dataset.train.images)])
    repeats = int((earlier != np.arange(len(labels))).sum())
    contradictions = int((labels != labels[earlier]).sum())
    if repeats:
        severity: Severity = "warning" if repeats >= MAX_DUPLICATES * len(labels) else "hint"
        observed = f"train: {_share(repeats, len(labels))} repeat an earlier one"
        yield _finding("duplicates", observed, severity)
    if contradictions:
        observed = f"train: {_share(contradictions, len(labels))} repeat an earlier one with another label"
        yield _finding("contradictory-labels", observed)
    yield from _leak(dataset, first)


def _leak(dataset: Dataset, train: dict[bytes, int]) -> Iterator[Finding]:
    if dataset.test is None:
        return
    both = sum(image.tobytes() in train for image in dataset.test.images)
    if both:
        share = both / len(dataset.test)
        severity: Severity = "error" if share >= LEAK_ERROR else "warning" if share >= LEAK_WARN else "hint"
        yield _finding("test-in-train", f"test: {_share(both, len(dataset.test))} are in train", severity)


def _polarity(dataset: Dataset) -> Iterator[Finding]:
    bright = _on_bright(dataset.train.images)
    observed = f"train: {_share(int(bright.sum()), len(bright))} have a bright border"
    if bright.mean() > 1 - MAX_MIXED_POLARITY:
        yield _finding("dark-ink", observed)
    elif bright.mean() >= MAX_MIXED_POLARITY:
        yield _finding("mixed-ink", observed)


def _on_bright(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether the border of each image is bright: [N, height, width] → [N]."""
    rows, columns = images[:, (0, -1), :], images[:, 1:-1, (0, -1)]
    border = np.concatenate([rows.reshape(len(images), -1), columns.reshape(len(images), -1)], axis=1)
    return np.asarray(border.mean(axis=1) > 127.5)


def _off_frame(dataset: Dataset) -> Iterator[Finding]:
    rows, columns = _centres(dataset.train.images)
    if len(rows) == 0:
        return
    down, right = rows - CENTRE_OF_MASS, columns - CENTRE_OF_MASS
    half = float(np.median(np.hypot(down, right)))
    if half > MAX_MEDIAN_OFF_CENTRE or np.hypot(down.mean(), right.mean()) > MAX_OFF_CENTRE:
        yield _finding(
            "off-frame",
            f"train: mean centre of mass at row {rows.mean():.1f}, column {columns.mean():.1f}, where MNIST "
            f"has {CENTRE_OF_MASS:.1f}; half of the images are off by more than {half:.1f} pixels",
        )


def _centres(images: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Row and column of the centre of mass of each image with ink, in pixel indices."""
    ink = np.where(_on_bright(images)[:, None, None], 255 - images, images)
    by_row, by_column = ink.sum(axis=2, dtype=np.float64), ink.sum(axis=1, dtype=np.float64)
    mass = by_row.sum(axis=1)
    inked, index = mass > 0, np.arange(images.shape[1])
    return (by_row[inked] @ index) / mass[inked], (by_column[inked] @ index) / mass[inked]


def _share(part: int, whole: int) -> str:
    """As in "2 of 1,000 (0.2%)": two digits of the percentage, never powers of ten."""
    percentage = 100 * part / whole
    shown = "< 0.01" if 0 < percentage < 0.01 else f"{percentage:{'.0f' if percentage >= 10 else '.2g'}}"
    return f"{part:,} of {whole:,} ({shown}%)"


Rule = Callable[[Dataset], Iterator[Finding]]
_RULES: tuple[Rule, ...] = (_range, _two_levels, _empty, _missing_class, _imbalance, _duplicates)
_RULES_FOR_DIGITS: tuple[Rule, ...] = (_polarity, _off_frame)  # about the ink and frame of MNIST
_KINDS_FOR_DIGITS = 3  # that these two find
