"""A comparison in a terminal, and as JSON."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import TaskID
from rich.table import Table

from digitlab.base.terminal import print_on
from digitlab.cli.printing import say
from digitlab.evaluation.over_seeds import AgainstBaseline, SeedScores
from digitlab.evaluation.power import Plan
from digitlab.evaluation.sentences import signed
from digitlab.experiments.compare import ComparisonResult, Observer
from digitlab.runs.comparison import TrainedModel
from digitlab.training.display import live_bar
from digitlab.visible import one_line


class ComparisonDisplay(Observer):
    """Prints the plan, then a live bar over all epochs of all trainings."""

    def __init__(self, *, to_stderr: bool) -> None:
        self._console = Console(stderr=to_stderr, highlight=False)
        self._progress = live_bar(self._console)
        self._task = TaskID(0)

    def planned(self, plan: Plan, trainings: int, reused: int, epochs: int) -> None:
        """Print what the comparison can detect, and how much is left to train."""
        print_on(self._console, one_line(plan.sentence))
        there = f", {reused} of them done already (same settings, seed, data and versions)" if reused else ""
        print_on(self._console, f"{trainings} trainings{there}; {epochs} epochs to do.")
        self._task = self._progress.add_task("starting", total=epochs)

    def noted(self, text: str) -> None:
        """Print the note."""
        print_on(self._console, one_line(text))

    def epoch_ended(self, spec: str, seed: int, done: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, description=one_line(f"{spec}, seed {seed}"), completed=done)

    def __enter__(self) -> ComparisonDisplay:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
        if kind is KeyboardInterrupt:
            print_on(self._console, "The finished trainings are kept; the same command continues from here.")


def print_comparison(result: ComparisonResult) -> None:
    """Print the table, the sentences, the notes, and the place of the report."""
    record, console = result.record, Console(highlight=False)
    facts = {model.name: model for model in record.models}
    table = Table(box=None, pad_edge=False)
    table.add_column("model", overflow="fold")
    for column in ("accuracy ± sd", "gain, points (95%)", "p", "params", "sec"):
        table.add_column(column, justify="right", overflow="fold", no_wrap=column == "params")
    baseline = record.comparison.baseline
    table.add_row(*_row(baseline, "baseline", "", facts[baseline.name]))
    for model in record.comparison.models:
        table.add_row(*_row(model, _gain(model), _p(model), facts[model.name]))
    console.print(table)
    say("", *(model.sentence for model in record.comparison.models))
    say(*(model.image_sentence for model in record.comparison.models[:1] if model.image_sentence), *record.notes)
    say(f"These runs opened the test images {record.test_looks} times.", f"Report: {result.path / 'report.html'}")


def document(result: ComparisonResult) -> dict[str, Any]:
    """The comparison as a document: for each model its scores and its cost together."""
    record = result.record
    facts = {model.name: model.model_dump(exclude={"name"}) for model in record.models}
    comparison = record.comparison
    scores = [comparison.baseline.model_dump(), *(model.model_dump() for model in comparison.models)]
    return {
        "comparison": str(result.path),
        "baseline": comparison.baseline.name,
        "models": [{**score, **facts[score["name"]]} for score in scores],
        "dataset": record.dataset.name,
        "plan": record.plan.model_dump(),
        "reused": record.reused,
        "test_looks": record.test_looks,
        "notes": record.notes,
    }


def _row(model: SeedScores, gain: str, p_value: str, cost: TrainedModel) -> tuple[str, ...]:
    sd = f" ± {100 * model.accuracy_sd:.2f}" if model.accuracy_sd is not None else ""
    accuracy = f"{100 * model.accuracy_mean:.2f}{sd}%"
    return one_line(model.name), accuracy, gain, p_value, f"{cost.parameters:,}", f"{cost.seconds:.1f}"


def _gain(model: AgainstBaseline) -> str:
    if model.difference_interval is None:
        return signed(model.difference, 2)
    low, high = model.difference_interval
    return f"{signed(model.difference, 2)} ({signed(low, 2)} to {signed(high, 2)})"


def _p(model: AgainstBaseline) -> str:
    if model.p_value is None:
        return "–"
    return f"{model.p_value:.3f}" if model.p_value >= 0.001 else "<0.001"
