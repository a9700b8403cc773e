"""Findings: how they are printed, ordered and stored."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from digitlab.base.findings import Finding, as_text, most_severe_first

FINDING = Finding(
    code="DL101", slug="softmax-twice", severity="error", title="the softmax is applied twice",
    observed="the loss is 2.3", why="It flattens the probabilities.", fix="keep one", line=4, cell=2,
)  # fmt: skip
HINT = Finding(
    code="DD103", slug="two-levels", severity="hint", title="only two values", observed="0 and 255", fix="smooth"
)


def test_text() -> None:
    assert as_text([FINDING, HINT], 12) == (
        "DL101 error: the softmax is applied twice (cell 2, line 4)\n"
        "  found: the loss is 2.3\n"
        "    why: It flattens the probabilities.\n"
        "  to do: keep one\n\n"
        "DD103 hint: only two values\n  found: 0 and 255\n  to do: smooth"
    )
    assert FINDING.as_text(why=False).count("\n") == 2
    assert as_text([], 12) == "No problems found (12 checks)."


def test_rows_are_wrapped_below_themselves() -> None:
    assert FINDING.as_text(30).splitlines()[2:4] == ["    why: It flattens the", " " * 9 + "probabilities."]


def test_errors_come_first_and_order_is_kept() -> None:
    second = HINT.model_copy(update={"slug": "second"})
    assert most_severe_first([HINT, second, FINDING]) == [FINDING, HINT, second]


def test_a_stored_finding_is_read_again_and_its_keys_are_these() -> None:
    document = FINDING.model_dump_json()
    assert list(json.loads(document)) == [
        "code", "slug", "severity", "title", "observed", "why", "fix", "line", "cell"
    ]  # fmt: skip
    assert Finding.model_validate_json(document) == FINDING


def test_a_code_of_another_form_is_refused() -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Finding.model_validate({**HINT.model_dump(), "code": "XX1"})
