"""A training as it goes: curves, weights as they form, findings, and the buttons that steer it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from markupsafe import Markup

from digitlab.base.findings import Finding
from digitlab.errors import DigitlabError, RunError, UntrustedError
from digitlab.lab.elements import Html, Text, box, button, choice, number, picture, put
from digitlab.lab.figures import curves_svg
from digitlab.lab.panels.trust import TrustQuestion
from digitlab.lab.pictures import full_colour, weight_uri
from digitlab.lab.watched import Watched, look, newest_run, stamp
from digitlab.lab.window import Window
from digitlab.runs.controls import Controls, read_controls, write_controls
from digitlab.runs.directory import RunDirectory
from digitlab.runs.trust import source_to_run

NEWEST = ("", "the newest")


class TrainView:
    """The run that is watched: the newest one, or one that was chosen."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._question = TrustQuestion(self._resume_run)
        self._seen: tuple[object, ...] = ()
        self._listed: list[tuple[str, str]] = []
        self._now: Watched | None = None

    def build(self) -> None:
        """Empty places, filled by `look`."""
        with box("row apart"):
            Text("h2", "Watch it learn")
            self._which = choice("Training", [NEWEST], "", self._choose)
        self._title = Text("p", "No training yet. Start one, here or in a terminal.", "quiet")
        with box("row steering", role="group", aria_label="Steer the training"):
            self._pause = button("Pause", self._pause_or_go_on)
            self._one = button("One epoch", self._one_epoch)
            self._stop = button("Stop", self._stop_it)
            self._resume = button("Finish it", self._finish)
            self._rate = number("Learning rate", "", self._set_rate, min="0", step="any")
        self._question.build()
        self._words = Text("p", "", "state")
        put(self._words, role="status")
        self._bar = Html("progress")
        self._findings = Html("findings")
        self._curves = Html("curve-pair")
        self._weights = Html("forming")
        self._resume.set_visibility(False)
        self._enable(False, False)

    async def look(self) -> None:
        """Show the run as it is now, if anything has changed."""
        folder = self._window.lab.folder
        self._list(await asyncio.to_thread(_names, folder))
        path = folder / Path(self._window.view.run).name if self._window.view.run else newest_run(folder)
        if path is None or not (path / "run.json").is_file():
            return
        seen = await asyncio.to_thread(stamp, path)
        if seen != self._seen:
            self._seen = seen
            try:
                self._now = await asyncio.to_thread(look, path)
            except RunError as error:
                self._words.text = f"{error.problem}: {error.found}"
                return
            self._show(self._now)

    def _list(self, names: list[str]) -> None:
        options = [NEWEST, *((name, name) for name in names)]
        if options != self._listed:
            self._listed = options
            self._which.offer(options, self._window.view.run)

    def _choose(self, name: str) -> None:
        self._question.close()
        self._window.view.run = name
        self._window.changed()

    def _show(self, now: Watched) -> None:
        run = now.run
        data = "" if run.info.watched else f" on {run.info.dataset.short_name}"
        self._title.text = f"{run.path.name}: {run.info.model}, {run.info.parameters:,} parameters{data}"
        self._words.text = now.words
        self._bar.show(Markup('<span style="width:{:.1f}%"></span>').format(100 * now.share))
        self._enable(now.steerable, now.paused)
        left = run.state in ("stopped", "interrupted") and not run.info.watched
        self._resume.set_visibility(left)
        rate = now.progress.learning_rate if now.progress else None
        put(self._rate, value="" if rate is None else f"{rate:.6g}", disabled=not now.steerable or rate is None)
        self._curves.show(_curves(now))
        self._weights.show(_pictures(now))
        self._findings.show(_findings(run.info.findings))

    def _enable(self, steerable: bool, paused: bool) -> None:
        for element in (self._pause, self._one, self._stop):
            put(element, disabled=not steerable)
        self._pause.text = "Go on" if paused else "Pause"

    # What the buttons do: each leaves a note in the folder, which the training reads between two calls.

    def _pause_or_go_on(self) -> None:
        self._ask(pause_after=None if self._now is not None and self._now.paused else 0)

    def _one_epoch(self) -> None:
        if self._now is not None and self._now.progress is not None:
            self._ask(pause_after=self._now.progress.epochs + 1)

    def _stop_it(self) -> None:
        self._ask(stop=True, pause_after=None)

    def _finish(self) -> None:
        """Take up again what was left; a program from elsewhere is shown first."""
        if self._now is not None:
            directory = RunDirectory(self._now.run.path)
            try:
                source_to_run(directory, trust=False)
            except UntrustedError:
                self._question.ask(directory)
            except RunError as error:
                self._words.text = f"{error.problem}: {error.found}. {error.remedy}"
            else:
                self._resume_run(directory.path)

    def _resume_run(self, path: Path, *options: str) -> None:
        try:
            self._window.lab.trainings.start("--resume", str(path), *options)
            self._words.text = "Loading TensorFlow …"
        except DigitlabError as error:
            self._words.text = f"{error.problem}: {error.found}. {error.remedy}"

    def _set_rate(self, given: str) -> None:
        try:
            rate = Controls(learning_rate=float(given)).learning_rate
        except ValueError:
            self._words.text = f"«{given}» is no learning rate: give a number above 0, at most 1,000."
            return
        self._ask(learning_rate=rate)

    def _ask(self, **wish: int | float | bool | None) -> None:
        if self._now is not None:
            path = self._now.run.path
            try:
                write_controls(path, read_controls(path).model_copy(update=wish))
            except OSError as error:
                self._words.text = f"The training cannot be told: {error.strerror}"


