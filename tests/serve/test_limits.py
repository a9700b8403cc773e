"""Every limit, at it and one beyond, with a declared length and in chunks."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from digitlab.serve import limits
from digitlab.web import limits as web
from tests.serve.running import Answer, Service
from tests.serve.tensors import as_bytes, as_json
from tests.serve.test_pictures import form

INFER = "/v2/models/softmax/infer"


def padded(body: bytes, size: int) -> bytes:
    """The same JSON, `size` bytes long."""
    return body + b" " * (size - len(body))


def in_chunks(service: Service, path: str, body: bytes, chunk: int) -> Answer:
    def parts() -> Iterator[bytes]:
        for first in range(0, len(body), chunk):
            yield body[first : first + chunk]

    return service.ask("POST", path, parts())


@pytest.mark.parametrize("chunk", [None, 60_000])
def test_a_body_with_tensors_has_at_most_a_mebibyte(service: Service, images: np.ndarray, chunk: int | None) -> None:
    codes = []
    for size in (limits.MAX_TENSOR_BYTES, limits.MAX_TENSOR_BYTES + 1):
        body = padded(as_json(images[:1]), size)
        answer = service.ask("POST", INFER, body) if chunk is None else in_chunks(service, INFER, body, chunk)
        codes.append(answer.status)
    assert codes == [200, 413]
    assert answer.document["error"].startswith("the body is too large; found: more than 1 MiB; to do: send less")


@pytest.mark.parametrize("chunk", [None, 60_000])
def test_a_body_with_pictures_has_at_most_ten(service: Service, chunk: int | None) -> None:
    stream = io.BytesIO()
    Image.new("L", (50, 50), 255).save(stream, "bmp")
    codes = []
    for size in (limits.MAX_PICTURE_BYTES, limits.MAX_PICTURE_BYTES + 1):
        body = stream.getvalue() + bytes(size - len(stream.getvalue()))
        answer = service.ask("POST", "/v1/predict", body) if chunk is None else in_chunks(
            service, "/v1/predict", body, chunk
        )  # fmt: skip
        codes.append(answer.status)
    assert codes == [200, 413]


def test_a_batch_has_at_most_1024_images(service: Service) -> None:
    codes = []
    for count in (limits.MAX_IMAGES, limits.MAX_IMAGES + 1):
        body, headers = as_bytes(np.zeros((count, 28, 28), np.uint8), outputs=[{"name": "probabilities"}])
        answer = service.ask("POST", INFER, body, headers)
        codes.append(answer.status)
    assert codes == [200, 400]
    assert answer.document["field"] == "inputs.0.shape"


@pytest.mark.parametrize(("size", "code"), [((5000, 4000), 200), ((5001, 4000), 413)])
def test_a_picture_has_at_most_20_megapixels(service: Service, size: tuple[int, int], code: int) -> None:
    stream = io.BytesIO()
    Image.new("1", size, 1).save(stream, "png")
    answer = service.ask("POST", "/v1/predict", stream.getvalue())
    assert answer.status == code
    if code == 413:
        assert answer.document == {
            "error": "the picture is too large; found: 5,001×4,000 pixels; "
            "to do: reduce it to at most 20 million pixels",
            "field": "picture.0",
        }


def test_the_pictures_of_a_request_have_at_most_64_megapixels_before_the_last(service: Service) -> None:
    stream = io.BytesIO()
    Image.new("1", (5_000, 4_000), 1).save(stream, "png")
    answer = form(service, "/v1/predict", [("a.png", stream.getvalue())] * 5)
    assert (answer.status, answer.document) == (
        413,
        {
            "error": "the pictures are too large together; found: 5 pictures with more than 64 million pixels; "
            "to do: send fewer at once, or smaller ones",
            "field": "picture.4",
        },
    )


@pytest.mark.parametrize(("count", "code"), [(web.MAX_CHUNKS - 1, b"200"), (65_537, b"400")])
def test_many_tiny_chunks_do_no_harm(service: Service, images: np.ndarray, count: int, code: bytes) -> None:
    body = padded(as_json(images[:1]), count)
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(f"POST {INFER} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
        try:
            connection.sendall(chunks)
        except ConnectionError:
            assert code == b"400"
        received = connection.recv(1000) if code == b"200" else b"HTTP/1.1 400"
    assert received.startswith(b"HTTP/1.1 " + code)
    assert service.get("/v2/health/ready").status == 200


def answer_to(service: Service, *parts: bytes) -> bytes:
    """All that comes back for bytes that are sent one after the other, until the connection ends."""
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(0.01)  # so that they arrive one by one
            while part := connection.recv(10_000):
                received += part
        except ConnectionError:
            pass
    return received


def test_headers_without_end_are_cut_off(service: Service) -> None:
    line = b"x: " + b"y" * 30_000 + b"\r\n"
    assert b" 400 " in answer_to(service, b"GET /v2 HTTP/1.1\r\n", line, line, line, line).split(b"\r\n")[0]
    assert b" 400 " in answer_to(service, b"no HTTP at all\r\n\r\n")


def test_a_packed_body_is_refused(service: Service) -> None:
    answer = service.ask("POST", INFER, b"\x1f\x8b", {"Content-Encoding": "gzip"})
    assert (answer.status, answer.document["error"]) == (
        415,
        "compressed request bodies are not supported; found: a content-encoding; to do: send the body uncompressed",
    )
