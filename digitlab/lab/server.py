"""The lab page as a server on this machine; the one file that knows how NiceGUI is started."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import ui

from digitlab.errors import DigitlabError, UsageError
from digitlab.lab.answering import Answering
from digitlab.lab.guard import MOST_BYTES, Guard
from digitlab.lab.lesson import Lesson
from digitlab.lab.link import View
from digitlab.lab.page import Page
from digitlab.lab.panels.lesson import opening
from digitlab.lab.policy import Policy
from digitlab.lab.shelf import Shelf
from digitlab.lab.trainings import Trainings
from digitlab.lab.window import Lab
from digitlab.web.server import Server

SECONDS_TO_LEAVE = 1  # for what is under way when the server is stopped
SECONDS_TO_LOAD = 5.0  # the usual models take a second


def serve(
    folder: Path, host: str, port: int, token: str | None, lesson: Lesson | None, ready: Callable[[int], None]
) -> None:
    """Show the lab until somebody presses Ctrl-C.

    Args:
        folder: the one that holds the runs.
        host: the address to listen at.
        port: 0 for one that is free.
        token: what strangers must know; None: nothing.
        lesson: the sheet beside the panels.
        ready: called with the port when the page can be opened.

    Raises:
        UsageError: the address cannot be had.
        KeyboardInterrupt: it was stopped.
    """
    shelf = Shelf(folder)
    lab = Lab(folder, shelf, Answering(shelf), Trainings(folder), lesson)
    listening = _listen(host, port)
    server = _Server(
        Policy(Guard(_application(lab), host, token)),
        log_level="warning",
        ws_max_size=MOST_BYTES,
        timeout_graceful_shutdown=SECONDS_TO_LEAVE,
    )
    loading = threading.Thread(target=_load, args=(shelf,), daemon=True)
    server.when_started = lambda: _started(loading, listening, ready)
    try:
        server.run(sockets=[listening])
    finally:
        if loading.is_alive():  # Python must not end in the middle of it: onnxruntime would abort the process
            loading.join(SECONDS_TO_LOAD)


class _Server(Server):
    """Says when it is there."""

    when_started: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.when_started()


def _application(lab: Lab) -> FastAPI:
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    application.add_route("/lab/answer", lab.answering.answer, methods=["POST"])
    application.add_route("/lab/picture", lab.answering.open_picture, methods=["POST"])

    @ui.page("/")
    def _page(request: Request) -> None:
        query = dict(request.query_params)
        Page(lab, opening(lab.lesson, query) if lab.lesson else View.of(query)).build()

    ui.run_with(
        application,
        title="digitlab",
        language="en-US",
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=30,
    )
    return application


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"the lab cannot listen at {host}, port {port}",
            found=getattr(error, "strerror", None) or str(error),
            remedy="give another --port, or --port 0 for one that is free",
        ) from None


def _started(loading: threading.Thread, listening: socket.socket, ready: Callable[[int], None]) -> None:
    ready(listening.getsockname()[1])
    loading.start()


def _load(shelf: Shelf) -> None:
    """Have the usual models ready before the first stroke."""
    for name in View().models:
        with suppress(DigitlabError):  # told to who asks for it
            shelf.predictor(name)
