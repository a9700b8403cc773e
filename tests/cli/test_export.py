from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import digitlab
from digitlab.cli.main import app
from digitlab.errors import BundleError
from digitlab.runs.directory import RunDirectory

RECURRENT = """
import keras
model = keras.Sequential([keras.layers.Input((28, 28)), keras.layers.LSTM(4), keras.layers.Dense(10, "softmax")])
"""


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def recurrent(digits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a network that cannot be written as ONNX."""
    file = tmp_path_factory.mktemp("mine") / "mine.py"
    file.write_text(RECURRENT)
    return digitlab.train(str(file), str(digits_file), out=file.parent, epochs=1, listeners=(), report=False).path


def test_a_run_says_why_it_has_no_bundle(recurrent: Path) -> None:
    info = RunDirectory(recurrent).info
    assert info.status == "done"
    assert info.no_bundle is not None
    assert info.no_bundle.startswith("the model cannot be written as ONNX: ")
    with pytest.raises(BundleError) as caught:
        digitlab.load_model(recurrent)
    assert str(caught.value) == (
        f"the run {recurrent} has no bundle\n  found: {info.no_bundle}\n  to do: write one: digitlab export {recurrent}"
    )


def test_what_cannot_be_exported_exits_with_1(recurrent: Path) -> None:
    result = call("export", recurrent)
    assert result.exit_code == 1
    assert "Error: the model cannot be written as ONNX\n  found: " in result.stderr


def test_another_format_takes_what_onnx_does_not(recurrent: Path) -> None:
    result = call("export", recurrent, "--format", "saved-model", "--json")
    assert json.loads(result.stdout) == {"format": "saved-model", "path": str(recurrent / "saved-model")}


def test_an_unknown_format_is_told(recurrent: Path) -> None:
    result = call("export", recurrent, "--format", "tflite")
    assert result.exit_code == 2
    assert "Error: unknown format 'tflite'\n  found: 'tflite'\n  to do: did you mean 'litert'?" in result.stderr
