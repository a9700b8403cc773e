"""digitlab lab: the page on which one draws, sees why, trains, and looks at mistakes."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.browser import open_page
from digitlab.cli.options import expanded
from digitlab.cli.printing import say

PORT = 8028


def lab(
    out: Annotated[Path, typer.Option(callback=expanded, help="The folder that holds the runs.")] = Path("runs"),
    lesson: Annotated[
        Path | None, typer.Option(callback=expanded, help="A sheet in Markdown, shown beside the panels step by step.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen at; others than this machine need a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="0 for one that is free.")] = PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Open the lab page: draw, see why, train, compare."""
    from digitlab.lab.lesson import read_lesson
    from digitlab.lab.server import serve
    from digitlab.web.access import is_loopback

    token = None if is_loopback(host) else secrets.token_urlsafe(16)

    def ready(port: int) -> None:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{port}/" + (f"?token={token}" if token else "")
        say(f"The lab is at {address}", "Ctrl-C ends it; trainings go on.")
        if not no_browser:
            threading.Thread(target=open_page, args=(address,), daemon=True).start()  # it waits for the browser

    serve(out, host, port, token, read_lesson(lesson) if lesson else None, ready)
