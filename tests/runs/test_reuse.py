from __future__ import annotations

from pathlib import Path

from digitlab.base import machine
from digitlab.config import RunConfig, TrainingConfig
from digitlab.runs.directory import RunDirectory
from digitlab.runs.reuse import equal_runs
from digitlab.runs.run import DatasetInfo, RunInfo, Status

CONFIG = RunConfig(recipe="softmax", data="mnist")


def run(
    folder: Path, status: Status = "done", config: RunConfig = CONFIG, versions: dict[str, str] | None = None
) -> RunDirectory:
    dataset = DatasetInfo(name="mnist", sha256="ab", train=8, validation=1, test=1, class_names=("0", "1"))
    info = RunInfo(
        config=config,
        dataset=dataset,
        model="softmax regression",
        parameters=7850,
        started="2026-01-01T00:00:00+00:00",
        status=status,
        versions=versions or machine.versions(),
        machine={},
    )
    return RunDirectory.create(folder, "run", info)


def test_a_finished_run_comes_before_one_to_resume(tmp_path: Path) -> None:
    run(tmp_path, "interrupted")
    done = run(tmp_path, "done")
    run(tmp_path, "interrupted")
    (found,) = equal_runs([CONFIG], "ab", tmp_path).runs
    assert found is not None
    assert found.path == done.path


def test_each_config_gets_its_own_run(tmp_path: Path) -> None:
    other = RunConfig(recipe="softmax", data="mnist", training=TrainingConfig(seed=1))
    second, first = run(tmp_path, "done", other), run(tmp_path, "interrupted")
    found = equal_runs([CONFIG, other], "ab", tmp_path).runs
    assert [one.path for one in found if one] == [first.path, second.path]


def test_failed_runs_and_other_versions_are_not_taken(tmp_path: Path) -> None:
    run(tmp_path, "failed")
    run(tmp_path, versions={"keras": "1"})
    reuse = equal_runs([CONFIG], "ab", tmp_path)
    assert reuse.runs == [None]
    assert reuse.passed_over == (
        "not used again: run (it failed)",
        f"not used again: run-2 (made with other versions: keras {machine.versions()['keras']} (was 1))",
    )


def test_nothing_is_said_where_another_run_is_taken(tmp_path: Path) -> None:
    run(tmp_path, "failed")
    run(tmp_path, "done")
    assert equal_runs([CONFIG], "ab", tmp_path).passed_over == ()


def test_the_same_data_from_another_place_is_the_same(tmp_path: Path) -> None:
    elsewhere = CONFIG.model_copy(update={"data": "/mnt/other/mnist"})
    done = run(tmp_path, "done", elsewhere)
    (found,) = equal_runs([CONFIG], "ab", tmp_path).runs
    assert found is not None
    assert found.path == done.path


def test_other_data_is_not_taken(tmp_path: Path) -> None:
    run(tmp_path, "done")
    assert equal_runs([CONFIG], "cd", tmp_path).runs == [None]


def test_a_run_whose_rate_was_changed_is_not_taken(tmp_path: Path) -> None:
    run(tmp_path, "done").note_rate(2, 0.5)
    assert equal_runs([CONFIG], "ab", tmp_path).runs == [None]


def test_a_run_at_work_is_not_taken(tmp_path: Path) -> None:
    directory = run(tmp_path, "running")
    with directory.lock():
        assert equal_runs([CONFIG], "ab", tmp_path).runs == [None]
    (found,) = equal_runs([CONFIG], "ab", tmp_path).runs
    assert found is not None
