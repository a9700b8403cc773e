from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from digitlab.cli.main import app
from digitlab.config import TrainingConfig
from digitlab.runs.directory import RunDirectory

LINE = re.compile(
    r"Epoch {1,2}\d+:  Train Loss: \d\.\d{3},  Train Accuracy: \d+\.\d{3}%,  "
    r"Validation Loss: \d\.\d{3},  Validation Accuracy: \d+\.\d{3}%"
)


KEPT = """\
Error: a resumed run keeps its settings
  found: --ensemble
  to do: give --resume RUN alone, or start a new run without it
"""


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def train(data: Path, out: Path, *more: str) -> Result:
    return call("train", "softmax", "--data", data, "--out", out, "--epochs", "2", *more)


def test_it_prints_the_labs_lines_and_how_sure_they_are(digits_file: Path, tmp_path: Path) -> None:
    result = train(digits_file, tmp_path)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len([line for line in lines if LINE.fullmatch(line)]) == 2
    assert re.search(r"^Test Loss: \d\.\d{3},  Test Accuracy: \d+\.\d{3}%$", result.stdout, re.MULTILINE)
    assert re.search(r"^95% interval: [\d.]+% to [\d.]+% \(Wilson, 200 test images\)", result.stdout, re.MULTILINE)
    (path,) = tmp_path.iterdir()
    assert f"Run: {path}" in lines
    assert f"Report: {path / 'report.html'}" in lines


def test_the_first_line_names_the_precision_where_it_is_not_the_usual_one(digits_file: Path, tmp_path: Path) -> None:
    assert "50 for validation, in bfloat16\n" in train(digits_file, tmp_path, "--precision", "bfloat16").stdout
    assert "50 for validation\n" in train(digits_file, tmp_path).stdout


def test_json_is_one_document_on_standard_output(digits_file: Path, tmp_path: Path) -> None:
    result = train(digits_file, tmp_path, "--json")
    document = json.loads(result.stdout)
    assert set(document) == {
        "run", "dataset", "test_accuracy", "test_loss", "test_interval", "epochs", "seconds", "findings"
    }  # fmt: skip
    assert document["epochs"] == 2
    assert "Epoch  2:" in result.stderr


def test_no_test_leaves_the_test_images_alone(digits_file: Path, tmp_path: Path) -> None:
    result = train(digits_file, tmp_path, "--no-test", "--json")
    assert json.loads(result.stdout)["test_accuracy"] is None


def test_an_ensemble_tells_of_all_together_and_of_the_one_that_learned(digits_file: Path, tmp_path: Path) -> None:
    lines = train(digits_file, tmp_path, "--ensemble", "2").stdout.splitlines()
    assert [line for line in lines if line.startswith("Note: ")] == [
        "Note: network 1 of 2", "Note: network 2 of 2", "Note: distilling the 2 into one network"
    ]  # fmt: skip
    assert [line for line in lines if re.fullmatch(r"All 2 together: Test Accuracy: \d+\.\d{3}%", line)]
    document = json.loads(train(digits_file, tmp_path, "--ensemble", "2", "--json").stdout)
    assert len(document["ensemble"]["runs"]) == 2
    assert document["run"] not in document["ensemble"]["runs"]


def test_every_setting_of_a_training_can_be_given(digits_file: Path, tmp_path: Path) -> None:
    """All but `teachers` and `member`, which --ensemble sets."""
    given: dict[str, Any] = {
        "epochs": 2, "batch_size": 64, "optimizer": "adam", "learning_rate": 0.002, "schedule": "constant",
        "settling": 1, "label_smoothing": 0.1, "averaging": 0.5, "precision": "float32", "seed": 3,
        "augmentation": "affine",
    }  # fmt: skip
    assert {*given, "stratified", "teachers", "member"} == set(TrainingConfig.model_fields)
    options = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    result = call("train", "mlp:16", "--data", digits_file, "--out", tmp_path, "--no-test", "--stratified", *options)
    assert result.exit_code == 0, result.output
    (path,) = tmp_path.iterdir()
    assert RunDirectory(path).info.config.training == TrainingConfig.model_validate({**given, "stratified": True})


def test_augmentation_can_be_left_out_and_dropout_be_given(digits_file: Path, tmp_path: Path) -> None:
    options = ["--augmentation", "none", "--dropout", "0.25", "--epochs", "1", "--no-test"]
    assert call("train", "mlp:16", "--data", digits_file, "--out", tmp_path, *options).exit_code == 0
    (path,) = tmp_path.iterdir()
    config = RunDirectory(path).info.config
    assert (config.recipe, config.training.augmentation) == ("mlp:16,dropout=0.25", None)


