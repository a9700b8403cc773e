"""digitlab lab: the page to draw, see why, train, and look at mistakes."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.browser import open_page
from digitlab.cli.options import Host, Port, RunsFolder, expanded
from digitlab.cli.printing import say

PORT = 8028


def lab(
    out: RunsFolder = Path("runs"),
    lesson: Annotated[
        Path | None,
        typer.Option(callback=expanded, help="A lab sheet in Markdown, shown beside the panels."),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = PORT,
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
        say(f"The lab is at {address}", "Ctrl-C ends it; trainings continue.")
        if not no_browser:
            threading.Thread(target=open_page, args=(address,), daemon=True).start()  # it waits for the browser

    serve(out, host, port, token, read_lesson(lesson) if lesson else None, ready)
