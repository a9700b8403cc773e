"""How benchmarks print: one Markdown table, every figure with its n and its spread."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Sequence

from digitlab.base import machine


def print_title(title: str) -> None:
    """A heading, with the machine under it."""
    about = machine.describe()
    print(f"\n## {title}\n\n{about['processor']}, {about['cores']} cores, Python {platform.python_version()}, ", end="")
    print(
        ", ".join(f"{name} {version}" for name, version in machine.versions().items() if name != "python"), end="\n\n"
    )


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A Markdown table."""
    for row in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(row) + " |")


def spread(values: Sequence[float], unit: str = "s", digits: int = 2) -> str:
    """`0.11 s (0.10 to 0.13, n = 5)`: median, least, greatest, how many."""
    middle, low, high = (f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} {unit} ({low} to {high}, n = {len(values)})"
