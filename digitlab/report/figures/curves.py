"""Learning curves: loss and accuracy over the epochs."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from digitlab.report.figures.panel import BLUE, ORANGE, Panel
from digitlab.runs.run import EpochRecord

MAX_MARKERS = 30  # epochs; beyond that the markers run into each other


def curves_panels(history: Sequence[EpochRecord]) -> list[Panel]:
    """Loss, and accuracy in percent, on the training and the validation part; at least one epoch."""
    loss = [record.train_loss for record in history], [record.valid_loss for record in history]
    accuracy = [100 * record.train_accuracy for record in history], [100 * record.valid_accuracy for record in history]
    epochs = [record.epoch for record in history]
    return [_panel("Loss", epochs, *loss), _panel("Accuracy, %", epochs, *accuracy)]


def _panel(title: str, epochs: list[int], train: list[float], validation: list[float]) -> Panel:
    circle, square = ("o", "s") if len(epochs) <= MAX_MARKERS else ("", "")

    def draw(ax: Axes) -> None:
        ax.plot(epochs, train, color=BLUE, label="train", linewidth=1.8, marker=circle, markersize=4)
        ax.plot(epochs, validation, color=ORANGE, label="validation", linewidth=1.8, marker=square, markersize=4)
        ax.set_title(title)
        ax.set_xlabel("epoch")
        ax.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
        ax.margins(y=0.1)
        ax.ticklabel_format(axis="y", useOffset=False)
        ax.grid(axis="y")
        ax.legend()

    label = (
        f"{title} over {len(epochs)} epochs: "
        f"train {train[0]:.3f} to {train[-1]:.3f}, validation {validation[0]:.3f} to {validation[-1]:.3f}"
    )
    return Panel(label, (4.4, 3.3), draw)
