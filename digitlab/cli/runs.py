"""digitlab runs: earlier trainings and their reports."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.cli.browser import open_page
from digitlab.cli.options import Json, RunName, RunsFolder, expanded
from digitlab.cli.printing import print_json, print_table, say
from digitlab.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Collection

    from digitlab.runs.directory import RunDirectory
    from digitlab.runs.run import Run

app = typer.Typer(help="List, show and open runs.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_runs(out: RunsFolder = Path("runs"), as_json: Json = False) -> None:
    """List the runs, oldest first."""
    from digitlab.runs import catalog

    runs, damaged = catalog.read_runs(out)
    if damaged:
        say(f"Skipped damaged runs: {', '.join(path.name for path in damaged)}", err=True)
    if as_json:
        print_json([_summary(run) for run in runs])
        return
    if not runs:
        say(f"No runs in {out} yet.  Start one: digitlab train softmax")
        return
    print_table(("run", "data", "epochs", "test accuracy (95%)"), [_row(run) for run in runs])


@app.command("show")
def show(name: RunName, out: RunsFolder = Path("runs"), as_json: Json = False) -> None:
    """Show the settings, history and result of a run."""
    from digitlab.runs import catalog

    run = catalog.find_run(name, out).read()
    if as_json:
        result = run.result.model_dump() if run.result else None
        history = [record.model_dump() for record in run.history]
        print_json({"info": run.info.model_dump(), "state": run.state, "history": history, "result": result})
        return
    say(*run.describe().split("\n"))
    if run.state not in ("running", "done"):
        say(f"Resume with: digitlab train --resume {shlex.quote(str(run.path))}")


@app.command("open")
def open_report(name: RunName, out: RunsFolder = Path("runs"), as_json: Json = False) -> None:
    """Open the report of a run in the browser."""
    from digitlab.runs import catalog

    directory = catalog.find_run(name, out)
    report = directory.report_file
    if not report.exists():
        raise directory.missing(report)
    opened = open_page(report.resolve().as_uri())
    if as_json:
        print_json({"report": str(report)})
    elif opened:
        say(str(report))
    if not opened:
        say(f"No browser found; open this file yourself: {report}", err=True)


@app.command("export")
def export_runs(
    tracker: Annotated[str, typer.Argument(metavar="TRACKER", help="csv, mlflow or tensorboard.")],
    to: Annotated[Path, typer.Option("--to", callback=expanded, help="The folder to write into.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]…", help="Run folders or names.", show_default="all runs")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until these trainings have ended.")] = False,
    out: RunsFolder = Path("runs"),
    as_json: Json = False,
) -> None:
    """Write settings, history and results of runs for another tool.

    A second export brings up to date what stands there.
    """
    from digitlab.runs import catalog
    from digitlab.trackers.exporting import export

    named = [catalog.find_run(name, out) for name in names or ()]
    directories = {directory.path.resolve(): directory for directory in named}.values()  # each once
    if follow:
        say("Exporting after each epoch until the trainings have ended; Ctrl-C ends it before.", err=True)
    runs = export(tracker, lambda: _selected(directories, out, follow), to, follow=follow)
    if as_json:
        print_json({"tracker": tracker, "to": str(to), "runs": [str(run.path) for run in runs]})
    else:
        say(f"Exported {len(runs)} run{'s' * (len(runs) != 1)} to {to}")


def _selected(directories: Collection[RunDirectory], out: Path, follow: bool) -> list[Run]:
    """These runs as they stand, or all in `out` that have a complete epoch or may soon have one."""
    from digitlab.runs import catalog

    if directories:
        return [directory.read() for directory in directories]
    runs = [run for run in catalog.list_runs(out) if run.history or (follow and run.active)]
    if not runs:
        raise RunError(
            f"there is no run with a complete epoch in {out}",
            found="no runs",
            remedy="make one: digitlab train softmax",
        )
    return runs


def _summary(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.path),
        "recipe": run.info.config.recipe,
        "dataset": run.info.dataset.name,
        "status": run.state,
        "epochs": len(run.history),
        "seed": run.info.config.training.seed,
        "test_accuracy": run.result.test_accuracy if run.result else None,
        "test_interval": list(run.result.test_interval) if run.result else None,
        "test_looks": run.info.test_looks,
        "seconds": run.seconds,
    }


def _row(run: Run) -> tuple[str, ...]:
    epochs = str(len(run.history))
    if run.info.status != "done":
        epochs += f" of {run.info.config.training.epochs}, {run.state}"
    return run.path.name, run.info.dataset.short_name, epochs, run.result.sentence if run.result else "–"
