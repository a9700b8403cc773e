"""What the checker's tests share: digits to hand to a program, and a check of a program's text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from digitlab.base.findings import Finding
from digitlab.checker.child import sample_of
from digitlab.checker.examine import check_file
from digitlab.data import synthetic
from digitlab.data.dataset import Split

Checked = Callable[..., list[Finding]]


@pytest.fixture(scope="session")
def sample() -> Split:
    """As many synthetic digits as the command takes."""
    return sample_of(synthetic.generate(seed=1, train=7_200, test=10))


@pytest.fixture
def checked(sample: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """A function from a file's text to what is found in it."""
    monkeypatch.chdir(tmp_path)

    def check(text: str, spec: str = "my_model.py") -> list[Finding]:
        Path("my_model.py").write_text(text)
        return list(check_file(spec, sample, 10).findings)

    return check


@pytest.fixture
def slugs(checked: Checked) -> Callable[[str], list[str]]:
    """A function from a file's text to the slugs of what is found in it."""
    return lambda text: [finding.slug for finding in checked(text)]
