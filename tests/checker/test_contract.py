"""A small part of the false-alarm contract; all of it is `make check-contract`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from digitlab.checker.rules import RULES
from tests.checker.contract import RIGHT
from tests.checker.mutants import MUTATIONS, mutants

GOOD = Path(__file__).parent / "good"
QUICK = ("lab", "softmax_zero_start", "mlp_from_scratch", "functional_api", "d2l_class", "nielsen_mse", "old_tf1_style")
# Of many mistakes one mutant, planted into a program that is checked quickly; tests/slow has those of the others.
PLANTED = {
    "lab": (
        "batch-dependent", "hard-output", "ignores-input", "inputs-0-255", "inverted-images", "labels-misaligned",
        "labels-shifted-class", "layer-made-in-call", "learning-rate-too-low", "logits-as-probabilities", "nan-output",
        "never-updates", "scaled-twice", "softmax-twice-in-model", "softmax-wrong-axis",
    ),
    "label_smoothing": ("wrong-rank",),
    "mlp_from_scratch": ("huge-start", "no-gradient", "random-at-inference"),
    "sequential_fit": ("wrong-number-of-outputs",),
}  # fmt: skip


@pytest.mark.parametrize("program", QUICK)
def test_a_correct_program_is_left_alone(program: str, slugs: Callable[[str], list[str]]) -> None:
    assert slugs((GOOD / f"{program}.py").read_text()) == []


@pytest.mark.parametrize(("program", "mistake"), [(name, one) for name, all_of in PLANTED.items() for one in all_of])
def test_a_mistake_is_named_first(program: str, mistake: str, slugs: Callable[[str], list[str]]) -> None:
    planted = {mutant.name: mutant.source for mutant in mutants((GOOD / f"{program}.py").read_text(), 0)}
    assert slugs(planted[mistake])[0] in RIGHT[mistake]


def test_every_mistake_has_its_rule() -> None:
    known = {rule.slug for rule in RULES}
    assert set(RIGHT) == set(MUTATIONS)
    assert set().union(*RIGHT.values(), *(rule.explains for rule in RULES)) <= known


def test_codes_and_slugs_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.slug for rule in RULES}) == len(RULES)
