"""What TensorBoard's own reader finds in the event files."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from digitlab.runs.directory import RunDirectory
from digitlab.trackers.exporting import export
from tests.trackers.conftest import RECORDS, STARTED, finish

pytest.importorskip("tensorboardX", reason="needs the extra [tensorboard]")
accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="reads event files")
hparams = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")


@pytest.fixture(autouse=True)
def without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorBoard takes its own file functions where this module is there."""
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", ModuleType("notf"))


def to_tensorboard(folder: Path, *directories: RunDirectory) -> None:
    export("tensorboard", lambda: [directory.read() for directory in directories], folder)


def event_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    assert "tfevents" in file.name
    return file


def read(folder: Path) -> Any:
    return accumulator.EventAccumulator(str(folder)).Reload()


def test_history_and_result_are_scalars(done: RunDirectory, tmp_path: Path) -> None:
    to_tensorboard(tmp_path / "events", done)
    events = read(tmp_path / "events" / "done")
    tested = {"test_loss": 0.3, "test_accuracy": 0.9, "test_accuracy_low": 0.85, "test_accuracy_high": 0.94}
    assert set(events.Tags()["scalars"]) == {"loss", "accuracy", "val_loss", "val_accuracy", *tested}
    for tag, field in [("loss", "train_loss"), ("val_accuracy", "valid_accuracy")]:
        values = [(point.step, point.value) for point in events.Scalars(tag)]
        assert values == [(record.epoch, pytest.approx(getattr(record, field))) for record in RECORDS]
    assert [point.wall_time for point in events.Scalars("loss")] == [STARTED + 10.5, STARTED + 21, STARTED + 31.5]
    for tag, value in tested.items():
        assert [(point.step, point.value) for point in events.Scalars(tag)] == [(3, pytest.approx(value))]


def test_settings_are_hyperparameters(done: RunDirectory, tmp_path: Path) -> None:
    to_tensorboard(tmp_path / "events", done)
    stored = read(tmp_path / "events" / "done").PluginTagToContent("hparams")
    plugin = hparams.HParamsPluginData
    session = plugin.FromString(stored["_hparams_/session_start_info"]).session_start_info.hparams
    assert session["learning_rate"].number_value == 0.01
    assert session["optimizer"].string_value == "adam"
    assert session["stratified"].bool_value is False
    described = plugin.FromString(stored["_hparams_/experiment"]).experiment
    assert {info.name for info in described.hparam_infos} == set(session)
    assert "test_accuracy" in {info.name.tag for info in described.metric_infos}
    assert "_hparams_/session_end_info" in stored


def test_a_second_export_changes_nothing_and_a_later_one_appends(started: RunDirectory, tmp_path: Path) -> None:
    to_tensorboard(tmp_path / "events", started)
    file = event_file(tmp_path / "events" / "started")
    first, number = file.read_bytes(), file.stat().st_ino
    to_tensorboard(tmp_path / "events", started)
    assert file.read_bytes() == first
    finish(started)
    to_tensorboard(tmp_path / "events", started)
    assert event_file(tmp_path / "events" / "started") == file
    assert file.read_bytes().startswith(first)
    assert file.stat().st_ino == number
    assert [point.step for point in read(file.parent).Scalars("loss")] == [1, 2, 3]


@pytest.mark.parametrize("damage", [lambda content: content[:-7], lambda content: b"other" + content])
def test_a_file_that_was_cut_short_or_changed_is_made_whole(damage: Any, done: RunDirectory, tmp_path: Path) -> None:
    to_tensorboard(tmp_path / "events", done)
    file = event_file(tmp_path / "events" / "done")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    to_tensorboard(tmp_path / "events", done)
    assert file.read_bytes() == whole
