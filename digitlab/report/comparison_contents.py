"""What the page of a comparison shows, gathered before anything is drawn or written."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitlab.data.dataset import Dataset
from digitlab.data.splits import split
from digitlab.evaluation.over_seeds import AgainstBaseline, Measured, SeedScores, compare
from digitlab.evaluation.paired import agreement
from digitlab.report.agreement import TwoAnswers, look
from digitlab.runs.comparison import ComparisonRecord, TrainedModel
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run


@dataclass(frozen=True)
class ComparisonContents:
    """All that the page and its figures are made of.

    Attributes:
        runs: by model name, the baseline first.
        best: of the models that were compared with the baseline, the best by validation accuracy.
        look: the baseline and `best`, trained with the first seed that both have.
        seed: that seed.
    """

    record: ComparisonRecord
    runs: Mapping[str, Sequence[Run]]
    best: AgainstBaseline
    look: TwoAnswers
    seed: int

    @property
    def scores(self) -> tuple[SeedScores, ...]:
        """The baseline, then the others."""
        return (self.record.comparison.baseline, *self.record.comparison.models)

    @property
    def rows(self) -> list[tuple[SeedScores, AgainstBaseline | None, TrainedModel]]:
        """For each model its scores, what was concluded (None for the baseline), and what it is."""
        concluded = (None, *self.record.comparison.models)
        facts = {model.name: model for model in self.record.models}
        return [(score, against, facts[score.name]) for score, against in zip(self.scores, concluded, strict=True)]

    @property
    def seeds(self) -> int:
        """How many trainings of each model were asked for."""
        return max(len(model.runs) + len(model.failures) for model in self.record.models)

    @property
    def trainings(self) -> int:
        """How many trainings there are."""
        return sum(map(len, self.runs.values()))

    @property
    def command(self) -> str:
        """What does the same comparison again."""
        config = next(iter(self.runs.values()))[0].info.config
        words = ["digitlab", "compare", *self.runs, "--seeds", str(self.seeds), "--data", config.data]
        options = {"--epochs": self.record.epochs, "--equal-within": self.record.comparison.equal_within}
        for option, value in options.items():
            words += [] if value is None else [option, f"{value:g}"]
        return shlex.join(words)

    @property
    def further(self) -> str:
        """Whether more helps further: the best model against the first one that was compared with the baseline."""
        models = self.record.comparison.models
        facts = {model.name: model.validation_accuracy for model in self.record.models}
        leader = max(facts, key=lambda name: facts[name])
        if leader != self.best.name:
            return f"By validation accuracy none of the others goes beyond {leader} ({facts[leader]:.2%})."
        first = models[0]
        if len(models) == 1 or not set(first.seeds) & set(self.best.seeds):
            return self.best.image_sentence or ""
        if self.best is first:
            return f"By validation accuracy nothing that was tried goes beyond {leader} ({facts[leader]:.2%})."
        again = [
            Measured(score.name, dict(zip(score.seeds, score.accuracies, strict=True))) for score in (first, self.best)
        ]
        comparison = self.record.comparison
        return compare(again, comparison.test_images, comparison.equal_within).models[0].sentence


def gather(record: ComparisonRecord, runs: Mapping[str, Sequence[Run]], dataset: Dataset) -> ComparisonContents:
    """Find the best model and the images on which it differs from the baseline.

    Raises:
        RunError: a run has no predictions.
        DataError: the runs were tested on other images.
    """
    comparison = record.comparison
    validation = {model.name: model.validation_accuracy for model in record.models}
    best = max(comparison.models, key=lambda model: validation[model.name])
    seed = best.paired_seeds[0]
    first, second = (_with_seed(runs[name], seed) for name in (comparison.baseline.name, best.name))
    answers = RunDirectory(first.path).predictions, RunDirectory(second.path).predictions
    names = comparison.baseline.name, best.name
    found = agreement(answers[0].probabilities, answers[1].probabilities, answers[0].labels, names)
    test = split(dataset, seed, stratified=first.info.config.training.stratified).test
    return ComparisonContents(record, runs, best, look(found, answers, test, dataset.class_names), seed)


def _with_seed(runs: Sequence[Run], seed: int) -> Run:
    return next(run for run in runs if run.info.config.training.seed == seed)