def test_the_optimizer_of_a_file_is_the_files(digits_file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import keras\nmodel = keras.Sequential([keras.layers.Dense(10, activation='softmax')])\n"
    )
    options = ["--data", str(digits_file), "--out", str(tmp_path / "runs"), "--no-check", "--optimizer", "adam"]
    result = call("train", tmp_path / "mine.py", *options)
    assert result.exit_code == 2
    assert "found: optimizer=adam\n" in result.stderr


def test_the_newest_run_is_resumed_as_last(digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "found: last\n  to do: make one: digitlab train softmax" in call("train", "--resume", "last").stderr
    train(digits_file, Path("runs"), "--no-test")
    assert "is finished\n  found: 2 of 2 epochs" in call("train", "--resume", "last").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--resume", "x", "--ensemble", "2"], 2, KEPT),
        (["sofmax"], 2, "Error: unknown recipe 'sofmax'\n  found: 'sofmax'\n  to do: did you mean 'softmax'?"),
        (["softmax", "--data", "mnits"], 2, "to do: did you mean 'mnist'?"),
        (["softmax", "--epochs", "0"], 2, "Error: invalid value for --epochs\n  found: 0"),
        (["softmax", "--batch-size", "-1"], 2, "Error: invalid value for --batch-size\n  found: -1"),
        (["softmax", "--learning-rate", "nan"], 2, "Error: invalid value for --learning-rate\n  found: nan"),
        (["--resume", "nowhere"], 2, "Error: nowhere is not a run\n  found: no such folder"),
        (["softmax", "--resume", "x", "--epochs", "3"], 2, "found: --epochs, SPEC\n  to do: give --resume RUN alone"),
        (["--resume", "x", "--seed", "0"], 2, "found: --seed\n  to do: give --resume RUN alone"),
        (["--resume", "x", "--epochs", "0", "--no-test"], 2, "found: --epochs, --no-test\n  to do: give"),
        (
            ["softmax", "--optimizer", "sdg"],
            2,
            "Error: invalid value for --optimizer\n  found: 'sdg'\n  to do: give",
        ),
        (["softmax", "--averaging", "1"], 2, "Error: invalid value for --averaging\n  found: 1.0"),
        (["cnn", "--dropout", "0.2"], 2, "Error: --dropout is for mlp without a dropout of its own\n  found: cnn --dr"),
        (["mlp:64", "--dropout", "1"], 2, "Error: invalid value for --dropout\n  found: 1\n  to do: give a share"),
        (["mlp:"], 2, "Error: the hidden layers of mlp cannot be read\n  found: mlp:\n  to do: give widths of 1 to"),
        (["--resume", "x", "--dropout", "0.2", "--schedule", "constant"], 2, "found: --schedule, --dropout\n  to do:"),
        (["--resume", "x", "--out", "runs"], 2, "found: --out\n  to do: give --resume RUN alone"),
    ],
)
def test_wrong_use_is_told_without_a_traceback(arguments: list[str], code: int, text: str) -> None:
    result = call("train", *arguments)
    assert result.exit_code == code
    assert text in result.stderr
    assert result.stdout == ""


def test_a_loss_that_is_not_a_number_exits_with_3(digits_file: Path, tmp_path: Path) -> None:
    result = call("train", "mlp:64-64-64", "--data", digits_file, "--out", tmp_path, "--learning-rate", "1000")
    assert result.exit_code == 3
    assert "Error: the loss became NaN or infinite in epoch 1" in result.stderr


@pytest.fixture
def ctrl_c_works() -> Iterator[None]:
    """A shell that runs the tests in the background has them ignore Ctrl-C, and a child inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_stops_soon_and_says_how_to_go_on(ctrl_c_works: None, digits_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "digitlab", "train", "--epochs", "99999"]
    command += ["--data", str(digits_file), "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("Epoch  3:") for line in process.stdout)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    (path,) = tmp_path.iterdir()
    assert process.returncode == 130
    assert re.fullmatch(
        rf"Stopped; every complete epoch is saved\.  Resume with:\n  digitlab train --resume {path}\n", errors
    )
    assert RunDirectory(path).info.status == "interrupted"


def test_a_folder_that_may_not_be_written_is_told(digits_file: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file is in the way")
    result = train(digits_file, tmp_path / "runs")
    assert result.exit_code == 2
    assert "Error: cannot write" in result.stderr
    assert "to do: choose a folder; something else is in the way" in result.stderr


def test_a_tilde_is_the_home_folder(digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    result = call("train", "softmax", "--data", digits_file, "--epochs", "1", "--out=~/mine", "--no-test", "--json")
    assert Path(json.loads(result.stdout)["run"]).parent == tmp_path / "mine"
