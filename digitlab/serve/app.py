"""All routes of the service, as one FastAPI application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from digitlab.base.machine import versions
from digitlab.serve.documentation import documentation_routes
from digitlab.serve.examples import describe
from digitlab.serve.http_errors import as_http_error
from digitlab.serve.inference import Inference
from digitlab.serve.metadata import metadata_routes
from digitlab.serve.metrics import Metrics
from digitlab.serve.models import Models

_ABOUT = "Classifies images: tensors by the Open Inference Protocol, version 2; pictures of any size by /v1."


def make_app(
    models: Models, inference: Inference, pictures: APIRouter, metrics: Metrics, is_stopping: Callable[[], bool]
) -> FastAPI:
    """The application; `pictures` are the routes of `/v1`, and `is_stopping` says whether the service shuts down."""
    app = FastAPI(
        title="digitlab serve",
        description=_ABOUT,
        version=versions()["digitlab"],
        docs_url=None,  # ours loads nothing from other servers
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _pass_on)
    app.add_exception_handler(Exception, _answer_error)
    app.router.routes.extend(inference.routes)
    app.include_router(metadata_routes(models, is_stopping))
    app.include_router(pictures)
    app.include_router(documentation_routes())

    @app.get("/metrics", response_class=Response, tags=["operation"])
    async def numbers() -> Response:
        """Requests, times, batch sizes and bundles, for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    documents: dict[str, dict[str, Any]] = {}  # by the version that gives the example; making one takes 0.1 s

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> dict[str, Any]:
        """The OpenAPI document."""
        model = models.get(models.first)
        if model.version not in documents:
            documents[model.version] = await asyncio.to_thread(describe, app, model)
        return documents[model.version]

    return app


async def _pass_on(_: Request, error: Exception) -> NoReturn:
    """Errors of the framework become ours, answered by `_answer_error` and counted at the edge."""
    raise as_http_error(error)


async def _answer_error(_: Request, error: Exception) -> JSONResponse:
    http_error = as_http_error(error)
    return JSONResponse(http_error.document, http_error.status, http_error.headers)
