"""A rule: one mistake that the checker looks for."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from digitlab.base.findings import Finding, Severity

# Slugs of the rules that several mistakes have as their consequence.
STUCK = {"cannot-learn-by-heart", "learning-rate-too-low", "vanishing-gradient"}
WILD = {"exploding-signal", "learning-rate-too-high", "dead-relus"}
CUT_OFF = {"bottleneck", "dead-relus", "identical-units", "weights-not-trained"}
WRONG_CLASS = {"labels-shifted", "labels-misaligned", "loss-wrong-sign"}


@dataclass(frozen=True)
class Rule:
    """One mistake that the checker looks for; code, slug, severity, title and why are those of its findings."""

    code: str
    slug: str
    severity: Severity
    title: str
    why: str
    wrong: str  # a few lines of code with the mistake
    right: str  # the same without it
    # slugs of rules that hold because of this mistake; they are not reported beside it
    explains: Set[str] = frozenset()
    is_last: bool = False  # no other rule can be tried once this one holds
    needs_file: bool = False  # it judges the user's file or its data, not a model alone

    def finding(
        self,
        observed: str,
        fix: str,
        *,
        line: int | None = None,
        at: tuple[int | None, str] = (None, ""),
        severity: Severity | None = None,
    ) -> Finding:
        """The finding that the rule holds.

        Args:
            observed: what shows it, with its numbers.
            fix: what to do in this program.
            line: of the program.
            at: a line and its quote, which is appended to `fix`.
            severity: another than that of the rule.
        """
        return Finding(
            code=self.code,
            slug=self.slug,
            severity=severity or self.severity,
            title=self.title,
            observed=observed,
            why=self.why,
            fix=fix + at[1],
            line=line or at[0],
            cell=None,
        )


def shape_text(shape: Iterable[int | None]) -> str:
    """A shape for people: "784×10"."""
    return "×".join(map(str, shape))
