"""The command `digitlab`: its subcommands, and what all of them do on an error.

Exit codes: 0 done; 1 the answer is "no"; 2 wrong use or bad input; 3 failed while running; 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from digitlab.cli import check, compare, data, explain, export, lab, predict, recipes, runs, serve, train
from digitlab.cli.printing import accept_every_character, forget_output, open_closed_streams, say, say_error
from digitlab.errors import EXIT_INTERRUPTED, DigitlabError, in_words

EXIT_BROKEN_PIPE = 141  # what a shell reports when the reader of a pipe is gone


class _Commands(TyperGroup):
    """Prints errors in words instead of a traceback."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except Exception as error:
            if os.environ.get("DIGITLAB_TRACEBACK"):
                raise
            told = error if isinstance(error, DigitlabError) else _unexpected(error)
            say_error(told)
            sys.exit(told.exit_code)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DigitlabError as error:
            say_error(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            say("Stopped.", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            forget_output()
            raise typer.Exit(EXIT_BROKEN_PIPE) from None


def _unexpected(error: Exception) -> DigitlabError:
    """An error that digitlab does not raise itself."""
    found = in_words(error, 500)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & {"MemoryError", "ResourceExhaustedError"}:  # the second is TensorFlow's, which is not imported here
        return DigitlabError("out of memory", found=found, remedy="give a smaller --batch-size or a smaller model")
    return DigitlabError(
        "unexpected error (this is a bug in digitlab)",
        found=found,
        remedy="report it with your command; DIGITLAB_TRACEBACK=1 shows the traceback",
    )


app = typer.Typer(
    name="digitlab",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # loading rich would double the time that --help takes
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"digitlab {version('digitlab')}")
        raise typer.Exit


@app.callback()
def digitlab(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train, compare, understand and check image classifiers, from MNIST on."""


app.command("train")(train.train)
app.command("recipes")(recipes.recipes)
app.command("compare")(compare.compare)
app.command("check")(check.check)
app.command("predict")(predict.predict)
app.command("explain")(explain.explain)
app.command("export")(export.export)
app.command("lab")(lab.lab)
app.command("serve")(serve.serve)
app.add_typer(data.app, name="data")
app.add_typer(runs.app, name="runs")


def main() -> None:
    """Run the command line."""
    open_closed_streams()
    accept_every_character()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what schedulers send: as Ctrl-C, so that runs are kept
    app()
