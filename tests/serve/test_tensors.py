"""What is wrong with a request is told, with the field."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from digitlab.images.spec import MNIST, ImageSpec, spec_of
from digitlab.serve.http_errors import RequestError, as_http_error
from digitlab.serve.limits import MAX_IMAGES, MAX_TENSOR_BYTES
from digitlab.serve.tensors import parse_request, write_response
from tests.serve.tensors import as_bytes, as_json

OFFERED = ("probabilities", "evidence")
IMAGE = np.zeros((1, 28, 28), np.uint8)
TENSOR = {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8"}


def refused(body: bytes, header_length: bytes | None = None) -> RequestError:
    with pytest.raises((RequestError, ValidationError)) as caught:
        parse_request(body, header_length, OFFERED)
    return as_http_error(caught.value)


def request(tensor: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"inputs": [{**TENSOR, **tensor}], **more}).encode()


@given(images=arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(28), st.just(28))), binary=st.booleans())
def test_any_images_arrive_as_they_are(images: np.ndarray, binary: bool) -> None:
    if binary:
        body, headers = as_bytes(images)
        asked = parse_request(body, headers["Inference-Header-Content-Length"].encode(), OFFERED)
    else:
        asked = parse_request(as_json(images), None, OFFERED)
    np.testing.assert_array_equal(asked.images, images)
    assert (asked.outputs, asked.binary, asked.id) == (OFFERED, (False, False), None)


@pytest.mark.parametrize(
    ("tensor", "field", "found"),
    [
        ({"name": "image"}, "inputs.0.name", "'image'"),
        ({"datatype": "FP32"}, "inputs.0.datatype", "FP32"),
        ({"shape": [1, 28, 27]}, "inputs.0.shape", "[1, 28, 27]"),
        ({"shape": [784]}, "inputs.0.shape", "[784]"),
        ({"shape": []}, "inputs.0.shape", "[]"),
        ({"shape": [0, 28, 28]}, "inputs.0.shape", "[0, 28, 28]"),
        ({"shape": [MAX_IMAGES + 1, 28, 28]}, "inputs.0.shape", "[1025, 28, 28]"),
        ({"shape": [-1, 28, 28]}, "inputs.0.shape.0", "input should be greater than or equal to 0 (inputs.0.shape.0)"),
        ({"shape": ["1", 28, 28]}, "inputs.0.shape.0", "input should be a valid integer (inputs.0.shape.0)"),
        ({}, "inputs.0.data", "none"),
        ({"data": [0] * 783}, "inputs.0.data", "shape [783]"),
        ({"data": [[0] * 28] * 28}, "inputs.0.data", "shape [28, 28]"),
        ({"data": [[0] * 784]}, "inputs.0.data", "shape [1, 784]"),
        ({"data": [[0], [0] * 783]}, "inputs.0.data", "rows of different lengths"),
        ({"data": [0.5] * 784}, "inputs.0.data", "values of type float"),
        ({"data": ["0"] * 784}, "inputs.0.data", "values of type str"),
        ({"data": [True] + [0] * 783}, "inputs.0.data", "values of type bool"),
        ({"data": [None] * 784}, "inputs.0.data", "values of type NoneType"),
        ({"data": [{}] * 784}, "inputs.0.data", "values of type dict"),
        ({"data": ["x" * 100_000] + [0] * 783}, "inputs.0.data", "values of type str"),
        ({"data": [[0], 0]}, "inputs.0.data", "rows of different lengths"),
        ({"data": []}, "inputs.0.data", "shape [0]"),
        ({"data": [[]] * 784}, "inputs.0.data", "shape [784, 0]"),
        ({"data": [256] + [0] * 783}, "inputs.0.data", "numbers outside 0 to 255"),
        ({"data": [-1] + [0] * 783}, "inputs.0.data", "numbers outside 0 to 255"),
        ({"data": [2**70] + [0] * 783}, "inputs.0.data", "numbers outside 0 to 255"),
        ({"data": "0" * 784}, "inputs.0.data", "input should be a valid array (inputs.0.data)"),
        ({"parameters": {"binary_data_size": 784}}, "inputs.0.parameters.binary_data_size", "784, 0 bytes"),
        ({"parameters": {"binary_data_size": True}}, "inputs.0.parameters.binary_data_size", "True, 0 bytes"),
        ({"parameters": {"binary_data_size": 784}, "data": []}, "inputs.0.data", "both data and binary_data_size"),
        ({"parameters": {"shared_memory_region": "a"}}, "inputs.0.parameters", "shared_memory_region"),
        ({"color": 1}, "inputs.0.color", "extra inputs are not permitted (inputs.0.color)"),
    ],
)
def test_a_wrong_input_is_told_with_its_field(tensor: dict[str, Any], field: str, found: str) -> None:
    error = refused(request(tensor))
    assert (error.status, error.field) == (400, field)
    assert found in error.found
    assert error.problem in ("invalid input", "invalid request")


@pytest.mark.parametrize(
    ("tensor", "remedy"),
    [
        ({"name": "image"}, "the only input is images"),
        ({"datatype": "FP32"}, "send UINT8, from 0 to 255"),
        ({}, "send the pixels as numbers, or binary_data_size and their bytes"),
        ({"data": [0] * 783}, "send them flat or with the shape [1, 28, 28]"),
        ({"data": [[0], [0] * 783]}, "send them flat or all of the same length"),
        ({"data": [256] + [0] * 783}, "send integers from 0 to 255"),
        ({"parameters": {"shared_memory_region": "a"}}, "send the tensor itself"),
    ],
)
def test_what_to_send_instead_is_told(tensor: dict[str, Any], remedy: str) -> None:
    assert refused(request(tensor)).remedy == remedy


@pytest.mark.parametrize("piece", [b"[]", b"{}", b"[" * 100 + b"]" * 100, b'{"a":' * 100 + b"1" + b"}" * 100])
def test_more_lists_than_images_need_are_not_made(piece: bytes) -> None:
    """Half a million of them would keep Python from all others for half a second."""
    body = request({"data": []})[:-4] + b",".join([piece] * 5_000) + b"]}]}"
    lists = body.count(b"[") + body.count(b"{")
    error = refused(body)
    assert (error.status, error.field) == (400, "inputs.0.data")
    assert error.problem == "too many lists and objects in the JSON"
    assert error.found == f"{lists:,} in {len(body):,} bytes"
    assert error.remedy == "send the pixels flat or with the shape [N, 28, 28]"


@pytest.mark.parametrize("shape", [(600, 28, 28), (1_000, 2, 2), (120, 32, 32, 3)])
def test_as_many_images_in_nested_lists_as_a_body_holds_arrive(shape: tuple[int, ...]) -> None:
    images = np.zeros(shape, np.uint8)
    body = json.dumps({"inputs": [{**TENSOR, "shape": list(shape), "data": images.tolist()}]}, separators=(",", ":"))
    assert len(body) < MAX_TENSOR_BYTES
    assert np.array_equal(parse_request(body.encode(), None, OFFERED, spec_of(images) or MNIST).images, images)


@pytest.mark.parametrize(
    ("outputs", "field"),
    [
        ([{"name": "labels"}], "outputs.0.name"),
        ([{"name": "evidence"}, {"name": "evidence"}], "outputs.0.name"),
        ([{"name": "evidence", "parameters": {"classification": 3}}], "outputs.0.parameters"),
        ([], "outputs"),
        ([{"name": "evidence"}] * 9, "outputs"),
        ({}, "outputs"),
    ],
)
def test_a_wrong_output_is_told_with_its_field(outputs: Any, field: str) -> None:
    error = refused(request({"data": [0] * 784}, outputs=outputs))
    assert (error.status, error.field) == (400, field)
    assert error.problem == ("invalid request" if field == "outputs" else "unsupported output")


@pytest.mark.parametrize(
    ("body", "field"), [(b"[]", None), (b"1", None), (b"{}", "inputs"), (b'{"inputs": []}', "inputs")]
)
def test_a_body_of_another_form_is_told(body: bytes, field: str | None) -> None:
    error = refused(body)
    assert (error.status, error.field) == (400, field)


@pytest.mark.parametrize("length", [b"", b"-1", b"1e3", b"100000", b"9" * 30, b"\xff"])
def test_a_wrong_length_of_the_json_is_told(length: bytes) -> None:
    body, _ = as_bytes(IMAGE)
    error = refused(body, length)
    assert (error.field, error.problem) == ("inference-header-content-length", "invalid length of the JSON part")


def test_bytes_that_belong_to_nothing_are_told() -> None:
    body = as_json(IMAGE)
    assert refused(body + b"12", str(len(body)).encode()).document == {
        "error": "invalid input; found: 2 bytes that belong to no tensor; to do: give their number as binary_data_size",
        "field": "inputs.0.parameters",
    }


def test_a_client_may_ask_for_bytes_everywhere() -> None:
    asked = parse_request(request({"data": [0] * 784}, parameters={"binary_data_output": True}), None, OFFERED)
    results = [np.full((1, 10), value, np.float32) for value in (0.5, 2)]
    body, length = write_response(asked, results, "m", "v")
    assert json.loads(body[:length])["outputs"][1]["parameters"] == {"binary_data_size": 40}
    assert body[length:] == results[0].tobytes() + results[1].tobytes()


def test_images_of_another_form_are_taken_where_the_model_takes_them() -> None:
    spec = ImageSpec(height=2, width=3, channels=3)
    asked = parse_request(request({"shape": [2, 2, 3, 3], "data": list(range(36))}), None, OFFERED, spec)
    assert (asked.images.shape, asked.images[1, 1, 2].tolist()) == ((2, 2, 3, 3), [33, 34, 35])
    with pytest.raises(RequestError) as caught:
        parse_request(request({}), None, OFFERED, spec)
    assert caught.value.remedy == "send [N, 2, 3, 3] with N from 1 to 1024"
