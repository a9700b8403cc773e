"""The command `digitlab`: its subcommands, and what every one of them does with an error.

Exit codes: 0 done; 1 the answer is «no»; 2 wrong use or bad input; 3 it failed while running; 130 interrupted.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from digitlab.cli import compare, data, runs, train
from digitlab.errors import EXIT_INTERRUPTED, DigitlabError


class _Commands(TyperGroup):
    """Tells errors of ours in plain words instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DigitlabError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None


app = typer.Typer(
    name="digitlab",
    cls=_Commands,
    help="Train, compare, understand and check classifiers of handwritten digits.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # loading rich would double the time that --help takes
    pretty_exceptions_enable=False,
)
app.command("train")(train.train)
app.command("compare")(compare.compare)
app.add_typer(data.app, name="data")
app.add_typer(runs.app, name="runs")


def main() -> None:
    """Run the command line."""
    app()
