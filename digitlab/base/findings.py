"""A finding: one thing that is, or may be, wrong with a program or a dataset; and how findings are printed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


class Finding(BaseModel):
    """One thing that is, or may be, wrong.

    Attributes:
        code: stable, for scripts: DL101 … for programs, DD101 … for data.
        slug: the code in words.
        severity: an error makes the training pointless or its result wrong, a warning costs accuracy or is probably
            not intended, a hint is good to know.
        title: what is wrong, one sentence without a full stop.
        observed: the numbers that show it.
        why: why it matters.
        fix: what to do.
        line: of the user's file; None: unknown, or there is no file.
        cell: of a notebook, the number of the code cell that `line` counts in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^D[DL]\d{3}$")]
    slug: str
    severity: Severity
    title: str
    observed: str
    why: str = ""
    fix: str
    line: int | None = None
    cell: int | None = None

    @property
    def place(self) -> str:
        """Where it is: "line 12" or "cell 3, line 2"; empty where that is unknown."""
        line = f"line {self.line}" if self.line else ""
        return f"cell {self.cell}, {line}" if self.cell else line

    @property
    def heading(self) -> str:
        """Code, severity, title and place in one line."""
        return f"{self.code} {self.severity}: {self.title}" + (f" ({self.place})" if self.place else "")

    def as_text(self, width: int | None = None, *, why: bool = True) -> str:
        """The finding as people read it: its heading and a row for each part, wrapped at `width` columns if given."""
        rows = [("found", self.observed), ("why", self.why if why else ""), ("to do", self.fix)]
        texts = [f"{name:>7}: {text}" for name, text in rows if text]
        if width:
            texts = [textwrap.fill(text, width, subsequent_indent=" " * 9) for text in texts]
        return "\n".join([self.heading, *texts])


def most_severe_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, then hints; the order within each is kept."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def as_text(findings: Sequence[Finding], checks: int, width: int | None = None) -> str:
    """All findings, or a sentence that none of so many `checks` found anything."""
    if not findings:
        return f"No problems found ({checks} checks)."
    return "\n\n".join(finding.as_text(width) for finding in findings)
