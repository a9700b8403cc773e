"""How well several digits in one picture are read, and single ones by the same way.

    python -m benchmarks.reading

Needs $DIGITLAB_DATA/sheets and $DIGITLAB_DATA/real, development pictures that nothing was trained on.  "Digits right"
is 1 less the edits (digits put in, taken out or changed) for each digit; a picture is right where there are none.
"""

from __future__ import annotations

import csv
import os
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.robustness import accuracy, edit_distance
from benchmarks.table import print_table, print_title
from digitlab.runtime.files import answers
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import read
from digitlab.runtime.reader.single import checked

DATA = Path(os.environ.get("DIGITLAB_DATA", "no-folder"))
LETTERS = 300  # of Omniglot's characters, chosen with seed 0


def main() -> None:
    """Print all tables."""
    print_title("Pictures with several digits")
    print_sources(listed(DATA / "sheets"))
    print_title("Pictures of one digit, read as if there could be several")
    print_sources([*listed(DATA / "real" / "drawn"), *listed(DATA / "real" / "photos")])
    print_title("Pictures of one letter: how many have no digit in them")
    print_letters()


def print_letters() -> None:
    """Characters of foreign alphabets, some of which look like digits even to people."""
    with np.load(DATA / "real" / "nondigits" / "omniglot_small1.npz") as data:
        pictures = data["x"]
    chosen = np.random.default_rng(0).choice(len(pictures), LETTERS, replace=False)
    texts = [checked(read(pictures[place], line_network())).text for place in chosen]
    refused = sum(not any(map(str.isdigit, text)) for text in texts)
    print_table(["pictures", "no sure digit"], [["Omniglot, five alphabets", accuracy(refused, len(texts))]])


def listed(folder: Path) -> list[tuple[str, Path, str]]:
    """Of each picture in the folder's table its source, its file and its digits."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["source_repo"], folder / row["file"], row.get("text") or row["label"]) for row in rows]


def print_sources(pictures: Iterable[tuple[str, Path, str]]) -> None:
    """A row a source, and behind them all of them together."""
    by_source: dict[str, list[tuple[int, int, float]]] = {}
    for source, path, text in pictures:
        start = time.perf_counter()
        (answer,) = answers([str(path)])
        seconds = time.perf_counter() - start
        said = answer.reading.text.replace("\n", "").replace(" ", "") if answer.reading else ""
        for name in (source, "all"):
            by_source.setdefault(name, []).append((edit_distance(said, text), len(text), seconds))
    by_source["all"] = by_source.pop("all")
    rows = []
    for source, found in by_source.items():
        digits, edits = sum(digits for _, digits, _ in found), sum(edits for edits, _, _ in found)
        whole = sum(edits == 0 for edits, _, _ in found)
        took = statistics.median(seconds for _, _, seconds in found)
        rows.append(
            [source, accuracy(max(0, digits - edits), digits), accuracy(whole, len(found)), f"{1000 * took:.0f} ms"]
        )
    print_table(["source", "digits right", "pictures right", "median time"], rows)


if __name__ == "__main__":
    main()
