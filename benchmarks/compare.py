"""How long a comparison takes, and what a second worker gains.

python -m benchmarks.compare
"""

from __future__ import annotations

import statistics
import tempfile
import time

import digitlab
from benchmarks.table import print_table, print_title, spread

TURNS = 3


def main() -> None:
    """Print both tables."""
    data = digitlab.load()
    models = ["mlp:64", "mlp:128"]
    print_title(f"digitlab compare {' '.join(models)} --seeds 6, on {data.name}: workers of one thread each")
    one, two = [], []
    for _ in range(TURNS):
        one.append(seconds(data, models, seeds=6, jobs=1, epochs=None))
        two.append(seconds(data, models, seeds=6, jobs=2, epochs=None))
    print_table(["workers", "seconds, report included"], [["1", spread(one, digits=1)], ["2", spread(two, digits=1)]])
    ratio = statistics.median(first / second for first, second in zip(one, two, strict=True))
    print(f"\nTwo workers are {ratio:.2f} times as fast as one.")

    models = ["softmax", "mlp:128", "mlp:512-256"]
    print_title(f"digitlab compare {' '.join(models)} --seeds 3 --epochs 5")
    taken = {jobs: [seconds(data, models, seeds=3, jobs=jobs, epochs=5) for _ in range(TURNS)] for jobs in (1, 2)}
    rows = [[str(jobs), spread(each, digits=1)] for jobs, each in taken.items()]
    print_table(["workers", "seconds, report included"], rows)


def seconds(data: digitlab.Dataset, models: list[str], seeds: int, jobs: int, epochs: int | None) -> float:
    """Seconds of a whole comparison in an empty folder."""
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        digitlab.compare(models, data, seeds=seeds, epochs=epochs, jobs=jobs, out=out)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
