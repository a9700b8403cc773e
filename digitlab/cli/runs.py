"""digitlab runs: what earlier trainings left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from digitlab.runs.run import Run

app = typer.Typer(help="List, show and open runs.", no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[Path, typer.Option("--out", help="The folder that holds the runs.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, its name, or «last».")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command("list")
def list_runs(out: Folder = Path("runs"), as_json: Json = False) -> None:
    """List the runs, the oldest first."""
    from digitlab.runs import catalog

    runs = catalog.list_runs(out)
    if as_json:
        typer.echo(json.dumps([_summary(run) for run in runs], indent=2))
        return
    if not runs:
        typer.echo(f"No runs in {out} yet.  Make one: digitlab train softmax")
        return
    _print_table(runs)


@app.command("show")
def show(name: RunName, out: Folder = Path("runs"), as_json: Json = False) -> None:
    """Show the settings, the history and the result of a run."""
    from digitlab.runs import catalog

    run = catalog.find_run(name, out).read()
    if as_json:
        result = run.result.model_dump() if run.result else None
        history = [record.model_dump() for record in run.history]
        typer.echo(json.dumps({"info": run.info.model_dump(), "history": history, "result": result}, indent=2))
        return
    typer.echo(run.describe())


@app.command("open")
def open_report(name: RunName, out: Folder = Path("runs")) -> None:
    """Open the report of a run in the browser."""
    from digitlab.errors import RunError
    from digitlab.runs import catalog

    run = catalog.find_run(name, out).read()
    if not run.report.exists():
        raise RunError(
            f"{run.path} has no report",
            found=f"a run that is {run.info.status}",
            remedy=f"finish it: digitlab train --resume {run.path}",
        )
    typer.echo(str(run.report))
    typer.launch(run.report.resolve().as_uri())


def _summary(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.path),
        "recipe": run.info.config.recipe,
        "dataset": run.info.dataset.name,
        "status": run.info.status,
        "epochs": len(run.history),
        "seed": run.info.config.training.seed,
        "test_accuracy": run.result.test_accuracy if run.result else None,
        "test_interval": list(run.result.test_interval) if run.result else None,
        "test_looks": run.info.test_looks,
        "seconds": run.seconds,
    }


def _print_table(runs: list[Run]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("run", "data", "epochs", "test accuracy (95%)"):
        table.add_column(column, no_wrap=column != "epochs", overflow="fold")
    for run in runs:
        table.add_row(
            run.path.name,
            Path(run.info.dataset.name).name,
            _progress(run),
            run.result.sentence if run.result else "–",
        )
    Console(highlight=False).print(table)


def _progress(run: Run) -> str:
    if run.info.status == "done":
        return str(len(run.history))
    return f"{len(run.history)} of {run.info.config.training.epochs}, {run.info.status}"
