"""What a check of a user's file gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from digitlab.base.findings import Finding


@dataclass(frozen=True)
class CheckResult:
    """What a check of a user's file gives."""

    findings: tuple[Finding, ...]  # the one to fix first comes first
    checks: int  # how many rules were tried
    notes: tuple[str, ...] = ()  # what of the program was skipped, or ran differently from how it is written
    settings: Mapping[str, int] = field(default_factory=dict)  # batch_size and epochs, as far as the file says
    trains: bool = True  # the file trains its model itself
    diff: str = ""  # what was changed in the copy of the file that was written; empty where none was
