"""The lab page as a server on this machine; the one file that knows how NiceGUI is started."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import ui

from digitlab.errors import DigitlabError
from digitlab.lab.answering import Answering
from digitlab.lab.guard import MAX_BYTES, Guard
from digitlab.lab.lesson import Lesson
from digitlab.lab.link import View
from digitlab.lab.model_cache import ModelCache
from digitlab.lab.page import Page
from digitlab.lab.panels.lesson import opening
from digitlab.lab.policy import Policy
from digitlab.lab.trainings import Trainings
from digitlab.lab.window import Lab
from digitlab.web.server import Server
from digitlab.web.socket import listening

SECONDS_TO_LEAVE = 1  # for requests in flight when the server is stopped
SECONDS_TO_LOAD = 5.0  # the default models take a second


def serve(
    folder: Path, host: str, port: int, token: str | None, lesson: Lesson | None, ready: Callable[[int], None]
) -> None:
    """Show the lab until Ctrl-C.

    Args:
        folder: of the runs.
        host: the address to listen at.
        port: 0 for a free one.
        token: the secret that clients must send; None: none is required.
        lesson: the sheet beside the panels.
        ready: called with the port when the page can be opened.

    Raises:
        UsageError: the address cannot be used.
        KeyboardInterrupt: Ctrl-C.
    """
    models = ModelCache(folder)
    lab = Lab(folder, models, Answering(models), Trainings(folder), lesson)
    listener = listening(host, port)

    def load() -> None:
        for name in View().models:
            with suppress(DigitlabError):  # shown when the model is used
                models.predictor(name)

    loading = threading.Thread(target=load, daemon=True)  # of the default models, before the first stroke

    def started() -> None:
        ready(listener.getsockname()[1])
        loading.start()

    server = Server(
        Policy(Guard(_application(lab), host, token)),
        on_started=started,
        log_level="warning",
        ws_max_size=MAX_BYTES,
        timeout_graceful_shutdown=SECONDS_TO_LEAVE,
    )
    try:
        server.run(sockets=[listener])
    finally:
        if loading.is_alive():  # Python must not end meanwhile: onnxruntime would abort the process
            loading.join(SECONDS_TO_LOAD)


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
