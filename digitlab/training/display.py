"""What a person sees while a training goes on: a live bar, and the lab's line for each epoch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.status import Status

from digitlab.base.findings import Finding
from digitlab.base.terminal import print_on
from digitlab.runs.run import EpochRecord, ReadBack, Result, RunInfo
from digitlab.training.listeners import Listener, Listeners
from digitlab.visible import one_line


def live_bar(console: Console) -> Progress:
    """A bar with the time gone and the time left, which goes away when it is done; nothing where lines are plain."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (console.is_terminal or console.is_jupyter),
    )


def listening(listeners: Iterable[Listener] | None) -> Listeners:
    """These listeners as one; None: a progress display."""
    return Listeners([ProgressDisplay()] if listeners is None else listeners)


class ProgressDisplay(Listener):
    """Prints to `console`; where that is no terminal or notebook, lines only."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._status: Status | None = None

    def checking(self) -> None:
        """Show that something is going on."""
        self._show("Checking the file …")

    def checked(self, findings: Sequence[Finding]) -> None:
        """Print what was found, before the first epoch."""
        self.stopped()
        for finding in findings:
            self._print(f"{finding.as_text(why=False)}\n")

    def preparing(self) -> None:
        """Show that something is going on."""
        self._show("Loading TensorFlow …")

    def started(self, path: Path, info: RunInfo, epoch: int) -> None:
        """Print model, data and counts, and show the bar."""
        self.stopped()
        data = info.dataset
        for note in data.notes:
            self.noted(note)
        training = info.config.training
        counts = f"{data.train:,} training images, {data.validation:,} for validation"
        if training.precision != "float32":
            counts += f", in {training.precision}"
        self._print(one_line(f"Training {info.model} on {data.short_name}: {counts}"))
        if epoch:
            self._print(f"Resuming after epoch {epoch} of {training.epochs}")
        self._progress = live_bar(self._console)
        self._task = self._progress.add_task("starting", total=training.epochs, completed=epoch)
        self._progress.start()

    def stepped(self, epoch: int, done: int, steps: int) -> None:
        """Move the bar."""
        if self._progress:
            self._progress.update(self._task, description=f"Epoch {epoch}", completed=epoch - 1 + done / steps)

    def epoch_ended(self, record: EpochRecord) -> None:
        """Print the lab's line; a short one where the terminal has no room for that."""
        line = (
            f"Epoch {record.epoch:2d}:  "
            f"Train Loss: {record.train_loss:.3f},  Train Accuracy: {record.train_accuracy:.3%},  "
            f"Validation Loss: {record.valid_loss:.3f},  Validation Accuracy: {record.valid_accuracy:.3%}"
        )
        if self._console.is_terminal and self._console.width < len(line):
            line = (
                f"Epoch {record.epoch:2d}:  Train {record.train_loss:.3f}, {record.train_accuracy:.2%}  "
                f"Validation {record.valid_loss:.3f}, {record.valid_accuracy:.2%}"
            )
        self._print(line)

    def noted(self, text: str) -> None:
        """Print it."""
        self._print(one_line(f"Note: {text}"))

    def tested(self, result: Result) -> None:
        """Print the answer, and how sure it is."""
        self.stopped()
        low, high = result.test_interval
        self._print(
            f"Test Loss: {result.test_loss:.3f},  Test Accuracy: {result.test_accuracy:.3%}\n"
            f"95% interval: {low:.2%} to {high:.2%} (Wilson, {result.test_images:,} test images), "
            f"{result.seconds:.1f} s of training"
        )

    def read_back(self, answers: ReadBack) -> None:
        """Print the accuracy on pictures, or that it is too low."""
        self._print(answers.problem or f"{answers.text[0].upper()}{answers.text[1:]}")

    def stopped(self) -> None:
        """Take the bar away."""
        if self._status:
            self._status.stop()
            self._status = None
        if self._progress:
            self._progress.stop()
            self._progress = None

    def _show(self, doing: str) -> None:
        if self._console.is_terminal:
            self._status = self._console.status(doing)
            self._status.start()

    def _print(self, text: str) -> None:
        print_on(self._console, text)
