"""digitlab train: the whole lab in one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.cli.options import Trust, expanded
from digitlab.cli.printing import print_json, say
from digitlab.errors import UsageError

if TYPE_CHECKING:
    from digitlab.ensemble import Ensemble
    from digitlab.runs.run import Run


def train(
    spec: Annotated[
        str | None,
        typer.Argument(help="softmax, mlp:512-256, cnn, or your my_model.py[:Name].", show_default="softmax"),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist, synthetic, or a folder, .npz or .csv.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training images.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of the optimizer.")] = None,
    precision: Annotated[
        str | None, typer.Option(help="float32 or bfloat16.", show_default="the recipe's, if the CPU has it")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the split, the start weights and the batch order.")] = None,
    stratified: Annotated[
        bool, typer.Option("--stratified", help="Draw the validation images class by class.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(callback=expanded, help="Where the run gets its folder.", show_default="runs")
    ] = None,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Finish a run that was interrupted.")] = None,
    trust: Trust = False,
    ensemble: Annotated[
        int | None, typer.Option(metavar="N", help="Train N networks, and one that learns what they answer.")
    ] = None,
    no_test: Annotated[bool, typer.Option("--no-test", help="Leave the test images unopened.")] = False,
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not look for mistakes in your file first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Train a model, test it once, and leave a run folder with a report."""
    settings = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "precision": precision,
        "seed": seed,
        "stratified": stratified or None,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    if resume is not None:
        others = {"data": data, "out": out, "ensemble": ensemble, "no_test": no_test or None}
        _refuse_beside_resume({**given, "SPEC": spec, **others})
    elif trust:
        raise UsageError("--trust is for a run that is resumed", found="no --resume", remedy="give --resume RUN, too")
    parts: dict[str, Any] = {"test": not no_test, **given}
    where = spec or "softmax", data, out or Path("runs")
    if ensemble is not None:
        trained = _run_ensemble(*where, ensemble, as_json, parts)
        _tell(trained.student, as_json, trained)
    else:
        _tell(_run(*where, resume, trust, as_json, {**parts, "check": not no_check}), as_json)


def _run(
    spec: str,
    data: str | None,
    out: Path,
    resume: str | None,
    trust: bool,
    as_json: bool,
    settings: dict[str, Any],
) -> Run:
    from rich.console import Console

    from digitlab import experiment
    from digitlab.cli.interruption import ResumeHint
    from digitlab.trainable import threads_for
    from digitlab.training.progress import ProgressDisplay

    console = Console(stderr=as_json, highlight=False)
    with ResumeHint() as hint:
        listeners = [hint, ProgressDisplay(console)]
        if resume is not None:
            return experiment.resume(resume, trust=trust, listeners=listeners)
        threads = threads_for(spec)  # this process does this one training
        return experiment.train(spec, data, out=out, threads=threads, listeners=listeners, **settings)


def _run_ensemble(
    spec: str, data: str | None, out: Path, members: int, as_json: bool, settings: dict[str, Any]
) -> Ensemble:
    from rich.console import Console

    from digitlab.ensemble import train_ensemble
    from digitlab.trainable import threads_for
    from digitlab.training.progress import ProgressDisplay

    listeners = [ProgressDisplay(Console(stderr=as_json, highlight=False))]
    return train_ensemble(
        spec, data, members=members, out=out, threads=threads_for(spec), listeners=listeners, **settings
    )


def _tell(run: Run, as_json: bool, ensemble: Ensemble | None = None) -> None:
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
            "a resumed run keeps the settings that it was started with",
            found=", ".join(given),
            remedy="give --resume RUN alone, or start a new run without it",
        )
