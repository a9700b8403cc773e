"""Tensors between HTTP and NumPy: as JSON, or as bytes behind the JSON (the binary tensor extension).

With the extension, the header `inference-header-content-length` is the length of the JSON, and the parameter
`binary_data_size` of the input the number of its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from digitlab.images.spec import MNIST, ImageSpec
from digitlab.serve.http_errors import RequestError
from digitlab.serve.limits import MAX_IMAGES
from digitlab.serve.protocol import DATATYPE, INPUT, InferRequest, InputTensor

HEADER_LENGTH = b"inference-header-content-length"
MAX_LISTS = 1_024  # beside those of the pixels
# On other servers these change the meaning of the request.
_UNSUPPORTED = {"classification", "shared_memory_region"}


@dataclass(frozen=True)
class ParsedRequest:
    """A valid request."""

    images: NDArray[np.uint8]  # [N, *shape]
    outputs: tuple[str, ...]
    binary: tuple[bool, ...]  # for each output
    id: str | None


def parse_request(
    body: bytes, json_length: bytes | None, offered: tuple[str, ...], spec: ImageSpec = MNIST
) -> ParsedRequest:
    """Parse a request of the protocol.

    Args:
        body: JSON, followed by bytes where the extension is used.
        json_length: the header with the length of the JSON.
        offered: the outputs of the model.
        spec: of the images that it takes.

    Raises:
        RequestError: it is invalid, with the field.
        ValidationError: the same, found by pydantic.
    """
    end = len(body) if json_length is None else _end(json_length, len(body))
    _refuse_many_lists(body[:end], spec)
    request = InferRequest.model_validate_json(body[:end])
    images = _images(request.inputs[0], body[end:], spec)
    if request.outputs is None:
        wanted = offered
        flags = (request.parameters.get("binary_data_output") is True,) * len(offered)
    else:
        wanted = tuple(output.name for output in request.outputs)
        flags = tuple(output.parameters.get("binary_data") is True for output in request.outputs)
        _refuse_other_outputs(request, wanted, offered)
    return ParsedRequest(images, wanted, flags, request.id)


def write_response(
    request: ParsedRequest, results: list[NDArray[np.float32]], model: str, version: str
) -> tuple[bytes, int | None]:
    """The body of the answer, and the length of its JSON where bytes follow.

    Args:
        request: what was asked for.
        results: one array [N, classes] for each output.
        model: its name.
        version: its fingerprint.
    """
    outputs: list[dict[str, Any]] = []
    tail = []
    for name, binary, result in zip(request.outputs, request.binary, results, strict=True):
        output: dict[str, Any] = {"name": name, "datatype": "FP32", "shape": list(result.shape)}
        if binary:
            tail.append(result.astype("<f4", copy=False).tobytes())
            output["parameters"] = {"binary_data_size": len(tail[-1])}
        else:
            output["data"] = result.ravel().tolist()
        outputs.append(output)
    document: dict[str, Any] = {"model_name": model, "model_version": version, "outputs": outputs}
    if request.id is not None:
        document["id"] = request.id
    head = to_json(document, inf_nan_mode="null")  # JSON has no NaN
    return b"".join([head, *tail]), len(head) if tail else None


def _end(json_length: bytes, body_length: int) -> int:
    if json_length.isdigit() and len(json_length) < 10 and int(json_length) <= body_length:
        return int(json_length)
    raise RequestError(
        400,
        "invalid length of the JSON part",
        found=f"{json_length[:20].decode('latin-1')} of {body_length} bytes",
        remedy="send the number of bytes of the JSON before the tensors",
        field="inference-header-content-length",
    )


def _refuse_many_lists(head: bytes, spec: ImageSpec) -> None:
    """Each takes a microsecond or two, in which no other thread runs: half a million of them fit into a body."""
    lists = head.count(b"[") + head.count(b"{")
    per_image = 1 + spec.height + (spec.height * spec.width if spec.channels > 1 else 0)
    max_images = len(head) // (2 * spec.values)  # at least a digit and a comma for each value
    if lists > MAX_LISTS + max_images * per_image:
        raise RequestError(
            400,
            "too many lists and objects in the JSON",
            found=f"{lists:,} in {len(head):,} bytes",
            remedy=f"send the pixels flat or with the shape {spec.batch_shape}",
            field="inputs.0.data",
        )


def _images(tensor: InputTensor, tail: bytes, spec: ImageSpec) -> NDArray[np.uint8]:
    """Uint8 [N, *shape]."""
    if tensor.name != INPUT:
        _invalid("name", f"'{tensor.name}'", f"the only input is {INPUT}")
    if tensor.datatype != DATATYPE:
        _invalid("datatype", tensor.datatype, f"send {DATATYPE}, from 0 to 255")
    if tensor.shape[1:] != [*spec.shape] or not 1 <= tensor.shape[0] <= MAX_IMAGES:
        _invalid("shape", str(tensor.shape), f"send {spec.batch_shape} with N from 1 to {MAX_IMAGES}")
    if not _UNSUPPORTED.isdisjoint(tensor.parameters):
        _invalid("parameters", ", ".join(_UNSUPPORTED & tensor.parameters.keys()), "send the tensor itself")
    return (_from_bytes if "binary_data_size" in tensor.parameters else _from_list)(tensor, tail, spec.values)


def _from_bytes(tensor: InputTensor, tail: bytes, row: int) -> NDArray[np.uint8]:
    size = tensor.parameters["binary_data_size"]
    if tensor.data is not None:
        _invalid("data", "both data and binary_data_size", "send one of them")
    if isinstance(size, bool) or not size == len(tail) == tensor.shape[0] * row:
        found = f"binary_data_size {size}, {len(tail)} bytes, shape {tensor.shape}"
        _invalid("parameters.binary_data_size", found, f"send {row} bytes for each image")
    return np.frombuffer(tail, np.uint8).reshape(tensor.shape)


def _from_list(tensor: InputTensor, tail: bytes, row: int) -> NDArray[np.uint8]:
    if tail:
        _invalid("parameters", f"{len(tail)} bytes that belong to no tensor", "give their number as binary_data_size")
    if tensor.data is None:
        _invalid("data", "none", "send the pixels as numbers, or binary_data_size and their bytes")
    shape, values = _flat(tensor.data)
    if shape not in (tensor.shape, [tensor.shape[0] * row]):
        _invalid("data", f"shape {shape}", f"send them flat or with the shape {tensor.shape}")
    kinds = {type(value).__name__ for value in values} - {"int"}
    if kinds:
        _invalid("data", f"values of type {', '.join(sorted(kinds))}", "send integers from 0 to 255")
    try:
        content = bytes(values)
    except ValueError:
        _invalid("data", "numbers outside 0 to 255", "send integers from 0 to 255")
    return np.frombuffer(content, np.uint8).reshape(tensor.shape)


def _flat(values: list[Any]) -> tuple[list[int], list[Any]]:
    """The shape of nested lists, and their values, of whatever type."""
    shape = [len(values)]
    while values and isinstance(values[0], list):
        lengths = {len(value) if isinstance(value, list) else None for value in values}
        if len(lengths) > 1:
            _invalid("data", "rows of different lengths", "send them flat or all of the same length")
        shape.append(len(values[0]))
        values = list(chain.from_iterable(values))
    return shape, values


def _invalid(field: str, found: str, remedy: str) -> NoReturn:
    raise RequestError(400, "invalid input", found=found[:200], remedy=remedy, field=f"inputs.0.{field}")


def _refuse_other_outputs(request: InferRequest, wanted: tuple[str, ...], offered: tuple[str, ...]) -> None:
    for index, output in enumerate(request.outputs or []):
        field, found = f"outputs.{index}", None
        if output.name not in offered or wanted.count(output.name) > 1:
            field, found = f"{field}.name", f"'{output.name}'"
        elif not _UNSUPPORTED.isdisjoint(output.parameters):
            field, found = f"{field}.parameters", ", ".join(_UNSUPPORTED & output.parameters.keys())
        if found:
            remedy = f"ask for {' or '.join(offered)}, once each, as tensors"
            raise RequestError(400, "unsupported output", found=found, remedy=remedy, field=field)
