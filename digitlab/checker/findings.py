"""What the checker says: a rule, once, and the findings that it gives."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from digitlab.runs.run import FindingInfo

Severity = Literal["error", "warning", "hint"]
WIDTH = 100  # of a line where there is no terminal
# What several mistakes have as their consequence: slugs of rules.
STUCK = {"cannot-learn-by-heart", "learning-rate-too-low", "vanishing-gradient"}
WILD = {"exploding-signal", "learning-rate-too-high", "dead-relus"}
CUT_OFF = {"bottleneck", "dead-relus", "identical-units", "weights-not-trained"}
WRONG_CLASS = {"labels-shifted", "labels-misaligned", "loss-wrong-sign"}
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")


@dataclass(frozen=True)
class Rule:
    """One mistake that is looked for.

    Attributes:
        code: stable, for scripts: DL101 ….
        slug: the code in words.
        severity: an error makes the training pointless or its result wrong, a warning costs accuracy or is probably
            not meant, a hint is good to know.
        title: what is wrong, one sentence without a full stop.
        why: why it matters, a paragraph that a student understands.
        wrong: a few lines of code with the mistake.
        right: the same without it.
        explains: the slugs of what follows from it, and is not told beside it, since it goes with that.
        is_last: after it nothing else can be told.
    """

    code: str
    slug: str
    severity: Severity
    title: str
    why: str
    wrong: str
    right: str
    explains: Set[str] = frozenset()
    is_last: bool = False

    def finding(
        self,
        observed: str,
        fix: str,
        *,
        line: int | None = None,
        at: tuple[int | None, str] = (None, ""),
        severity: Severity | None = None,
    ) -> Finding:
        """The rule holds: what was seen, with its numbers, and what to do in this program, at a quoted line."""
        return Finding(self, observed, fix + at[1], line or at[0], severity or self.severity)


@dataclass(frozen=True)
class Finding:
    """One thing that is, or may be, wrong with a program.

    Attributes:
        rule: which mistake.
        observed: the numbers that say so.
        fix: what to do, as code of this program where that can be told.
        line: of the user's file; None: cannot be told, or there is no file.
        severity: mostly that of the rule.
        cell: of a notebook, the number of the code cell that `line` counts in.
    """

    rule: Rule
    observed: str
    fix: str
    line: int | None
    severity: Severity
    cell: int | None = None

    @property
    def code(self) -> str:
        """Of the rule."""
        return self.rule.code

    @property
    def slug(self) -> str:
        """Of the rule."""
        return self.rule.slug

    @property
    def title(self) -> str:
        """Of the rule."""
        return self.rule.title

    def document(self) -> dict[str, Any]:
        """As `--json` carries it, and as a run keeps it."""
        return {
            "code": self.code,
            "slug": self.slug,
            "severity": self.severity,
            "title": self.title,
            "observed": self.observed,
            "why": self.rule.why,
            "fix": self.fix,
            "line": self.line,
            "cell": self.cell,
        }


class Found(list[Finding]):
    """What was found in a file, the one to mend first at the head.

    Attributes:
        notes: what of the program did not run, or ran otherwise than it is written.
        diff: what was changed in the copy of the file that was written; empty where none was.
        settings: what the file says of its training: batch_size, epochs.
        trains: the file trains its model itself.
    """

    notes: tuple[str, ...] = ()
    diff: str = ""
    settings: Mapping[str, int] = MappingProxyType({})
    trains: bool = True


def told(findings: Sequence[Finding], width: int = WIDTH) -> str:
    """Findings as people read them, in lines of at most `width` characters."""
    if not findings:
        return "Nothing is wrong that we know how to look for."
    return "\n\n".join(_told(finding, width) for finding in findings)


def _told(finding: Finding, width: int) -> str:
    place = FindingInfo(**finding.document()).place
    head = f"{finding.code} {finding.severity}: {finding.title}" + (f" ({place})" if place else "")
    rows = [("found", finding.observed), ("why", finding.rule.why), ("to do", finding.fix)]
    return "\n".join([head, *(_row(name, text, width) for name, text in rows)])


def _row(name: str, text: str, width: int) -> str:
    return textwrap.fill(text, width, initial_indent=f"  {name}: ".rjust(9), subsequent_indent=" " * 9)
