from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from digitlab.cli.main import app


def compare(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def small(digits_file: Path, out: Path) -> list[str | Path]:
    return ["softmax", "mlp:16", "--data", digits_file, "--seeds", "2", "--epochs", "2", "--out", out]


def test_it_prints_plan_table_sentences_and_report(digits_file: Path, out: Path) -> None:
    result = compare(*small(digits_file, out))
    assert result.exit_code == 0
    text = result.stdout
    assert text.startswith("2 seeds and one comparison find a gap of ")
    assert "4 trainings; 8 epochs to do." in text
    assert "Use test accuracy to report, not to choose" in text
    assert "These runs opened the test images 4 times." in text
    (report,) = out.glob("compare-*/report.html")
    assert f"Report: {report}" in text


def test_json_carries_every_figure(digits_file: Path, out: Path) -> None:
    result = compare(*small(digits_file, out), "--json")
    document = json.loads(result.stdout)
    assert document["baseline"] == "softmax"
    assert set(document["models"][1]) >= {
        "name", "accuracy_mean", "accuracy_sd", "accuracies", "difference", "difference_interval",
        "p_value", "verdict", "sentence", "parameters", "seconds",
    }  # fmt: skip
    assert document["reused"] == 4


def test_two_run_folders_are_compared_as_they_are(digits_file: Path, out: Path) -> None:
    compare(*small(digits_file, out))
    first, second = sorted(path for path in out.iterdir() if (path / "run.json").exists())[1:3]
    result = compare(first, second, "--out", out, "--json")
    document = json.loads(result.stdout)
    assert sum(document["images"].values()) == 200
    assert "these two networks" in compare(first, second, "--out", out).stdout


def test_wrong_use_is_told(digits_file: Path) -> None:
    result = compare("softmax", "mlp:x", "--data", digits_file)
    assert result.exit_code == 2
    assert "Error: the hidden layers of mlp cannot be read" in result.stderr
