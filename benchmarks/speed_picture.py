"""Draws accuracy against seconds of the processor, every seed a dot, from what `benchmarks.time_to_accuracy` left.

python -m benchmarks.speed_picture FOLDER docs/images/speed.png
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot

from benchmarks.time_to_accuracy import TUTORIAL, present

OURS = ("fast", "accurate", "best")
CONTESTANTS = (*OURS, "fast, PyTorch", "accurate, PyTorch", TUTORIAL)
LINES = (99.0, 99.5, 99.7)  # the goals


def main(folder: Path, picture: Path) -> None:
    """One panel; the mean of each has a name and a cross as long as the spread."""
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for goal in LINES:
        axes.axhline(goal, color="0.85", linewidth=1, zorder=0)
    for place, name in enumerate(CONTESTANTS):
        seen = present(name, folder)
        if not seen:
            continue
        seconds = [figures["processor"] for figures in seen]
        accuracies = [100 * figures["accuracy"] for figures in seen]
        axes.scatter(seconds, accuracies, s=14, alpha=0.5, color=f"C{place}")
        x, y = statistics.median(seconds), statistics.mean(accuracies)
        axes.plot(x, y, "+", markersize=16, color=f"C{place}")
        side, by = ("right", -14) if name in OURS else ("left", 14)
        label, shift = f"{name}, n = {len(seen)}", {"xytext": (by, -4), "textcoords": "offset points"}
        axes.annotate(label, (x, y), ha=side, color=f"C{place}", **shift)
    axes.set(xscale="log", xlabel="seconds of one core, training only", ylabel="MNIST test images read, %")
    axes.set_xlim(0.6, 1_000)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(picture, dpi=100)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
