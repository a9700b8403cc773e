"""The machine and the versions that a run was made with."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

PACKAGES = ("digitlab", "numpy", "tensorflow", "tensorflow-cpu", "keras")
CGROUP = Path("/sys/fs/cgroup")
CPU_INFO = Path("/proc/cpuinfo")
BFLOAT16 = {"avx512_bf16", "amx_bf16"}  # as Linux calls the two ways to multiply in bfloat16


def versions() -> dict[str, str]:
    """Python and every package that the numbers depend on, as far as installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def version_changes(before: dict[str, str]) -> list[str]:
    """Which of the versions `before` are others here, as "keras 3.15.1 (was 3.14.0)"."""
    now = versions()
    return [f"{name} {now.get(name)} (was {old})" for name, old in before.items() if now.get(name) != old]


def describe() -> dict[str, str | int]:
    """System, processor and how many of its cores this process may use."""
    return {"system": f"{platform.system()} {platform.machine()}", "processor": _processor(), "cores": usable_cores()}


def usable_cores() -> int:
    """The cores that this process may keep busy: of those it may run on, what its control group has the time of."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(allowed, _quota(CGROUP))))


def multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16; without them it is slower than float32."""
    return any(BFLOAT16.intersection(flags.split()) for flags in _cpu_info("flags"))


def _quota(folder: Path) -> float:
    """How many cores' time a second the control group gets; infinite where nothing limits it.

    Version 2 has "200000 100000" or "max 100000" in one file (microseconds that it may compute, in how many); version 1
    has two files, and −1 for no limit.
    """
    try:
        if (folder / "cpu.max").exists():
            given, period = (folder / "cpu.max").read_text().split()
        else:
            given, period = ((folder / f"cpu/cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return float("inf") if given == "max" or int(given) < 0 else int(given) / int(period)
    except (OSError, ValueError):
        return float("inf")


def _processor() -> str:
    return next(iter(_cpu_info("model name")), platform.processor() or "unknown")


def _cpu_info(name: str) -> list[str]:
    """What Linux says under `name`, once for each core; nothing elsewhere."""
    if sys.platform != "linux":
        return []
    pairs = (line.partition(":") for line in CPU_INFO.read_text().splitlines())
    return [value.strip() for key, _, value in pairs if key.strip() == name]
