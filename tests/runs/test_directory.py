from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitlab.config import RunConfig
from digitlab.errors import RunError, StorageError
from digitlab.runs.catalog import find_run, list_runs, read_runs
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import ClassResult, DatasetInfo, EpochRecord, Predictions, Result, RunInfo

INFO = RunInfo(
    config=RunConfig(recipe="softmax", data="mnist"),
    dataset=DatasetInfo(name="mnist", sha256="ab", train=11, validation=1, test=2, class_names=("0", "1")),
    model="softmax regression",
    parameters=7850,
    started="2026-11-23T20:15:02+00:00",
    status="running",
    versions={"python": "3.11"},
    machine={"cores": 2},
)
RECORD = EpochRecord(
    epoch=1, train_loss=1 / 3, train_accuracy=0.1, valid_loss=0.2, valid_accuracy=0.7, seconds=0.1 + 0.2
)
RESULT = Result(
    test_loss=0.5,
    test_accuracy=0.5,
    test_interval=(0.1, 0.9),
    test_images=2,
    classes=(ClassResult(name="0", right=1, n=2, interval=(0.1, 0.9)),),
    seconds=1.5,
    milliseconds_per_image=0.01,
)


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path / "runs", "softmax", INFO)


def test_what_is_written_is_read_back_to_the_last_bit(directory: RunDirectory) -> None:
    predictions = Predictions(np.full((2, 2), 0.5, np.float32), np.array([0, 1]))
    directory.write_history([RECORD, RECORD])
    directory.write_result(RESULT, predictions)
    run = RunDirectory(directory.path).read()
    assert run.info == INFO
    assert run.history == (RECORD, RECORD)
    assert run.result == RESULT
    assert np.array_equal(directory.predictions.probabilities, predictions.probabilities)


def test_a_new_run_has_no_history_and_no_result(directory: RunDirectory) -> None:
    assert directory.read().history == ()
    assert directory.read().result is None
    with pytest.raises(RunError, match=r"has no predictions.npz\n  found: a run that is stopped"):
        _ = directory.predictions


def test_two_runs_of_the_same_second_get_two_folders(directory: RunDirectory) -> None:
    second = RunDirectory.create(directory.path.parent, "softmax", INFO)
    assert [directory.path.name, second.path.name] == ["softmax", "softmax-2"]
    assert sorted(path.name for path in directory.path.parent.iterdir()) == ["softmax", "softmax-2"]


def test_status_and_looks_are_kept(directory: RunDirectory) -> None:
    directory.count_test_look()
    directory.count_test_look()
    directory.mark("done")
    assert (directory.info.test_looks, directory.info.status) == (2, "done")


def test_a_second_process_is_refused(directory: RunDirectory) -> None:
    program = f"""
import pathlib
from digitlab.runs.directory import RunDirectory
try:
    with RunDirectory(pathlib.Path({str(directory.path)!r})).lock():
        print("taken")
except Exception as error:
    print(error)
"""
    with directory.lock():
        refused = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    freed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f"{directory.path} is in use\n  found: another process is training in it" in refused.stdout
    assert freed.stdout == "taken\n"


def test_where_the_file_system_has_no_locks_a_file_names_the_owner(
    directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with directory.lock():
        assert directory.read().state == "running"
        with pytest.raises(RunError, match="is in use"), directory.lock():
            pass
    assert directory.read().state == "stopped"


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is not a run\n  found: no run.json in it\n  to do: digitlab runs list"):
        RunDirectory(tmp_path)
    with pytest.raises(RunError, match="found: no such folder"):
        RunDirectory(tmp_path / "nowhere")


@pytest.mark.parametrize("content", ["", "{", '{"config": 3}', "[]"])
def test_a_damaged_file_is_told(directory: RunDirectory, content: str) -> None:
    (directory.path / "run.json").write_text(content)
    with pytest.raises(RunError, match=r"run.json is damaged\n  found: .+\n  to do: start the run again"):
        _ = directory.info


def test_a_damaged_history_or_checkpoint_is_told(directory: RunDirectory) -> None:
    (directory.path / "history.csv").write_text("epoch,train_loss\n1,x\n")
    with pytest.raises(RunError, match=r"history\.csv is damaged\n  found: the header 'epoch,train_loss'\n"):
        _ = directory.history
    directory.checkpoint_file.write_bytes(b"no zip")
    with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
        _ = directory.weights


def test_no_run_where_a_file_stands(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(StorageError, match=r"cannot write .*runs/softmax\n  found: File exists"):
        RunDirectory.create(tmp_path / "runs", "softmax", INFO)


def test_runs_are_listed_by_age_and_found_by_name(directory: RunDirectory) -> None:
    runs = directory.path.parent
    later = INFO.model_copy(update={"started": "2026-11-24T00:00:00+00:00"})
    newest = RunDirectory.create(runs, "another", later)
    (runs / "no-run").mkdir()
    assert [run.path for run in list_runs(runs)] == [directory.path, newest.path]
    assert find_run("softmax", runs).path == directory.path
    assert find_run(str(directory.path), Path("elsewhere")).path == directory.path
    assert find_run("last", runs).path == newest.path


HEADER = b"epoch,train_loss,train_accuracy,valid_loss,valid_accuracy,seconds\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        HEADER + b"1,2,3\n",
        HEADER + b"1,1,1,1,1,1,1\n",
        HEADER + b"1,1,1,1,1,x\n",
        b'"' + b"x" * 140_000,
    ],
)
def test_every_damage_of_a_history_is_told(directory: RunDirectory, content: bytes) -> None:
    (directory.path / "history.csv").write_bytes(content)
    with pytest.raises(RunError, match=r"history\.csv is damaged\n  found: .+\n  to do: start the run again"):
        _ = directory.history


