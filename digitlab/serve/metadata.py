"""The metadata and health routes of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response

from digitlab.base.machine import versions
from digitlab.serve.models import Model, Models
from digitlab.serve.protocol import (
    DATATYPE,
    EXTENSIONS,
    INPUT,
    Live,
    ModelMetadata,
    ModelReady,
    Ready,
    ServerMetadata,
    TensorForm,
)

_NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Ready, "description": "Shutting down."}}


def metadata_routes(models: Models, is_stopping: Callable[[], bool]) -> APIRouter:
    """The routes; `is_stopping` says whether the service is shutting down."""
    router = APIRouter(prefix="/v2", tags=["protocol"])

    @router.get("")
    async def server() -> ServerMetadata:
        """The server and its version."""
        return ServerMetadata(name="digitlab", version=versions()["digitlab"], extensions=EXTENSIONS)

    @router.head("/health/live", include_in_schema=False)
    @router.get("/health/live")
    async def live() -> Live:
        """Whether the process runs."""
        return Live(live=True)

    @router.head("/health/ready", include_in_schema=False)
    @router.get("/health/ready", responses=_NOT_READY)
    async def ready(response: Response) -> Ready:
        """Whether requests are answered; no longer once a signal to stop arrives."""
        response.status_code = 503 if is_stopping() else 200
        return Ready(ready=not is_stopping())

    @router.get("/models/{name}")
    @router.get("/models/{name}/versions/{version}")
    async def model(name: str, version: str | None = None) -> ModelMetadata:
        """The inputs and outputs of a model."""
        return _described(models.get(name, version))

    @router.get("/models/{name}/ready")
    @router.get("/models/{name}/versions/{version}/ready")
    async def model_ready(name: str, version: str | None = None) -> ModelReady:
        """Whether a model answers requests."""
        return ModelReady(name=models.get(name, version).name, ready=True)

    return router


def _described(model: Model) -> ModelMetadata:
    classes = len(model.predictor.info.classes)
    return ModelMetadata(
        name=model.name,
        versions=[model.version],
        platform="onnxruntime_onnx",
        inputs=[TensorForm(name=INPUT, datatype=DATATYPE, shape=[-1, *model.predictor.info.image.shape])],
        outputs=[TensorForm(name=name, datatype="FP32", shape=[-1, classes]) for name in model.predictor.outputs],
    )
