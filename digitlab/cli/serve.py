"""digitlab serve: answers over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.options import each_newest, expanded

Bundles = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[BUNDLE…]",
        callback=each_newest,
        help="Bundles, runs (last: the newest), or robust (default), mlp:128, softmax.",
    ),
]


def serve(
    bundles: Bundles = None,
    host: Annotated[str, typer.Option(help="The address to listen at; others than this machine need a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="0 for any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes that share the port.")] = 1,
    token_file: Annotated[
        Path | None, typer.Option(callback=expanded, help="A file with the secret that requests must carry.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A name under which the service is reached; may be repeated.")
    ] = None,
    grace: Annotated[float, typer.Option(help="Seconds that requests get to end after SIGTERM.")] = 20.0,
) -> None:
    """Answer over HTTP: Open Inference Protocol and pictures.

    Needs no TensorFlow; logs go to standard error.
    """
    from digitlab.serve.signals import block_reloads

    block_reloads()  # before what takes long to load
    from digitlab.runtime.places import DEFAULT
    from digitlab.serve import workers as service
    from digitlab.serve.settings import ServeConfig

    config = ServeConfig.of_options(
        token_file=token_file,
        bundles=tuple(bundles or [DEFAULT]),
        host=host,
        port=port,
        workers=workers,
        grace=grace,
        allowed_hosts=tuple(allow_host or ()),
    )
    service.serve(config)
