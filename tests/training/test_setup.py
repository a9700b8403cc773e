from __future__ import annotations

import sys

import pytest

from digitlab.base import machine
from digitlab.training.setup import settings_of, threads_for


@pytest.mark.parametrize(("has", "precision"), [(True, "bfloat16"), (False, "float32")])
def test_bfloat16_is_for_processors_that_have_it(has: bool, precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "multiplies_bfloat16", lambda: has)
    assert settings_of("fast").precision == precision
    assert settings_of("softmax").precision == settings_of("mine.py").precision == "float32"


def test_threads_are_the_cores_but_for_tiny_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "usable_cores", lambda: 6)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    assert [threads_for(spec) for spec in ("fast", "mine.py", "softmax")] == [6, 6, 1]


def test_once_tensorflow_runs_it_is_too_late_to_choose() -> None:
    import tensorflow  # noqa: F401

    assert threads_for("fast") is None
