from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import digitlab
from digitlab.data.dataset import Dataset
from digitlab.errors import TrainingError, UsageError
from digitlab.evaluation.power import Plan
from digitlab.experiments.compare import ComparisonResult, Observer, compare
from digitlab.runs.catalog import list_runs
from digitlab.runs.comparison import ComparisonRecord
from digitlab.runs.controls import Controls, write_controls
from digitlab.runs.directory import RunDirectory


class Noted(Observer):
    def __init__(self) -> None:
        self.plans: list[tuple[int, int, int]] = []
        self.done: list[int] = []
        self.texts: list[str] = []

    def noted(self, text: str) -> None:
        self.texts.append(text)

    def planned(self, plan: Plan, trainings: int, reused: int, epochs: int) -> None:
        self.plans.append((trainings, reused, epochs))

    def epoch_ended(self, spec: str, seed: int, done: int) -> None:
        self.done.append(done)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def result(digits: Dataset, out: Path) -> ComparisonResult:
    return compare(["softmax", "mlp:64"], digits, seeds=3, epochs=3, out=out)


def test_the_figures_follow_from_the_runs(result: ComparisonResult, out: Path) -> None:
    runs = {(run.info.config.recipe, run.info.config.training.seed): run for run in list_runs(out)}
    accuracy = {key: run.result.test_accuracy for key, run in runs.items() if run.result}
    softmax, mlp = ([accuracy[name, seed] for seed in range(3)] for name in ("softmax", "mlp:64"))
    (against,) = result.record.comparison.models
    assert against.difference == pytest.approx(100 * (np.mean(mlp) - np.mean(softmax)))
    assert against.p_value == pytest.approx(stats.ttest_rel(mlp, softmax).pvalue, rel=0.01)
    assert result.record.models[1].parameters == 784 * 64 + 64 + 64 * 10 + 10
    assert result.record.test_looks == 6


def test_a_comparison_leaves_its_folder(result: ComparisonResult) -> None:
    stored = ComparisonRecord.model_validate_json((result.path / "comparison.json").read_bytes())
    assert stored == result.record
    lines = list(csv.DictReader((result.path / "comparison.csv").read_text().splitlines()))
    assert [(line["model"], line["seed"]) for line in lines] == [
        (name, str(seed)) for name in ("softmax", "mlp:64") for seed in range(3)
    ]
    assert (result.path / "report.html").is_file()


def test_trainings_that_are_there_are_used_again(result: ComparisonResult, digits: Dataset, out: Path) -> None:
    noted = Noted()
    again = compare(["softmax", "mlp:64"], digits, seeds=4, epochs=3, out=out, observer=noted)
    assert noted.plans == [(8, 6, 6)]
    assert noted.done == [0, 1, 2, 3, 3, 4, 5, 6]
    assert again.record.reused == 6
    assert again.record.comparison.baseline.accuracies[:3] == result.record.comparison.baseline.accuracies


def test_other_settings_are_trained_anew(result: ComparisonResult, digits: Dataset, out: Path) -> None:
    noted = Noted()
    compare(["softmax", "mlp:64"], digits, seeds=1, epochs=1, out=out, observer=noted)
    assert noted.plans == [(2, 0, 2)]


def test_a_comparison_that_was_stopped_goes_on(digits: Dataset, tmp_path: Path) -> None:
    class Stop(Observer):
        def epoch_ended(self, spec: str, seed: int, done: int) -> None:
            if done == 30:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(["softmax", "mlp:8"], digits, seeds=2, epochs=20, out=tmp_path, observer=Stop())
    noted = Noted()
    compare(["softmax", "mlp:8"], digits, seeds=2, epochs=20, out=tmp_path, observer=noted)
    ((trainings, reused, epochs),) = noted.plans
    assert (trainings, reused) == (4, 1)
    assert epochs <= 50
    assert len(list_runs(tmp_path)) == 4


