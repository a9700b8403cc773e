"""digitlab runs export: which runs it takes, how it follows them, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from digitlab.cli.main import app
from digitlab.runs.directory import RunDirectory
from digitlab.trackers.exporting import export
from tests.test_imports import loaded_by
from tests.trackers.conftest import INFO, RECORDS, finish


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["runs", "export", *map(str, arguments)])


def exported(folder: Path) -> list[tuple[str, int]]:
    """Run and epoch of each line."""
    with (folder / "epochs.csv").open(newline="") as lines:
        return [(row["run"], int(row["epoch"])) for row in csv.DictReader(lines)]


def test_all_runs_with_an_epoch_are_exported_or_those_named(
    done: RunDirectory, started: RunDirectory, tmp_path: Path
) -> None:
    RunDirectory.create(tmp_path / "runs", "empty", INFO)
    everything = call("csv", "--to", tmp_path / "all", "--out", tmp_path / "runs")
    assert (everything.exit_code, everything.output) == (0, f"Exported 2 runs to {tmp_path / 'all'}\n")
    assert {run for run, _ in exported(tmp_path / "all")} == {"done", "started"}
    one = call("csv", "started", started.path, "--to", tmp_path / "one", "--out", tmp_path / "runs", "--json")
    assert json.loads(one.stdout) == {"tracker": "csv", "to": str(tmp_path / "one"), "runs": [str(started.path)]}
    assert exported(tmp_path / "one") == [("started", 1)]


def test_a_run_that_is_followed_is_exported_after_each_epoch_until_it_is_done(
    started: RunDirectory, tmp_path: Path
) -> None:
    folder, seen = tmp_path / "csv", []
    steps: list[Callable[[], None]] = [
        lambda: started.write_history(RECORDS[:2]),
        lambda: None,
        lambda: finish(started),
    ]

    def pause(seconds: float) -> None:
        assert seconds > 0
        seen.append(exported(folder))
        steps.pop(0)()

    with started.lock():
        (run,) = export("csv", lambda: [started.read()], folder, follow=True, pause=pause)
    one, two = ("started", 1), ("started", 2)
    assert seen == [[one], [one, two], [one, two]]
    assert exported(folder) == [one, two, ("started", 3)]
    assert run.state == "done"


def test_a_run_whose_process_is_gone_is_not_waited_for(started: RunDirectory, tmp_path: Path) -> None:
    result = call("csv", started.path, "--to", tmp_path / "csv", "--follow")
    assert (result.exit_code, exported(tmp_path / "csv")) == (0, [("started", 1)])
    assert result.stderr == "Exporting after each epoch until the trainings have ended; Ctrl-C ends it before.\n"


def test_following_waits_for_the_first_epoch(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path / "runs", "new", INFO)
    with run.lock():
        assert (
            "a run that is running\n  to do: export it with --follow" in call("csv", run.path, "--to", tmp_path).stderr
        )
        export("csv", lambda: [run.read()], tmp_path / "csv", follow=True, pause=lambda seconds: finish(run))
    assert len(exported(tmp_path / "csv")) == 3


def test_an_unknown_tracker_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    result = call("tensorbord", "--to", tmp_path)
    assert (result.exit_code, result.stderr) == (
        2,
        (
            "Error: unknown tracker 'tensorbord'\n  found: 'tensorbord'\n"
            "  to do: did you mean 'tensorboard'? Known: csv, mlflow, tensorboard\n"
        ),
    )


def test_an_unknown_run_and_one_without_epochs_are_told_before_anything_is_written(
    done: RunDirectory, tmp_path: Path
) -> None:
    empty = RunDirectory.create(tmp_path / "runs", "empty", INFO).path
    unknown = call("csv", done.path, tmp_path / "nothing", "--to", tmp_path / "csv")
    assert (unknown.exit_code, unknown.stderr.splitlines()[0]) == (2, f"Error: {tmp_path / 'nothing'} is not a run")
    without = call("csv", done.path, empty, "--to", tmp_path / "csv")
    assert (without.exit_code, without.stderr) == (
        2,
        (
            f"Error: {empty} has no complete epoch\n  found: a run that is stopped\n"
            f"  to do: finish it: digitlab train --resume {empty}\n"
        ),
    )
    assert not (tmp_path / "csv").exists()


def test_a_folder_without_runs_is_told(tmp_path: Path) -> None:
    result = call("csv", "--to", tmp_path / "csv", "--out", tmp_path)
    assert (result.exit_code, result.stderr) == (
        2,
        (
            f"Error: there is no run with a complete epoch in {tmp_path}\n  found: no runs\n"
            "  to do: make one: digitlab train softmax\n"
        ),
    )


def test_two_runs_of_one_name_are_refused(done: RunDirectory, tmp_path: Path) -> None:
    other = RunDirectory.create(tmp_path / "other", "done", INFO)
    result = call("csv", done.path, other.path, "--to", tmp_path / "csv")
    assert (result.exit_code, result.stderr) == (
        2,
        (
            "Error: two runs have the same name, by which the tracker knows them\n"
            f"  found: {done.path} and {other.path}\n  to do: export them to different folders\n"
        ),
    )


def test_a_place_that_is_a_file_is_told(done: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    result = call("csv", done.path, "--to", tmp_path / "file")
    assert (result.exit_code, result.stderr) == (
        2,
        (
            f"Error: cannot write {tmp_path / 'file'}\n  found: File exists\n"
            "  to do: choose a folder; something else is in the way\n"
        ),
    )
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_is_told(done: RunDirectory, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    result = call("csv", done.path, "--to", folder)
    assert (result.exit_code, "choose a folder that you may write" in result.stderr) == (2, True)


def test_exporting_loads_nothing_that_trains() -> None:
    assert loaded_by("import digitlab.trackers.exporting") & {"tensorflow", "keras", "tensorboardX"} == set()
    pytest.importorskip("tensorboardX", reason="needs the extra [tensorboard]")
    assert loaded_by("import digitlab.trackers.tensorboard") & {"tensorflow", "keras", "tensorboard"} == set()
