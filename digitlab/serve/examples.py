"""The parts of the OpenAPI page that Python's types do not say: bodies that are bytes, and an example to try."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from digitlab.images.spec import MNIST
from digitlab.serve.answers import Problem
from digitlab.serve.edge import INFER_ROUTE
from digitlab.serve.models import Model
from digitlab.serve.protocol import InferRequest, InferResponse

_SCHEMAS = "#/components/schemas/"
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
_BYTES = {"schema": {"type": "string", "format": "binary"}}

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A picture as it is (PNG, JPEG, GIF, BMP, WEBP, TIFF), or a form with picture files.",
        "content": {
            "image/png": _BYTES,
            "image/jpeg": _BYTES,
            "application/octet-stream": _BYTES,
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"picture": _FILES}, "required": ["picture"]}
            },
        },
    }
}
REFUSALS = {
    400: "A part of the request cannot be used; «field» says which.",
    401: "The token is missing or another one.",
    413: "The body, a picture or a batch is too large.",
    429: "Too many requests are waiting; Retry-After says when to come back.",
    503: "This instance is stopping; Retry-After says when to come back.",
    504: "No answer was ready in time.",
}


def describe(app: FastAPI, model: Model) -> dict[str, Any]:
    """The whole OpenAPI document, inference included; `model` gives its example."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document["components"]["schemas"]
    for form in (InferRequest, InferResponse, Problem):
        schema = form.model_json_schema(ref_template=_SCHEMAS + "{model}")
        schemas |= schema.pop("$defs", {}) | {form.__name__: schema}
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own form, which is not what we answer
        schemas.pop(name, None)
    document["paths"][INFER_ROUTE] = {"post": _infer(model, versioned=False)}
    versioned = INFER_ROUTE.replace("/infer", "/versions/{version}/infer")
    document["paths"][versioned] = {"post": _infer(model, versioned=True)}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            for code, told in REFUSALS.items():
                operation["responses"].setdefault(str(code), {"description": told, **_json("Problem")})
    return document


def _infer(model: Model, *, versioned: bool) -> dict[str, Any]:
    names = ("name", "version") if versioned else ("name",)
    examples = {"name": model.name, "version": model.version}
    return {
        "tags": ["protocol"],
        "summary": "Infer",
        "operationId": "infer_version" if versioned else "infer",
        "description": "Images as the model takes them → what the network gives. Tensors may follow the JSON as bytes.",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": examples[name]}
            for name in names
        ],
        "requestBody": {"required": True, **_json("InferRequest", example=_example(model))},
        "responses": {"200": {"description": "The answer", **_json("InferResponse")}},
    }


def _example(model: Model) -> dict[str, Any]:
    image = model.predictor.bundle.golden.images[0]
    tensor: dict[str, Any] = {"name": "images", "shape": [1, *image.shape], "datatype": "UINT8"}
    if image.size <= MNIST.values:
        tensor["data"] = image.ravel().tolist()
    else:  # too many numbers for a page; they follow the JSON as bytes
        tensor["parameters"] = {"binary_data_size": image.size}
    return {"inputs": [tensor], "outputs": [{"name": "probabilities"}]}


def _json(form: str, **more: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": _SCHEMAS + form}, **more}}}