def _names(folder: Path) -> list[str]:
    """The runs by name, the newest first."""
    files = sorted(folder.glob("*/run.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [file.parent.name for file in files]


def _curves(now: Watched) -> Markup:
    history, last = now.run.history, max(now.run.info.config.training.epochs, len(now.run.history))
    if not history:
        return Markup()
    losses = [("training", [one.train_loss for one in history]), ("validation", [one.valid_loss for one in history])]
    shares = [
        ("training", [one.train_accuracy for one in history]),
        ("validation", [one.valid_accuracy for one in history]),
    ]
    pace = f"{history[-1].seconds:.2f} s an epoch"
    accuracy = f"{history[-1].valid_accuracy:.2%} of the validation images, {pace}"
    marks = [(one.epoch, f"rate {one.learning_rate:g}") for one in now.run.info.rate_changes]
    loss = curves_svg("Loss", losses, percent=False, last=last, marks=marks)
    share = curves_svg("Accuracy", shares, percent=True, last=last, marks=marks)
    return Markup(
        '<figure><figcaption><b>Loss</b> <span class="key key-0">training</span> '
        '<span class="key key-1">validation</span></figcaption>{}</figure>'
        "<figure><figcaption><b>Accuracy</b> {}</figcaption>{}</figure>"
    ).format(loss, accuracy, share)


def _pictures(now: Watched) -> Markup:
    if not now.weights:
        return Markup()
    limit = max(full_colour(image) for _, image in now.weights)
    tile = Markup("<figure>{}<figcaption>{}</figcaption></figure>")
    tiles = Markup().join(
        tile.format(picture(weight_uri(image, limit), f"Weights of {name}", "map"), name) for name, image in now.weights
    )
    return Markup('<h3>What the first layer looks for</h3><div class="tiles">{}</div>').format(tiles)


def _findings(findings: tuple[Finding, ...]) -> Markup:
    card = Markup(
        '<article class="finding {0.severity}"><h3>{0.heading}</h3>'
        "<p>{0.observed}</p><p>{0.why}</p><p><b>To do:</b> {0.fix}</p></article>"
    )
    return Markup().join(card.format(one) for one in findings)
