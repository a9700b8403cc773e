"""What answers all but inference, as a FastAPI application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from digitlab.base.machine import versions
from digitlab.serve.documentation import documentation_routes
from digitlab.serve.examples import describe
from digitlab.serve.lanes import Lane
from digitlab.serve.metadata import metadata_routes
from digitlab.serve.metrics import Metrics
from digitlab.serve.models import Models
from digitlab.serve.pictures import picture_routes
from digitlab.serve.preparing import Preparing
from digitlab.serve.refusals import as_refusal

_ABOUT = "Reads handwritten digits. Tensors go through the Open Inference Protocol, version 2; pictures through /v1."


def make_app(
    models: Models, lane: Lane, preparing: Preparing, metrics: Metrics, is_stopping: Callable[[], bool]
) -> FastAPI:
    """All routes but inference.

    Args:
        models: which answer.
        lane: the places of those who send pictures.
        preparing: the processes that open them.
        metrics: what `/metrics` shows.
        is_stopping: whether the service is about to end.
    """
    app = FastAPI(
        title="digitlab serve",
        description=_ABOUT,
        version=versions()["digitlab"],
        docs_url=None,  # ours needs no other servers
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _pass_on)
    app.add_exception_handler(Exception, _tell)
    app.include_router(metadata_routes(models, is_stopping))
    app.include_router(picture_routes(models, lane, preparing))
    app.include_router(documentation_routes())

    @app.get("/metrics", response_class=Response, tags=["operation"])
    async def numbers() -> Response:
        """Requests, times, batch sizes and bundles, for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    described: dict[str, dict[str, Any]] = {}  # by the version that gives the example; making one takes 0.1 s

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> dict[str, Any]:
        """The OpenAPI document."""
        model = models.get(models.first)
        if model.version not in described:
            described[model.version] = await asyncio.to_thread(describe, app, model)
        return described[model.version]

    return app


async def _pass_on(_: Request, error: Exception) -> NoReturn:
    """Errors of the framework become ours, told by `_tell` and counted at the edge."""
    raise as_refusal(error)


async def _tell(_: Request, error: Exception) -> JSONResponse:
    refusal = as_refusal(error)
    return JSONResponse(refusal.document, refusal.status, refusal.headers)
