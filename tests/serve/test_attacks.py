"""Small requests that once stopped the service or filled its memory."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from tests.serve.attacking import JSON, MIB, connected, flood, head, processor_seconds, received, resident
from tests.serve.running import Service
from tests.serve.tensors import as_json

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at the process in /proc")

INFER = "/v2/models/softmax/infer"
CHUNKED = "Transfer-Encoding: chunked"
TENSOR = b'{"inputs":[{"name":"images","shape":[1,28,28],"datatype":"UINT8","data":['
BODIES = {
    "a text without end": b"[]" * 17 + b'"' + b'\\"' * MIB,
    "brackets": b"[" * MIB,
    "braces": b'{"a":' * MIB,
    "a whole number": b'{"id":' + b"1" * MIB,
    "a fraction": b"[0." + b"1" * MIB,
    "many keys": b"{" + b",".join(b'"%x":1' % key for key in range(120_000)),
    "one key many times": b"{" + b'"a":1,' * 180_000,
    "many parameters": b'{"parameters":{' + b",".join(b'"%x":[]' % key for key in range(120_000)),
    "many inputs": b'{"inputs":[' + b"[]," * MIB,
    "many lists": TENSOR + b"[]," * MIB,
}


def whole(body: bytes, size: int) -> bytes:
    """`size` bytes of it, ended as JSON where it is an object cut off behind a comma."""
    cut = body[: size - 2]
    return cut[: cut.rfind(b",")] + b"}}" if body.startswith(b"{") and b"," in cut else cut


@pytest.mark.parametrize("size", [12_000, MIB])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_json_takes_longer_than_its_length(service: Service, body: bytes, size: int) -> None:
    before = processor_seconds(service.process.pid)
    answer = service.ask("POST", INFER, whole(body, size), {"Content-Type": JSON})
    assert answer.status == 400
    assert set(answer.document) <= {"error", "field"}
    assert processor_seconds(service.process.pid) - before < 0.2 + 2 * size / MIB


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"[" * 1_000, "recursion limit exceeded at line 1 column 202"),
        (b'{"id": "a', "EOF while parsing a string at line 1 column 9"),
        (b'"\\ud800"', "unexpected end of hex escape at line 1 column 8"),
        (b"\xff\xfe\x00", "expected value at line 1 column 1"),
    ],
)
def test_what_is_no_json_is_told(service: Service, body: bytes, found: str) -> None:
    answer = service.ask("POST", INFER, body)
    assert (answer.status, answer.document) == (
        400,
        {
            "error": f"invalid JSON; found: {found}; "
            "to do: send one JSON object, nested no deeper than the protocol needs"
        },
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(service: Service, number: str) -> None:
    for body in (TENSOR + f"{number}]}}]}}".encode(), f'{{"inputs":[], "parameters": {{"a": {number}}}}}'.encode()):
        assert service.ask("POST", INFER, body).status == 400


def test_too_many_things_wrong_are_counted(service: Service) -> None:
    body = json.dumps({f"key {number}": 1 for number in range(200)}).encode()
    assert service.ask("POST", INFER, body).document["error"] == (
        "invalid request; found: 201 errors; to do: see /openapi.json for the schema"
    )


ENDLESS = {
    "trailers": (b"0\r\n", b"a: b\r\n" * 10_000),
    "one trailer": (b"0\r\na: ", b"b" * 60_000),
    "an extension": (b"5;a=", b"b" * 60_000),
    "extensions": (b"", b"1;" + b"x" * 200 + b"\r\n \r\n"),
}


@pytest.mark.parametrize("path", ["/v2/health/live", INFER, "/v1/predict"])
@pytest.mark.parametrize(("begin", "piece"), ENDLESS.values(), ids=ENDLESS)
def test_what_stands_around_a_body_has_an_end(service: Service, path: str, begin: bytes, piece: bytes) -> None:
    before = resident(service.process.pid)
    with connected(service.port, head(path, CHUNKED), begin) as connection:
        taken = flood(connection, piece, 64 * MIB)
        received(connection)
    assert taken < 64 * MIB
    assert resident(service.process.pid) - before < 30
    assert service.get("/v2/health/ready").status == 200


@pytest.mark.parametrize(
    "piece", [b"a: " + b"b" * 60_000, b"a:\r\n" * 10_000, b"\r\n" * 10_000], ids=["long", "many", "none"]
)
def test_headers_have_an_end(service: Service, piece: bytes) -> None:
    before = resident(service.process.pid)
    with connected(service.port, b"GET /v2 HTTP/1.1\r\n" if piece[0] == 97 else b"") as connection:
        assert flood(connection, piece, 64 * MIB) < 64 * MIB
    assert resident(service.process.pid) - before < 30


def test_a_few_trailers_do_no_harm(service: Service) -> None:
    request = head("/v2/health/live", CHUNKED, method="GET") + b"2;a=b\r\n{}\r\n0\r\nhost: evil.example\r\na: b\r\n\r\n"
    with connected(service.port, request, head("/v2", "Connection: close", method="GET")) as connection:
        assert received(connection).count(b"HTTP/1.1 200 OK") == 2


def test_requests_are_not_collected_faster_than_they_are_answered(service: Service) -> None:
    before = resident(service.process.pid)
    with connected(service.port) as connection:
        assert flood(connection, head("/v2/health/live", method="GET") * 1_000, 64 * MIB) < 64 * MIB
    assert resident(service.process.pid) - before < 30


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Host: evil.example", b"Repeated header host."),
        ("Content-Encoding: identity\r\nContent-Encoding: gzip", b"Repeated header content-encoding."),
        ("Transfer-Encoding: gzip, chunked", b"The only supported transfer-encoding is chunked."),
        ("\r\n".join(["a: b"] * 100), b"Too many headers."),
    ],
)
def test_what_can_mean_two_things_is_refused(service: Service, header: str, text: bytes) -> None:
    with connected(service.port, head(INFER, header)) as connection:
        answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b"\r\n\r\n" + text)


def test_this_is_no_proxy(service: Service) -> None:
    with connected(service.port, b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n") as connection:
        assert received(connection).endswith(b"This is not a proxy.")


@pytest.mark.parametrize("cut", [1, 100, 250, 10_000])
def test_an_upgrade_that_is_not_offered_changes_nothing(service: Service, images: np.ndarray, cut: int) -> None:
    """As Java's HttpClient asks for HTTP/2; another request follows."""
    body = as_json(images[:1])
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk")
    request = head(INFER, f"Content-Length: {len(body)}", *offer) + body
    last = head("/v2/health/live", "Connection: Upgrade, close", "Upgrade: websocket", method="GET")
    with connected(service.port, request[:cut], request[cut:] + request + last) as connection:
        answers = received(connection)
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert answers.count(b'"model_name":"softmax"') == 2
