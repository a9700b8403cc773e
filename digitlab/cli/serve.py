"""digitlab serve: predictions over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.options import BUNDLES, Host, Port, each_newest, expanded

Bundles = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[BUNDLE…]",
        callback=each_newest,
        help=f"Each {BUNDLES}.",
        show_default="robust",
    ),
]


def serve(
    bundles: Bundles = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="Processes that share the port.")] = 1,
    token_file: Annotated[
        Path | None, typer.Option(callback=expanded, help="File with the secret that requests must carry.")
    ] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="A host name of the service; repeatable.")] = None,
    grace: Annotated[float, typer.Option(help="Seconds to finish running requests after SIGTERM.")] = 20.0,
) -> None:
    """Serve over HTTP: Open Inference Protocol and pictures.

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
