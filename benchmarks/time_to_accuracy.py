"""How soon a network reads 99.0, 99.5, 99.7%: our recipes beside Keras' tutorial and PyTorch, seed by seed in turn.

    python -m benchmarks.time_to_accuracy [--seeds 10] [--peer-seeds 3] [--recipes fast accurate] [--out FOLDER]

Cost, on 2 cores of its own: a minute for ten seeds of `fast` and as much for PyTorch's, a quarter of an hour for
`accurate`, five minutes for each seed of Keras' tutorial.

On a machine that other work shares, take --threads 1 and read the seconds of the processor.

Every training has a process of its own, that of `benchmarks.one_training`, and goes to its last step; the test part is
opened once, then.  What FOLDER has is not done again; our runs stay there, for `benchmarks.accuracy`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.table import print_table, print_title, spread
from digitlab.base import machine
from digitlab.evaluation.intervals import mean_over_seeds

TUTORIAL = "Keras' tutorial, fit"
PHASES = ("import", "load", "trace", "train", "evaluate")
RESOLUTION = 1e-4  # one test image

Figures = dict[str, float]  # of one training: seconds a phase, seconds of the processor, accuracy


def main() -> None:
    """Do what is missing and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--peer-seeds", type=int, default=3, help="of Keras' tutorial and of PyTorch")
    parser.add_argument("--recipes", nargs="+", default=["fast", "accurate"])
    parser.add_argument("--threads", type=int, default=machine.usable_cores(), help="1 where other work has the cores")
    parser.add_argument("--out", type=Path, default=Path("runs/time-to-accuracy"))
    given = parser.parse_args()
    seeds = dict.fromkeys(given.recipes, given.seeds)
    if importlib.util.find_spec("torch"):
        seeds |= {f"{name}, PyTorch": given.peer_seeds for name in given.recipes}
    seeds |= {TUTORIAL: given.peer_seeds}
    for seed in range(max(seeds.values())):
        for name, count in seeds.items():
            if seed < count:
                train(name, seed, given.out, given.threads)
    results = {name: present(name, given.out)[: seeds[name]] for name in seeds if seeds[name]}
    print_accuracies(results)
    print_phases(results)
    if not importlib.util.find_spec("torch"):
        print("\nPyTorch is not installed, so it is not in these tables.")


def train(name: str, seed: int, out: Path, threads: int) -> None:
    """One training in a fresh process, unless its figures are there."""
    file = figures_file(name, out) / f"{seed}.json"
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.one_training", name, str(seed), str(out), str(threads)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    file.write_text(answer.splitlines()[-1])


def present(name: str, out: Path) -> list[Figures]:
    """The figures of every seed that is there."""
    files = sorted(figures_file(name, out).glob("*.json"), key=lambda file: int(file.stem))
    return [json.loads(file.read_text()) for file in files]


def figures_file(name: str, out: Path) -> Path:
    """The folder of the figures of one contestant."""
    return out / "figures" / "".join(letter for letter in name if letter.isalnum())


def print_accuracies(results: dict[str, list[Figures]]) -> None:
    """What it reads at the end, and how long it trained."""
    print_title("Accuracy after the last step, and the seconds of training that it takes")
    rows = []
    for name, seen in results.items():
        accuracies = [figures["accuracy"] for figures in seen]
        mean = f"{statistics.mean(accuracies):.2%} (n = {len(seen)})"
        if len(seen) > 1:
            over = mean_over_seeds(accuracies, resolution=RESOLUTION)
            low, high = (100 * end for end in over.interval)
            mean = f"{over.mean:.2%} ± {100 * over.sd:.2f} (95% {low:.2f} to {high:.2f}, n = {len(seen)})"
        processor = [figures["processor"] for figures in seen]
        rows.append([name, mean, spread([figures["train"] for figures in seen]), spread(processor)])
    print_table(["training", "test accuracy, mean ± sd", "seconds of training", "of the processor"], rows)


def print_phases(results: dict[str, list[Figures]]) -> None:
    """Where the seconds of the whole process go."""
    print_title("Seconds of the whole process, medians")
    rows = []
    for name, seen in results.items():
        medians = [statistics.median(figures[phase] for figures in seen) for phase in PHASES]
        memory = max(figures["memory"] for figures in seen)
        rows.append([name, *(f"{seconds:.1f}" for seconds in medians), f"{sum(medians):.1f}", f"{memory:.2f} GiB"])
    print_table(["training", *PHASES, "all", "most memory"], rows)


if __name__ == "__main__":
    main()