def test_a_run_whose_rate_was_changed_is_not_used_again(digits: Dataset, tmp_path: Path) -> None:
    compare(["softmax", "mlp:8"], digits, seeds=1, epochs=1, out=tmp_path)
    steered = next(run for run in list_runs(tmp_path) if run.info.config.recipe == "softmax")
    RunDirectory(steered.path).note_rate(1, 0.5)
    noted = Noted()
    compare(["softmax", "mlp:8"], digits, seeds=1, epochs=1, out=tmp_path, observer=noted)
    assert noted.plans == [(2, 1, 1)]
    assert noted.texts == [f"not used again: {steered.path.name} (its learning rate was changed while it ran)"]


def test_a_training_that_was_asked_to_stop_is_left_out_and_not_done_again(digits: Dataset, tmp_path: Path) -> None:
    class StopFirst(Observer):
        def epoch_ended(self, spec: str, seed: int, done: int) -> None:
            if (spec, seed, done) == ("softmax", 0, 1):
                write_controls(list_runs(tmp_path)[0].path, Controls(stop=True))

    record = compare(["softmax", "mlp:8"], digits, seeds=2, epochs=200, out=tmp_path, observer=StopFirst()).record
    assert "Skipped: softmax, seed 0: it was asked to stop" in record.notes
    assert sorted(run.info.status for run in list_runs(tmp_path)) == ["done", "done", "done", "interrupted"]


def test_one_seed_says_what_cannot_be_said(digits: Dataset, tmp_path: Path) -> None:
    record = compare(["softmax", "mlp:8"], digits, seeds=1, epochs=1, out=tmp_path).record
    assert record.plan.gap is None
    assert record.comparison.models[0].verdict is None
    assert "not whether the recipe helps" in record.plan.sentence


def test_a_model_that_fails_is_left_out_and_named(digits: Dataset, tmp_path: Path, monkeypatch: Any) -> None:
    from digitlab.experiments.executors.trial import Outcome

    monkeypatch.setattr(
        "digitlab.experiments.compare.run_trials", failing("mlp:8", Outcome("failed", reason="the worker died 2 times"))
    )
    record = compare(["softmax", "mlp:8", "mlp:9"], digits, seeds=2, epochs=1, out=tmp_path).record
    assert [model.name for model in record.models] == ["softmax", "mlp:9"]
    assert "Skipped: mlp:8, seed 0: the worker died 2 times" in record.notes
    with pytest.raises(TrainingError, match=r"nothing to compare\n  found: mlp:8, seed 0: the worker died"):
        compare(["softmax", "mlp:8"], digits, seeds=2, epochs=1, out=tmp_path)


def failing(spec: str, outcome: Any) -> Any:
    """`run_trials` as it is when every worker that trains `spec` dies."""
    from digitlab.experiments.executors.executor import run_trials

    def run(executor: Any, trials: Any, on_epoch: Any) -> list[Any]:
        well = [trial for trial in trials if trial.config.recipe != spec]
        ended = iter(run_trials(executor, well, on_epoch))
        return [outcome if trial.config.recipe == spec else next(ended) for trial in trials]

    return run


@pytest.mark.parametrize(
    ("specs", "options", "text"),
    [
        (["softmax"], {}, "there is nothing to compare\n  found: one model: softmax\n  to do: name at least two"),
        (["mlp", "mlp"], {}, "a model is named twice\n  found: mlp, mlp"),
        (["softmax", "mpl"], {}, "unknown recipe 'mpl'\n  found: 'mpl'\n  to do: did you mean 'mlp'?"),
        (["softmax", "mlp"], {"seeds": 0}, "invalid value for --seeds\n  found: 0"),
        (["softmax", "mlp"], {"jobs": 0}, "invalid value for --jobs\n  found: 0"),
        (["softmax", "mlp"], {"epochs": 0}, "invalid value for --epochs\n  found: 0"),
        (["softmax", "mlp"], {"equal_within": -1.0}, "invalid value for --equal-within"),
    ],
)
def test_wrong_use_is_told_before_training(
    digits: Dataset, tmp_path: Path, specs: list[str], options: dict[str, Any], text: str
) -> None:
    with pytest.raises(UsageError) as caught:
        compare(specs, digits, out=tmp_path / "runs", **options)
    assert str(caught.value).startswith(text)
    assert not (tmp_path / "runs").exists()


def test_it_is_a_public_name() -> None:
    assert digitlab.compare is compare
