"""How well digits are read that are not MNIST's: spoiled ones, and people's own.

    python -m benchmarks.robustness [--model robust] [--images 2000]

Every accuracy comes with its 95% Wilson interval and its n.  `Direct` is the picture only resized to 28×28;
`prepared` has gone through the whole preprocessing; the other columns leave one step of it out.  MNIST's digits are the
first ones of its test part.  The tables of people's digits need $DIGITLAB_DATA/real.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import digitlab
from benchmarks.corruptions import MNIST_C, PICTURES
from benchmarks.table import print_table, print_title
from digitlab.evaluation.intervals import wilson_interval
from digitlab.images.decode import open_picture
from digitlab.images.picture import Picture, as_bytes, as_picture, resized
from digitlab.preprocess.pipeline import prepare
from digitlab.preprocess.settings import ALL_STEPS, Digits
from digitlab.runtime.golden import Predict
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import read

DIRECT = "direct"
REAL = Path(os.environ.get("DIGITLAB_DATA", "no-folder")) / "real"


@dataclass(frozen=True)
class Source:
    """Pictures of one digit each, from one place."""

    name: str
    pictures: list[Picture]
    labels: NDArray[np.int64]


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="robust")
    parser.add_argument("--images", type=int, default=2000)
    arguments = parser.parse_args()
    predict = digitlab.load_model(arguments.model).predict
    print_title(f"Spoiled digits of MNIST, read by {arguments.model}: accuracy in %")
    print_ways(spoiled(arguments.images), {DIRECT: None, "prepared": ALL_STEPS}, predict)
    if not REAL.is_dir():
        print("\nPeople's own digits are not at hand: $DIGITLAB_DATA/real is no folder.")
        return
    print_title("People's own digits: accuracy in %")
    sources = [*drawn(), *photographed(), scanned("usps"), scanned("semeion")]
    print_ways(sources, {DIRECT: None, "prepared": ALL_STEPS, **left_out()}, predict)
    print_title("Sheets of digits: edit distance")
    print_sheets()


def left_out() -> dict[str, Digits]:
    """The preprocessing without each of its steps."""
    return {f"without {step}": Digits.model_validate({step: False}) for step in Digits.model_fields}


def spoiled(count: int) -> Iterable[Source]:
    """The first test digits of MNIST: clean, with the faults of drawings, and in the fifteen ways of MNIST-C."""
    part = digitlab.load("mnist").test
    assert part is not None
    images, labels = part.images[:count] / 255.0, part.labels[:count]
    yield Source("clean", list(map(as_picture, images)), labels)
    for name, spoil in {**PICTURES, **MNIST_C}.items():
        pictures = spoil(images, np.random.default_rng(0))
        yield Source(name.replace("_", " "), list(map(as_picture, pictures)), labels)


def drawn() -> list[Source]:
    """Single digits by mouse, touch, pen or scanner, by where they come from."""
    return listed("drawn", lambda row: row["label"])


def photographed() -> list[Source]:
    """Photographs of one digit."""
    return listed("photos", lambda row: row["text"] if row["kind"] == "single" else None)


def listed(folder: str, label: Callable[[dict[str, str]], str | None]) -> list[Source]:
    """The pictures of a folder's table, and behind them all of them together."""
    by_source: dict[str, list[tuple[Picture, str]]] = {}
    for row in table(folder):
        text = label(row)
        if text is not None:
            picture = open_picture(REAL / folder / row["file"])
            for name in (row["source_repo"], f"all of {folder}"):
                by_source.setdefault(name, []).append((picture, text))
    whole = by_source.pop(f"all of {folder}")
    return [
        Source(name, [picture for picture, _ in pairs], np.array([int(text) for _, text in pairs]))
        for name, pairs in {**by_source, f"all of {folder}": whole}.items()
    ]


def table(folder: str) -> list[dict[str, str]]:
    """The rows of a folder's labels.csv."""
    with (REAL / folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scanned(name: str) -> Source:
    """A dataset of 16×16 scans that fill their frame; of USPS its test part."""
    with np.load(REAL / "datasets" / f"{name}.npz") as data:
        kept = data["is_test"] == 1 if "is_test" in data else slice(None)
        images, labels = data["x"].reshape(-1, 16, 16)[kept], data["y"][kept].astype(np.int64)
    return Source(name, list(map(as_picture, images)), labels)


def print_ways(sources: Iterable[Source], ways: dict[str, Digits | None], predict: Predict) -> None:
    """A row a source, a column a way of preparing."""
    rows = []
    for source in sources:
        scores = [right(source, settings, predict) for settings in ways.values()]
        rows.append([source.name, *(accuracy(score, len(source.labels)) for score in scores)])
    print_table(["digits", *ways], rows)


def right(source: Source, settings: Digits | None, predict: Predict) -> int:
    """How many of a source are read rightly; without settings as they are."""
    images = np.stack([plain(p) if settings is None else prepare(p, settings).image for p in source.pictures])
    return int((predict(images).argmax(axis=1) == source.labels).sum())


def plain(picture: Picture) -> NDArray[np.uint8]:
    """The picture as 28×28 with nothing else done."""
    return as_bytes(resized(picture, (28, 28)))


def accuracy(score: int, n: int) -> str:
    """`98.79 (98.56 to 98.98, n = 10000)`."""
    low, high = (100 * end for end in wilson_interval(score, n))
    return f"{100 * score / n:.2f} ({low:.2f} to {high:.2f}, n = {n})"


def print_sheets() -> None:
    """Each sheet as it was read, and the share of all digits that needed no edit."""
    rows: list[list[Any]] = []
    edits = digits = 0
    for row in table("photos"):
        if row["kind"] == "sheet" and "rot90" not in row["file"]:  # that one lies on its side, and has an upright copy
            text = read(open_picture(REAL / "photos" / row["file"]), line_network()).text
            wrong = edit_distance(text.replace("\n", ""), row["text"])
            rows.append([row["file"], text.replace("\n", " "), str(wrong)])
            edits, digits = edits + wrong, digits + len(row["text"])
    rows.append(["all", accuracy(digits - edits, digits), str(edits)])
    print_table(["sheet", "read as", "edits"], rows)


def edit_distance(one: str, two: str) -> int:
    """How many digits must be put in, taken out or changed."""
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(two, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


if __name__ == "__main__":
    main()
