"""A training in progress: curves, weights, findings, and the buttons that steer it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from markupsafe import Markup

from digitlab.base.findings import Finding
from digitlab.errors import DigitlabError, RunError, UntrustedError
from digitlab.images.png import red_blue_uri
from digitlab.lab.curves import curves_svg
from digitlab.lab.elements import Choice, Html, Text, box, button, number, picture, set_props
from digitlab.lab.layer_images import full_colour
from digitlab.lab.panels.trust import TrustQuestion
from digitlab.lab.snapshot import Snapshot, newest_run, snapshot_of, stamp
from digitlab.lab.window import Window
from digitlab.runs.controls import Controls, read_controls, write_controls
from digitlab.runs.directory import RunDirectory
from digitlab.runs.trust import source_to_run

NEWEST = ("", "the newest")


class TrainView:
    """The training that is shown: the newest one, or a chosen one."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._question = TrustQuestion(self._resume_run)
        self._stamp: tuple[object, ...] = ()
        self._listed: list[tuple[str, str]] = []
        self._now: Snapshot | None = None

    def build(self) -> None:
        """Empty elements, filled by `update`."""
        with box("row apart"):
            Text("h2", "Watch it learn")
            self._which = Choice("Training", [NEWEST], "", self._choose)
        self._title = Text("p", "No training yet. Start one, here or in a terminal.", "quiet")
        with box("row steering", role="group", aria_label="Steer the training"):
            self._pause = button("Pause", self._pause_or_continue)
            self._one = button("One epoch", self._one_epoch)
            self._stop = button("Stop", lambda: self._ask(stop=True, pause_after=None))
            self._resume = button("Resume", self._finish)
            self._rate = number("Learning rate", "", self._set_rate, min="0", step="any")
        self._question.build()
        self._state = Text("p", "", "state")
        set_props(self._state, role="status")
        self._bar = Html("progress")
        self._findings = Html("findings")
        self._curves = Html("curve-pair")
        self._weights = Html("first-layer")
        self._resume.set_visibility(False)
        self._enable(False, False)

    async def update(self) -> None:
        """Show the run as it is now, if its folder has changed."""
        folder = self._window.lab.folder
        self._list(await asyncio.to_thread(_names, folder))
        path = folder / Path(self._window.view.run).name if self._window.view.run else newest_run(folder)
        if path is None or not (path / "run.json").is_file():
            return
        now = await asyncio.to_thread(stamp, path)
        if now != self._stamp:
            self._stamp = now
            try:
                self._now = await asyncio.to_thread(snapshot_of, path)
            except RunError as error:
                self._state.text = error.line
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

    def _show(self, now: Snapshot) -> None:
        run = now.run
        data = "" if run.info.watched else f" on {run.info.dataset.short_name}"
        self._title.text = f"{run.path.name}: {run.info.model}, {run.info.parameters:,} parameters{data}"
        self._state.text = now.sentence
        self._bar.show(Markup('<span style="width:{:.1f}%"></span>').format(100 * now.share))
        self._enable(now.steerable, now.paused)
        self._resume.set_visibility(run.state in ("stopped", "interrupted") and not run.info.watched)
        rate = now.progress.learning_rate if now.progress else None
        set_props(self._rate, value="" if rate is None else f"{rate:.6g}", disabled=not now.steerable or rate is None)
        self._curves.show(_curves(now))
        self._weights.show(_weights(now))
        self._findings.show(_findings(run.info.findings))

    def _enable(self, steerable: bool, paused: bool) -> None:
        for element in (self._pause, self._one, self._stop):
            set_props(element, disabled=not steerable)
        self._pause.text = "Continue" if paused else "Pause"

    # The buttons write `controls.json` in the folder, which the training reads between two calls.

    def _pause_or_continue(self) -> None:
        self._ask(pause_after=None if self._now is not None and self._now.paused else 0)

    def _one_epoch(self) -> None:
        if self._now is not None and self._now.progress is not None:
            self._ask(pause_after=self._now.progress.epochs + 1)

    def _finish(self) -> None:
        """Resume an unfinished run; a program from elsewhere is shown first."""
        if self._now is not None:
            directory = RunDirectory(self._now.run.path)
            try:
                source_to_run(directory, trust=False)
            except UntrustedError:
                self._question.ask(directory)
            except RunError as error:
                self._state.text = f"{error.line}. {error.remedy}"
            else:
                self._resume_run(directory.path)

    def _resume_run(self, path: Path, *options: str) -> None:
        try:
            self._window.lab.trainings.start("--resume", str(path), *options)
            self._state.text = "Loading TensorFlow …"
        except DigitlabError as error:
            self._state.text = f"{error.line}. {error.remedy}"

    def _set_rate(self, given: str) -> None:
        try:
            rate = Controls(learning_rate=float(given)).learning_rate
        except ValueError:
            self._state.text = f'Invalid learning rate "{given}": give a number above 0, at most 1,000.'
            return
        self._ask(learning_rate=rate)

    def _ask(self, **changes: int | float | bool | None) -> None:
        if self._now is not None:
            path = self._now.run.path
            try:
                write_controls(path, read_controls(path).model_copy(update=changes))
            except OSError as error:
                self._state.text = f"Cannot write the controls of the training: {error.strerror}"


def _names(folder: Path) -> list[str]:
    """The names of the runs, the newest first."""
    files = sorted(folder.glob("*/run.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [file.parent.name for file in files]


def _curves(now: Snapshot) -> Markup:
    history, last = now.run.history, max(now.run.info.config.training.epochs, len(now.run.history))
    if not history:
        return Markup()
    losses = [("training", [one.train_loss for one in history]), ("validation", [one.valid_loss for one in history])]
    shares = [
        ("training", [one.train_accuracy for one in history]),
        ("validation", [one.valid_accuracy for one in history]),
    ]
    accuracy = f"{history[-1].valid_accuracy:.2%} validation, {history[-1].seconds:.2f} s per epoch"
    marks = [(one.epoch, f"rate {one.learning_rate:g}") for one in now.run.info.rate_changes]
    loss = curves_svg("Loss", losses, percent=False, last=last, marks=marks)
    share = curves_svg("Accuracy", shares, percent=True, last=last, marks=marks)
    return Markup(
        '<figure><figcaption><b>Loss</b> <span class="key key-0">training</span> '
        '<span class="key key-1">validation</span></figcaption>{}</figure>'
        "<figure><figcaption><b>Accuracy</b> {}</figcaption>{}</figure>"
    ).format(loss, accuracy, share)


def _weights(now: Snapshot) -> Markup:
    if not now.weights:
        return Markup()
    limit = max(full_colour(image) for _, image in now.weights)
    tile = Markup("<figure>{}<figcaption>{}</figcaption></figure>")
    tiles = Markup().join(
        tile.format(picture(red_blue_uri(image, limit), f"Weights of {name}", "map"), name)
        for name, image in now.weights
    )
    return Markup('<h3>Weights of the first layer</h3><div class="tiles">{}</div>').format(tiles)


def _findings(findings: tuple[Finding, ...]) -> Markup:
    card = Markup(
        '<article class="finding {0.severity}"><h3>{0.heading}</h3>'
        "<p>{0.observed}</p><p>{0.why}</p><p><b>To do:</b> {0.fix}</p></article>"
    )
    return Markup().join(card.format(one) for one in findings)
