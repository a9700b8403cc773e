"""digitlab train: train, test and report in one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.cli.options import Data, Gray, ImageSize, Json, Trust, expanded
from digitlab.cli.printing import print_json, say
from digitlab.errors import UsageError

if TYPE_CHECKING:
    from digitlab.experiments.ensemble import Ensemble
    from digitlab.runs.run import Run


def train(
    spec: Annotated[
        str | None,
        typer.Argument(
            help="softmax, mlp:512-256, cnn, fast, accurate, best, robust, or your FILE.py[:NAME] or FILE.ipynb.  "
            "See: digitlab recipes",
            show_default="softmax",
        ),
    ] = None,
    data: Data = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training images.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="sgd, adam, or muon for the convolutions.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Learning rate of the optimizer.")] = None,
    schedule: Annotated[str | None, typer.Option(help="Learning rate schedule: constant or one-cycle.")] = None,
    settling: Annotated[
        int | None, typer.Option(metavar="N", help="Train the last N epochs at a tenth of a constant rate.")
    ] = None,
    dropout: Annotated[float | None, typer.Option(help="Dropout after each hidden layer of mlp.")] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="Share of each label spread over all classes.")] = None,
    averaging: Annotated[float | None, typer.Option(help="Decay of the average of the weights (EMA); 0: none.")] = None,
    augmentation: Annotated[str | None, typer.Option(help='none, affine, or "affine and drawn".')] = None,
    precision: Annotated[
        str | None, typer.Option(help="float32 or bfloat16.", show_default="the recipe's, if the CPU has it")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of split, initial weights and batch order.")] = None,
    stratified: Annotated[bool, typer.Option("--stratified", help="Draw validation images class by class.")] = False,
    out: Annotated[
        Path | None, typer.Option(callback=expanded, help="Folder to create the run in.", show_default="runs")
    ] = None,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Finish an interrupted run, or last.")] = None,
    trust: Trust = False,
    ensemble: Annotated[
        int | None, typer.Option(metavar="N", help="Train N networks and distil them into one.")
    ] = None,
    no_test: Annotated[bool, typer.Option("--no-test", help="Skip the final test.")] = False,
    no_check: Annotated[bool, typer.Option("--no-check", help="Skip the check of your file.")] = False,
    as_json: Json = False,
) -> None:
    """Train a model, test it once, write a run with a report."""
    options = {
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "schedule": schedule,
        "settling": settling,
        "label_smoothing": label_smoothing,
        "averaging": averaging,
        "augmentation": augmentation,
        "precision": precision,
        "seed": seed,
        "stratified": stratified or None,
        "image_size": image_size,
        "gray": gray or None,
    }
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if resume is not None:
        others = {"data": data, "out": out, "dropout": dropout, "ensemble": ensemble, "no_test": no_test or None}
        _refuse_beside_resume({**given, "SPEC": spec, **others})
    elif trust:
        raise UsageError("--trust is for a run that is resumed", found="no --resume", remedy="give --resume RUN, too")
    if augmentation == "none":
        given["augmentation"] = None
    if dropout is not None:
        from digitlab.recipes.mlp import with_dropout

        spec = with_dropout(spec or "softmax", dropout)
    settings = {"out": out or Path("runs"), "test": not no_test, **given}
    _print_run(*_trained(spec or "softmax", data, resume, trust, ensemble, not no_check, as_json, settings), as_json)


def _trained(
    spec: str,
    data: str | None,
    resume: str | None,
    trust: bool,
    members: int | None,
    check: bool,
    as_json: bool,
    settings: dict[str, Any],
) -> tuple[Run, Ensemble | None]:
    from rich.console import Console

    import digitlab
    from digitlab.cli.interruption import ResumeHint
    from digitlab.training.display import ProgressDisplay
    from digitlab.training.setup import threads_for

    display = ProgressDisplay(Console(stderr=as_json, highlight=False))
    with ResumeHint() as hint:
        if resume is not None:
            return digitlab.resume(resume, trust=trust, listeners=[hint, display]), None
        threads = threads_for(spec)  # the process does only this training
        if members is None:
            listeners = [hint, display]
            return digitlab.train(spec, data, check=check, threads=threads, listeners=listeners, **settings), None
        from digitlab.experiments.ensemble import train_ensemble

        together = train_ensemble(spec, data, members=members, threads=threads, listeners=[display], **settings)
        return together.student, together


def _print_run(run: Run, ensemble: Ensemble | None, as_json: bool) -> None:
    if as_json:
        print_json(_document(run, ensemble))
        return
    if ensemble and ensemble.test_accuracy is not None:
        say(f"All {len(ensemble.members)} together: Test Accuracy: {ensemble.test_accuracy:.3%}")
    say(f"Run: {run.path}")
    if run.report.exists():
        say(f"Report: {run.report}")


def _document(run: Run, ensemble: Ensemble | None) -> dict[str, Any]:
    result = run.result
    members = [str(member.path) for member in ensemble.members] if ensemble else []
    together = {"ensemble": {"runs": members, "test_accuracy": ensemble.test_accuracy}} if ensemble else {}
    return {
        "run": str(run.path),
        "dataset": run.info.dataset.name,
        "test_accuracy": result.test_accuracy if result else None,
        "test_loss": result.test_loss if result else None,
        "test_interval": list(result.test_interval) if result else None,
        "epochs": len(run.history),
        "seconds": run.seconds,
        "findings": [finding.model_dump() for finding in run.info.findings],
        **together,
    }


def _refuse_beside_resume(options: dict[str, Any]) -> None:
    names = [name for name, value in options.items() if value is not None]
    given = [name if name.isupper() else f"--{name.replace('_', '-')}" for name in names]
    if given:
        raise UsageError(
            "a resumed run keeps its settings",
            found=", ".join(given),
            remedy="give --resume RUN alone, or start a new run without it",
        )
