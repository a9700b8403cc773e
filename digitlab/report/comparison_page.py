"""The page of a comparison of models over seeds: self-contained, and its figures as PNG files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitlab.data.dataset import Dataset
from digitlab.evaluation.over_seeds import AgainstBaseline, Measured, SeedScores, compare
from digitlab.evaluation.paired import agreement
from digitlab.report.figures.dots import accuracy_dots, gain_dots
from digitlab.report.figures.seed_curves import seed_curves_panels
from digitlab.report.figures.tradeoff import tradeoff_panels
from digitlab.report.pair_page import Pair, pair_of
from digitlab.report.rendering import render, write_page
from digitlab.runs.comparison import ComparisonRecord, TrainedModel
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run


@dataclass(frozen=True)
class ComparisonContents:
    """All that the page and its figures show."""

    record: ComparisonRecord
    runs: Mapping[str, Sequence[Run]]  # by model name, the baseline first
    best: AgainstBaseline  # the best by validation accuracy of the models that were compared with the baseline
    pair: Pair  # the baseline and `best`, trained with the first seed that both have
    seed: int  # that seed

    @property
    def scores(self) -> tuple[SeedScores, ...]:
        """The baseline, then the others."""
        return (self.record.comparison.baseline, *self.record.comparison.models)

    @property
    def rows(self) -> list[tuple[SeedScores, AgainstBaseline | None, TrainedModel]]:
        """For each model its scores, the comparison with the baseline (None for the baseline), and what it is."""
        against = (None, *self.record.comparison.models)
        facts = {model.name: model for model in self.record.models}
        return [(score, other, facts[score.name]) for score, other in zip(self.scores, against, strict=True)]

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
        """The command that repeats the comparison."""
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
        accuracies = {model.name: model.validation_accuracy for model in self.record.models}
        leader = max(accuracies, key=lambda name: accuracies[name])
        if leader != self.best.name:
            return f"By validation accuracy no other model is better than {leader} ({accuracies[leader]:.2%})."
        first = models[0]
        if len(models) == 1 or not set(first.seeds) & set(self.best.seeds):
            return self.best.image_sentence or ""
        if self.best is first:
            return (
                f"By validation accuracy none of the later models is better than {leader} ({accuracies[leader]:.2%})."
            )
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
    seed, names = best.paired_seeds[0], (comparison.baseline.name, best.name)
    first, second = (next(run for run in runs[name] if run.info.config.training.seed == seed) for name in names)
    one, other = RunDirectory(first.path).predictions, RunDirectory(second.path).predictions
    found = agreement(one.probabilities, other.probabilities, one.labels, names)
    return ComparisonContents(record, runs, best, pair_of(found, (first, second), dataset), seed)


def write_comparison_report(
    folder: Path, record: ComparisonRecord, runs: Mapping[str, Sequence[Run]], dataset: Dataset
) -> Path:
    """Write `report.html` and `figures/*.png` into the folder of a comparison; return the page.

    Args:
        folder: an existing one.
        record: the comparison.
        runs: the finished runs by model name, the baseline first, each with its predictions in its folder.
        dataset: what they were trained on.

    Raises:
        RunError: a run has no predictions.
        DataError: the runs were tested on other images.
        StorageError: a file cannot be written.
    """
    contents = gather(record, runs, dataset)
    facts = [fact for _, _, fact in contents.rows]
    parameters, seconds = [fact.parameters for fact in facts], [fact.seconds for fact in facts]
    figures = {
        "scores": [accuracy_dots(record.comparison), gain_dots(record.comparison)],
        "curves": seed_curves_panels(runs),
        "cost": tradeoff_panels(contents.scores, parameters, seconds),
        **contents.pair.figures,
    }
    text = render("comparison.html", figures, contents=contents, record=record, folder=folder.name)
    return write_page(folder, text, figures | contents.pair.image_figures)
