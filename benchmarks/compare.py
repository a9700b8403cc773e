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
    print_title(f"Six seeds of mlp:128 (and of mlp:64 beside it), 5 epochs, on {data.name}: workers of one thread each")
    models = ["mlp:64", "mlp:128"]
    one, two = [], []
    for _ in range(TURNS):
        one.append(seconds(data, models, seeds=6, jobs=1))
        two.append(seconds(data, models, seeds=6, jobs=2))
    print_table(["workers", "seconds, report included"], [["1", spread(one, digits=1)], ["2", spread(two, digits=1)]])
    ratio = statistics.median(first / second for first, second in zip(one, two, strict=True))
    print(f"\nTwo workers are {ratio:.2f} times as fast as one.")

    models = ["softmax", "mlp:128", "mlp:512-256"]
    print_title(f"digitlab compare {' '.join(models)} --seeds 3 --epochs 5")
    rows = [[str(jobs), spread([seconds(data, models, 3, jobs) for _ in range(TURNS)], digits=1)] for jobs in (1, 2)]
    print_table(["workers", "seconds, report included"], rows)


def seconds(data: digitlab.Dataset, models: list[str], seeds: int, jobs: int) -> float:
    """Seconds of a whole comparison with five epochs a training, in an empty folder."""
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        digitlab.compare(models, data, seeds=seeds, epochs=5, jobs=jobs, out=out)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
