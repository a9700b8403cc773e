"""digitlab export: a run's model in formats that run without digitlab."""

from __future__ import annotations

from typing import Annotated

import typer

from digitlab.cli.options import Json, RunName, Trust
from digitlab.cli.printing import print_json, say


def export(
    run: RunName,
    trust: Trust = False,
    kind: Annotated[str, typer.Option("--format", help="onnx (a bundle), litert or saved-model.")] = "onnx",
    as_json: Json = False,
) -> None:
    """Write a run's model as ONNX, LiteRT or SavedModel.

    Only if it gives the same answers there.
    """
    from typing import cast

    from digitlab.experiments.session import Format
    from digitlab.experiments.train import export_run

    path = export_run(run, cast(Format, kind), trust=trust)
    if as_json:
        print_json({"format": kind, "path": str(path)})
    else:
        say(str(path))
