from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from digitlab.errors import PlaceError
from digitlab.runs.directory import RunDirectory
from digitlab.trackers.exporting import export
from tests.trackers.conftest import RECORDS, finish


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def to_csv(folder: Path, *directories: RunDirectory) -> None:
    export("csv", lambda: [directory.read() for directory in directories], folder)


def test_a_run_is_a_line_with_its_settings_and_result(done: RunDirectory, tmp_path: Path) -> None:
    to_csv(tmp_path / "csv", done)
    (row,) = rows(tmp_path / "csv" / "runs.csv")
    asked = {"recipe": "mlp:128", "optimizer": "adam", "seed": "4", "learning_rate": "0.01", "epochs": "3"}
    data = {"dataset": "mnist", "dataset_sha256": "ab", "python_version": "3.11.9", "parameters": "101770"}
    result = {"test_accuracy": "0.9", "test_accuracy_low": "0.85", "test_accuracy_high": "0.94", "test_loss": "0.3"}
    shown = {"run": "done", "status": "done", "started": "2026-11-23T20:15:02+00:00", "seconds": "31.5"}
    assert row.items() >= (asked | data | result | shown).items()
    assert "teachers" not in row


def test_an_epoch_is_a_line_to_the_last_bit(done: RunDirectory, tmp_path: Path) -> None:
    to_csv(tmp_path / "csv", done)
    read = rows(tmp_path / "csv" / "epochs.csv")
    assert list(read[0]) == ["run", "epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert [(row["run"], int(row["epoch"])) for row in read] == [("done", 1), ("done", 2), ("done", 3)]
    assert [float(row["loss"]) for row in read] == [record.train_loss for record in RECORDS]
    assert [float(row["val_accuracy"]) for row in read] == [record.valid_accuracy for record in RECORDS]


def test_a_figure_that_a_watched_loop_does_not_give_is_empty(started: RunDirectory, tmp_path: Path) -> None:
    started.write_history([RECORDS[0], RECORDS[1].model_copy(update={"valid_loss": float("nan")})])
    to_csv(tmp_path / "csv", started)
    assert [row["val_loss"] for row in rows(tmp_path / "csv" / "epochs.csv")] == ["0.5", ""]


def test_a_second_export_brings_its_runs_up_to_date_and_leaves_the_others(
    done: RunDirectory, started: RunDirectory, tmp_path: Path
) -> None:
    folder = tmp_path / "csv"
    to_csv(folder, started, done)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    to_csv(folder, started)
    to_csv(folder, done)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [row["run"] for row in rows(folder / "epochs.csv")] == ["done", "done", "done", "started"]
    finish(started)
    to_csv(folder, started)
    assert [(row["run"], row["test_loss"]) for row in rows(folder / "runs.csv")] == [
        ("done", "0.3"),
        ("started", "0.3"),
    ]
    assert [row["run"] for row in rows(folder / "epochs.csv")] == ["done"] * 3 + ["started"] * 3


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"name,score\nme,3\n", "the header 'name,score'"),
        (b"", "the header ''"),
        (b"run,epoch\na,1,2\n", "zip() argument 2 is longer than argument 1"),
        (b"run\n\xff\n", "'utf-8' codec can't decode byte 0xff in position 4: invalid start byte"),
    ],
)
def test_another_table_is_not_overwritten(content: bytes, found: str, done: RunDirectory, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_bytes(content)
    with pytest.raises(PlaceError) as caught:
        to_csv(tmp_path, done)
    assert str(caught.value) == (
        f"{file} is no table of runs, and is not overwritten\n  found: {found}\n"
        "  to do: choose another folder, or move the file away"
    )
    assert file.read_bytes() == content


def test_a_table_that_a_spreadsheet_saved_is_read(done: RunDirectory, started: RunDirectory, tmp_path: Path) -> None:
    to_csv(tmp_path, started)
    text = (tmp_path / "runs.csv").read_text()
    (tmp_path / "runs.csv").write_text("\ufeff" + text.replace("\n", "\r\n"), newline="")
    to_csv(tmp_path, done)
    assert [row["run"] for row in rows(tmp_path / "runs.csv")] == ["done", "started"]


def test_the_run_in_the_current_folder_has_its_folders_name(
    done: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(done.path, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    to_csv(tmp_path / "csv", RunDirectory(Path()))
    assert [row["run"] for row in rows(tmp_path / "csv" / "runs.csv")] == ["copy"]
