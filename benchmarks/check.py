"""How long a check takes once TensorFlow is loaded, and how much memory, for the correct programs of the tests.

python -m benchmarks.check
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import digitlab
from benchmarks.table import print_table, print_title, spread
from digitlab.checker.child import sample_of
from digitlab.data.dataset import Split

GOOD = Path(__file__).parent.parent / "tests" / "checker" / "good"
SLOWEST = 5  # shown one by one


def main() -> None:
    """Check each in a process of its own, and print the tables."""
    sample = sample_of(digitlab.load())
    measured = {path.stem: _measured(path, sample) for path in sorted(GOOD.glob("*.py"))}
    seconds, gibibytes = zip(*measured.values(), strict=True)
    print_title("A check of a correct program, once TensorFlow is loaded")
    print_table(["", "all"], [["time", spread(seconds, "s", 1)], ["peak memory", spread(gibibytes, "GiB")]])
    slowest = sorted(measured, key=lambda name: -measured[name][0])[:SLOWEST]
    rows = [[name, f"{measured[name][0]:.1f} s", f"{measured[name][1]:.2f} GiB"] for name in slowest]
    print()
    print_table(["the slowest", "time", "peak memory"], rows)


def _measured(path: Path, sample: Split) -> tuple[float, float]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_check, args=(theirs, path, sample))
    process.start()
    theirs.close()
    seconds, gibibytes = ours.recv()
    process.join()
    return seconds, gibibytes


def _check(connection: Connection, path: Path, sample: Split) -> None:
    from digitlab.training.start import start_tensorflow

    start_tensorflow()
    from digitlab.checker.examine import check_file

    begun = time.perf_counter()
    check_file(str(path), sample, 10)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection.send((seconds, peak / (2**30 if sys.platform == "darwin" else 2**20)))


if __name__ == "__main__":
    main()
