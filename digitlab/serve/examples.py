"""The parts of the OpenAPI document that types do not give: bodies that are bytes, errors, and an example to try."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from digitlab.images.formats import NAMES
from digitlab.images.spec import MNIST
from digitlab.serve.answers import Problem
from digitlab.serve.inference import INFER_ROUTE, VERSION_ROUTE
from digitlab.serve.models import Model

_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
_BYTES = {"schema": {"type": "string", "format": "binary"}}

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"The bytes of a picture ({NAMES}), or a form with picture files.",
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
ERRORS = {
    400: 'A part of the request is invalid; "field" names it.',
    401: "The token is missing or wrong.",
    413: "The body, a picture or a batch is too large.",
    429: "The server is overloaded; Retry-After says when to retry.",
    503: "This instance is shutting down; Retry-After says when to retry.",
    504: "The request timed out.",
}


def describe(app: FastAPI, model: Model) -> dict[str, Any]:
    """The OpenAPI document; `model` gives its example."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's form, which we do not answer
        schemas.pop(name, None)
    for path in (INFER_ROUTE, VERSION_ROUTE):
        operation = document["paths"][path]["post"]
        operation["requestBody"]["content"]["application/json"]["example"] = _example(model)
        for parameter in operation["parameters"]:
            parameter["example"] = model.name if parameter["name"] == "name" else model.version
    problem = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            for code, description in ERRORS.items():
                operation["responses"].setdefault(str(code), {"description": description, **problem})
    return document


def _example(model: Model) -> dict[str, Any]:
    image = model.predictor.bundle.golden.images[0]
    tensor: dict[str, Any] = {"name": "images", "shape": [1, *image.shape], "datatype": "UINT8"}
    if image.size <= MNIST.values:
        tensor["data"] = image.ravel().tolist()
    else:  # too many numbers for a page; they follow the JSON as bytes
        tensor["parameters"] = {"binary_data_size": image.size}
    return {"inputs": [tensor], "outputs": [{"name": "probabilities"}]}
