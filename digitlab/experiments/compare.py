"""Several models, each trained with the same seeds on the same data: which differences are real.

The trainings are runs like any other, so a stopped comparison continues where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from digitlab.base import machine
from digitlab.base.extras import require
from digitlab.base.files import make_folder
from digitlab.base.findings import Finding
from digitlab.config import RunConfig
from digitlab.data.dataset import Dataset
from digitlab.data.named import MNIST
from digitlab.data.sources import dataset_of
from digitlab.errors import TrainingError, UsageError
from digitlab.evaluation.over_seeds import Measured, refuse_equal_within
from digitlab.evaluation.over_seeds import compare as judge
from digitlab.evaluation.power import Plan, planned
from digitlab.experiments.executors.executor import local_processes, run_trials
from digitlab.experiments.executors.trial import Outcome, Trial
from digitlab.experiments.train import examined
from digitlab.programs.spec import is_file_spec
from digitlab.runs.catalog import DEFAULT_FOLDER
from digitlab.runs.comparison import ComparisonRecord, TrainedModel, write_record
from digitlab.runs.directory import RunDirectory
from digitlab.runs.reuse import equal_runs
from digitlab.runs.run import Run
from digitlab.training.listeners import Listener
from digitlab.training.setup import run_config, settings_of, training_config

SEEDS = 5


class Observer:
    """Called while a comparison runs; override what you need."""

    def planned(self, plan: Plan, trainings: int, reused: int, epochs: int) -> None:
        """Before training: the smallest difference that can be found, all trainings, the reused ones, epochs to do."""

    def noted(self, text: str) -> None:
        """Something that the user should know."""

    def epoch_ended(self, spec: str, seed: int, done: int) -> None:
        """`done` of all epochs are complete; the last one belongs to this training."""


@dataclass(frozen=True)
class ComparisonResult:
    """A comparison and its folder."""

    path: Path
    record: ComparisonRecord


def compare(
    specs: Sequence[str],
    data: Dataset | str | None = None,
    *,
    image_size: int | None = None,
    gray: bool = False,
    seeds: int = SEEDS,
    epochs: int | None = None,
    jobs: int = 1,
    equal_within: float | None = None,
    out: Path | str = DEFAULT_FOLDER,
    observer: Observer | None = None,
) -> ComparisonResult:
    """Train every spec with every seed, and compare each with the first.

    Args:
        specs: recipes, the baseline first.
        data: a dataset, or what `digitlab.load` takes.
        image_size: pixels of both sides that the images get, see `digitlab.load`.
        gray: turn them to grey.
        seeds: trainings of each; the seeds are 0, 1, …, the same for all.
        epochs: for all; None: each recipe's own.
        jobs: worker processes; results do not depend on it.
        equal_within: percentage points that do not matter to you; adds the verdict "practically equal".
        out: the folder for the runs and for the comparison's own folder.
        observer: called with plan and progress.

    Raises:
        DigitlabError: one of its kinds.
    """
    observer = observer or Observer()
    _refuse_wrong_use(specs, seeds, jobs)
    refuse_equal_within(equal_within)
    dataset = dataset_of(data, image_size, gray)
    files = {spec: examined(spec, dataset, Listener(), rules=True) for spec in specs if is_file_spec(spec)}
    own = {spec: files[spec][1] if spec in files else {} for spec in specs}
    common = {} if epochs is None else {"epochs": epochs}
    asked = [
        _Asked(
            spec,
            seed,
            run_config(spec, dataset, training_config(spec, {**own[spec], **common, "seed": seed}), threads=1),
        )
        for seed in range(seeds)
        for spec in specs
    ]
    reuse = equal_runs([one.config for one in asked], dataset.sha256, Path(out))
    for text in reuse.passed_over:
        observer.noted(text)
    present = {one.key: run for one, run in zip(asked, reuse.runs, strict=True) if run is not None}
    reused = {key: run for key, run in present.items() if run.info.status == "done"}
    missing = [one for one in asked if one.key not in reused]
    if missing:
        require("train", "training")
    plan = planned(seeds, len(specs) - 1, is_mnist=dataset.name == MNIST.name)
    observer.planned(plan, len(asked), len(reused), sum(one.epochs_left(present) for one in missing))
    outcomes = _train(missing, present, dataset, Path(out), jobs, observer)
    runs, failures = _gather(specs, asked, reused, outcomes)
    findings = {spec: seen[0] for spec, seen in files.items()}
    record = _record(specs, epochs, plan, runs, failures, len(reused), equal_within, findings)
    folder = make_folder(Path(out) / f"compare-{datetime.now():%Y-%m-%dT%H-%M-%S}")
    write_record(folder, record, runs)
    from digitlab.report.comparison_page import write_comparison_report

    write_comparison_report(folder, record, runs, dataset)
    return ComparisonResult(folder, record)


@dataclass(frozen=True)
class _Asked:
    """One training that the comparison needs."""

    spec: str
    seed: int
    config: RunConfig

    @property
    def key(self) -> tuple[str, int]:
        return self.spec, self.seed

    def epochs_left(self, present: dict[tuple[str, int], Run]) -> int:
        begun = present.get(self.key)
        return self.config.training.epochs - (len(begun.history) if begun else 0)


def _train(
    missing: Sequence[_Asked],
    present: dict[tuple[str, int], Run],
    dataset: Dataset,
    out: Path,
    jobs: int,
    observer: Observer,
) -> dict[tuple[str, int], Outcome]:
    begun = [present.get(one.key) for one in missing]
    before = [len(run.history) if run else 0 for run in begun]
    epochs = list(before)

    def on_epoch(trial: int, epoch: int) -> None:
        epochs[trial] = max(epochs[trial], epoch)
        observer.epoch_ended(missing[trial].spec, missing[trial].seed, sum(epochs) - sum(before))

    if not missing:
        return {}
    with local_processes(dataset, out, min(jobs, len(missing))) as executor:
        outcomes = run_trials(executor, [Trial.of(one.config) for one in missing], on_epoch)
    return {one.key: outcome for one, outcome in zip(missing, outcomes, strict=True)}


def _gather(
    specs: Sequence[str],
    asked: Sequence[_Asked],
    reused: dict[tuple[str, int], Run],
    outcomes: dict[tuple[str, int], Outcome],
) -> tuple[dict[str, list[Run]], dict[str, list[str]]]:
    """For each spec its finished runs by seed, and the failures."""
    runs: dict[str, list[Run]] = {spec: [] for spec in specs}
    failures: dict[str, list[str]] = {spec: [] for spec in specs}
    for one in asked:
        outcome = outcomes.get(one.key)
        if outcome is None:
            runs[one.spec].append(reused[one.key])
        elif outcome.path is not None:
            run = RunDirectory(outcome.path).read()
            if run.info.rate_changes:
                failures[one.spec].append(f"{one.spec}, seed {one.seed}: its learning rate was changed while it ran")
            else:
                runs[one.spec].append(run)
        else:
            failures[one.spec].append(f"{one.spec}, seed {one.seed}: {outcome.reason}")
    if not runs[specs[0]] or sum(map(bool, runs.values())) < 2:
        raise TrainingError(
            "nothing to compare",
            found="; ".join(text for texts in failures.values() for text in texts),
            remedy="fix what failed and compare again; finished trainings are reused",
        )
    return {spec: trained for spec, trained in runs.items() if trained}, failures


def _record(
    specs: Sequence[str],
    epochs: int | None,
    plan: Plan,
    runs: dict[str, list[Run]],
    failures: dict[str, list[str]],
    reused: int,
    equal_within: float | None,
    findings: dict[str, tuple[Finding, ...]],
) -> ComparisonRecord:
    first = runs[specs[0]][0].info.dataset
    models = tuple(_trained(spec, runs[spec], failures[spec]) for spec in runs)
    return ComparisonRecord(
        dataset=first,
        epochs=epochs,
        plan=plan,
        comparison=judge([_measured(spec, trained) for spec, trained in runs.items()], first.test, equal_within),
        models=models,
        reused=reused,
        test_looks=sum(run.info.test_looks for trained in runs.values() for run in trained),
        notes=_notes(models, failures, findings),
        versions=machine.versions(),
        machines=_machines(runs),
    )


def _machines(runs: dict[str, list[Run]]) -> tuple[dict[str, str | int], ...]:
    """Those on which the runs were trained, each once."""
    machines = [run.info.machine for trained in runs.values() for run in trained]
    return tuple(one for place, one in enumerate(machines) if one not in machines[:place])


def _trained(spec: str, runs: Sequence[Run], failures: Sequence[str]) -> TrainedModel:
    return TrainedModel(
        name=spec,
        title=runs[0].info.model,
        parameters=runs[0].info.parameters,
        seconds=float(np.mean([run.seconds for run in runs])),
        milliseconds_per_image=float(np.mean([run.result.milliseconds_per_image for run in runs if run.result])),
        validation_accuracy=float(np.mean([run.history[-1].valid_accuracy for run in runs])),
        runs=tuple(run.path.name for run in runs),
        failures=tuple(failures),
    )


def _measured(spec: str, runs: Sequence[Run]) -> Measured:
    accuracies, correct = {}, {}
    for run in runs:
        assert run.result is not None
        predictions = RunDirectory(run.path).predictions
        accuracies[run.info.config.training.seed] = run.result.test_accuracy
        correct[run.info.config.training.seed] = predictions.probabilities.argmax(axis=1) == predictions.labels
    return Measured(spec, accuracies, correct)


def _notes(
    models: Sequence[TrainedModel], failures: dict[str, list[str]], findings: dict[str, tuple[Finding, ...]]
) -> tuple[str, ...]:
    """How to use the figures, what the check found, what failed."""
    best = max(models, key=lambda model: model.validation_accuracy)
    choice = (
        "Use test accuracy to report, not to choose: picking the best of these models by it overstates that model. "
        f"By validation accuracy, choose {best.name} ({best.validation_accuracy:.2%})."
    )
    failed = [text for texts in failures.values() for text in texts]
    found = [
        f"{spec}: {one.code} {one.severity}, {one.title}" + (f" (line {one.line})" if one.line else "")
        for spec, several in findings.items()
        for one in several
    ]
    return (choice, *found, *(f"Skipped: {text}" for text in failed))


def _refuse_wrong_use(specs: Sequence[str], seeds: int, jobs: int) -> None:
    for spec in specs:
        settings_of(spec)
    if len(specs) < 2:
        raise UsageError(
            "there is nothing to compare", found=f"one model: {', '.join(specs)}", remedy="name at least two"
        )
    if len(set(specs)) < len(specs):
        raise UsageError("a model is named twice", found=", ".join(specs), remedy="name each model once")
    for option, number in (("--seeds", seeds), ("--jobs", jobs)):
        if number < 1:
            raise UsageError(f"invalid value for {option}", found=str(number), remedy="give a number from 1 on")