def test_every_cut_of_the_predictions_is_told(directory: RunDirectory) -> None:
    directory.write_result(RESULT, Predictions(np.full((2, 2), 0.5, np.float32), np.array([0, 1])))
    file = directory.path / "predictions.npz"
    whole = file.read_bytes()
    for length in range(0, len(whole), 11):
        file.write_bytes(whole[:length])
        with pytest.raises(RunError, match=r"predictions\.npz is damaged\n  found: .+\n"):
            _ = directory.predictions


def test_flipped_bytes_of_the_predictions_are_told_or_harmless(directory: RunDirectory) -> None:
    directory.write_result(RESULT, Predictions(np.full((2, 2), 0.5, np.float32), np.array([0, 1])))
    file = directory.path / "predictions.npz"
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            _ = directory.predictions
        except RunError as error:
            assert error.problem == f"{file} is damaged"  # noqa: PT017


def test_other_arrays_are_told(directory: RunDirectory) -> None:
    np.savez(directory.path / "predictions.npz", labels=np.zeros(3))
    with pytest.raises(RunError, match=r"predictions\.npz is damaged\n  found: 'probabilities'"):
        _ = directory.predictions


def test_damaged_runs_are_passed_over_and_named(directory: RunDirectory) -> None:
    broken = RunDirectory.create(directory.path.parent, "broken", INFO)
    (broken.path / "result.json").write_bytes(b"\xff")
    runs, damaged = read_runs(directory.path.parent)
    assert ([run.path for run in runs], damaged) == ([directory.path], [broken.path])


def test_the_lock_clears_what_a_killed_process_left(directory: RunDirectory) -> None:
    (directory.path / "figures").mkdir()
    leftovers = [directory.path / ".model-ab12cd_f.keras", directory.path / "figures" / ".curves-ab12cd_f.png"]
    for file in leftovers:
        file.write_bytes(b"half")
    with directory.lock():
        assert [file.exists() for file in leftovers] == [False, False]


def test_a_run_whose_process_was_killed_is_stopped(directory: RunDirectory) -> None:
    with directory.lock():
        assert (directory.is_locked(), directory.read().state) == (True, "running")
    assert (directory.is_locked(), directory.read().state) == (False, "stopped")
    assert directory.info.status == "running"


def test_what_a_run_without_test_lacks_needs_another_run(tmp_path: Path) -> None:
    config = INFO.config.model_copy(update={"test": False})
    directory = RunDirectory.create(tmp_path, "a", INFO.model_copy(update={"config": config, "status": "done"}))
    with pytest.raises(RunError) as caught:
        _ = directory.predictions
    assert str(caught.value) == (
        f"{directory.path} has no predictions.npz\n  found: the test part was left unopened\n"
        "  to do: train again without --no-test"
    )


def test_a_run_that_goes_on_is_waited_for(directory: RunDirectory) -> None:
    with directory.lock(), pytest.raises(RunError, match="found: a run that is running\n  to do: wait for it to end"):
        _ = directory.weights


def test_the_umask_says_who_may_look(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        directory = RunDirectory.create(tmp_path, "a", INFO)
    finally:
        os.umask(old)
    assert directory.path.stat().st_mode & 0o777 == 0o750
