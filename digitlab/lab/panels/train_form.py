"""The form of a training: model, hidden layers, settings, data; the shell command for it is shown below."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path

from digitlab import recipes
from digitlab.config import TrainingConfig
from digitlab.data import catalog
from digitlab.errors import DigitlabError
from digitlab.lab.elements import Choice, Text, box, button, number, set_props
from digitlab.lab.trainings import Training
from digitlab.lab.window import Window

LAYERED = "mlp"  # the recipe that takes layers
FIRST = ("softmax", LAYERED)  # of the list
DEFAULT_WIDTH = 128
MAX_LAYERS = 6


class TrainForm:
    """The settings, and the training that was started with them."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._kind = "softmax"
        self._widths = [DEFAULT_WIDTH]
        self._data = _data_at_hand()[0][0]
        self._settings: dict[str, str] = {}
        self._training: Training | None = None

    def build(self) -> None:
        """All inputs, and the button that starts the training."""
        files = [(path.name, path.name) for path in sorted(Path().glob("*.py"))]
        Choice("Model", [*_recipes(), *files], self._kind, self._choose_kind)
        self._layers = box("layers-list")
        self._fields = box("row fields")
        Choice("Data", _data_at_hand(), self._data, self._choose_data)
        self._start_button = button("Start", self._start, "main")
        self._command = Text("code", "", "command")
        self._problem = Text("p", "", "problem")
        set_props(self._problem, role="alert")
        self._choose_kind(self._kind)

    def update(self) -> None:
        """Check whether the training has a folder yet, and whether it failed."""
        training = self._training
        if training is None:
            return
        run = self._window.lab.trainings.find_run(training)
        if training.failure:
            self._problem.text = training.failure
        if run is not None and self._window.view.run != run.name:
            self._window.view.run = run.name
            self._window.changed()
        if run is not None or training.ended:
            self._training = training if run is not None and not training.ended else None
            set_props(self._start_button, disabled=None)
            self._start_button.text = "Start"

    def _choose_kind(self, kind: str) -> None:
        self._kind = kind
        default = recipes.find(kind).settings if kind in recipes.NAMES else None
        self._settings = {}
        self._fields.clear()
        with self._fields:
            self._field("Epochs", "epochs", default, min="1", step="1")
            self._field("Learning rate", "learning-rate", default, min="0", step="any")
            self._field("Batch size", "batch-size", default, min="1", step="1")
            self._field("Seed", "seed", default, min="0", step="1")
        self._show_layers()

    def _field(self, label: str, option: str, default: TrainingConfig | None, **attributes: str) -> None:
        """An input with the recipe's default."""
        value = getattr(default, option.replace("-", "_")) if default is not None else None
        text = "" if value is None else f"{value:g}"
        number(label, text, lambda given: self._set(option, given, text), **attributes)

    def _set(self, option: str, given: str, default: str) -> None:
        self._settings.pop(option, None)
        if given not in ("", default):
            self._settings[option] = given
        self._show_command()

    def _choose_data(self, name: str) -> None:
        self._data = name
        self._show_command()

    def _show_layers(self) -> None:
        self._layers.clear()
        if self._kind == LAYERED:
            with self._layers:
                for place, width in enumerate(self._widths):
                    with box("row"):
                        number(f"Layer {place + 1}: units", str(width), partial(self._set_width, place), min="1")
                        if len(self._widths) > 1:
                            remove = button("Remove", partial(self._remove, place), "plain")
                            set_props(remove, aria_label=f"Remove layer {place + 1}")
                if len(self._widths) < MAX_LAYERS:
                    button("Add a layer", self._add, "chip")
        self._show_command()

    def _set_width(self, place: int, given: str) -> None:
        self._widths[place] = int(given) if given.isdecimal() and 0 < len(given) < 9 and int(given) else DEFAULT_WIDTH
        self._show_command()

    def _remove(self, place: int) -> None:
        del self._widths[place]
        self._show_layers()

    def _add(self) -> None:
        self._widths.append(self._widths[-1])
        self._show_layers()

    def _arguments(self) -> list[str]:
        spec = f"{LAYERED}:{'-'.join(map(str, self._widths))}" if self._kind == LAYERED else self._kind
        options = [part for name, value in self._settings.items() for part in (f"--{name}", value)]
        return [spec, "--data", self._data, *options]

    def _show_command(self) -> None:
        self._command.text = f"digitlab train {shlex.join(self._arguments())}"

    def _start(self) -> None:
        self._problem.text = ""
        try:
            self._training = self._window.lab.trainings.start(*self._arguments(), "--out", str(self._window.lab.folder))
        except DigitlabError as error:
            self._problem.text = str(error)
            return
        set_props(self._start_button, disabled=True)
        self._start_button.text = "Loading TensorFlow …"


def _recipes() -> list[tuple[str, str]]:
    """Every recipe and its title, those of the lab first."""
    names = [*FIRST, *(name for name in recipes.NAMES if name not in FIRST)]
    return [(name, f"{recipes.find(name).title.partition(',')[0]} ({name})") for name in names]


def _data_at_hand() -> list[tuple[str, str]]:
    """The data that needs no download, with a description: named datasets, then files in this folder."""
    named = [entry for entry in catalog.entries() if entry.path is not None or entry.built_in]
    files = sorted(path.name for path in Path().iterdir() if path.suffix in (".npz", ".csv"))
    titles = [f"{entry.name}, {entry.train:,} images{', synthetic' * entry.built_in}" for entry in named]
    return [
        *((entry.name, title) for entry, title in zip(named, titles, strict=True)),
        *((name, name) for name in files),
    ]
