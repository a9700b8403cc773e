"""Requests that nobody would write, as many as are asked for: none may end in an error of the service."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.serve.running import Service
from tests.serve.tensors import as_bytes, as_json
from tests.serve.test_pictures import encoded

schemathesis = pytest.importorskip("schemathesis")

IMAGE = np.zeros((1, 28, 28), np.uint8)
WHOLE = [as_json(IMAGE, id="a"), as_bytes(IMAGE)[0]]
ADDRESSES = ["/v2/models/softmax/infer", "/v1/predict", "/v1/read?model=mlp-128", "/v1/predict?trace=true"]
KINDS = [
    "",
    "application/json",
    "image/png",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "a/b;boundary=\xff",
]
PARTS = st.sampled_from(
    [
        *(b"--b\r\n", b"--b--\r\n", b'Content-Disposition: form-data; name="p"; filename="f"\r\n', b"\r\n"),
        *(b'"inputs":', b'"data":[', b"{", b"]", b"NaN", b'"\\ud800"'),
        *(b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"BM", b"II*\0", b"RIFF"),
    ]
)
LINES = st.sampled_from(
    [
        *(b"GET /v2 HTTP/1.1\r\n", b"POST /v1/predict HTTP/1.1\r\n", b"GET /%zz?%00 HTTP/1.1\r\n"),
        *(b"Host: localhost\r\n", b"Expect: 100-continue\r\n", b"Upgrade: websocket\r\nConnection: upgrade\r\n"),
        *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n"),
        *(b"\r\n", b"5\r\nabcde\r\n", b"0\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ]
)


def noise(seed: int, size: tuple[int, int], density: float) -> bytes:
    """A picture that shows dirt."""
    random = np.random.default_rng(seed)
    pixels = np.where(random.random(size) < density, random.integers(0, 256, size), 255)
    return encoded(Image.fromarray(pixels.astype(np.uint8)))


BODIES = (
    st.binary(max_size=200)
    | st.builds(noise, st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 90), st.integers(1, 90)), st.floats(0, 1))
    | st.lists(PARTS | st.binary(max_size=8), max_size=20).map(b"".join)
    | st.tuples(st.sampled_from(WHOLE), st.integers(0, 2_000), st.integers(0, 5), st.binary(max_size=5)).map(
        lambda cut: cut[0][: cut[1]] + cut[3] + cut[0][cut[1] + cut[2] :]
    )
)


def settings_for(examples: int) -> settings:
    """That many, new ones each time, for a service that other tests use meanwhile."""
    return settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def fuzz_described(service: Service, examples: int) -> int:
    """What the OpenAPI document allows, and what it does not: so many for each operation; how many in all."""
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{service.port}/openapi.json")
    sent = 0

    def try_operation(operation: Any) -> None:
        @settings_for(examples)
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
               | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))  # fmt: skip
        def send(case: Any) -> None:
            nonlocal sent
            sent += 1
            if sent % 2 and "name" in (case.path_parameters or {}):
                case.path_parameters["name"] = "softmax"  # else most are told that there is no such model
            answer = case.call(timeout=30)
            refuse_failure(answer.status_code, answer.content)

        send()

    for operation in schema.get_all_operations():
        try_operation(operation.ok())
    return sent


def fuzz_bytes(service: Service, examples: int) -> None:
    """Bodies of all kinds, with headers that do not fit."""

    @settings_for(examples)
    @given(
        address=st.sampled_from(ADDRESSES),
        body=BODIES,
        kind=st.sampled_from(KINDS),
        length=st.none() | st.integers(0, 300).map(str) | st.text("0123456789-+. e", max_size=6),
    )
    def send(address: str, body: bytes, kind: str, length: str | None) -> None:
        headers = {"Content-Type": kind} | ({} if length is None else {"Inference-Header-Content-Length": length})
        answer = service.ask("POST", address, body, headers)
        refuse_failure(answer.status, answer.body)

    send()


def fuzz_connections(service: Service, examples: int) -> None:
    """Bytes that are hardly HTTP."""

    @settings_for(examples)
    @given(content=st.lists(LINES | st.binary(max_size=20), max_size=8).map(b"".join))
    def send(content: bytes) -> None:
        with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
            received = b""
            with contextlib.suppress(ConnectionError):
                connection.sendall(content)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(0.05)  # where it waits for more, there is no answer to wait for
                with contextlib.suppress(TimeoutError):
                    received = connection.recv(10_000)
        status = int(received.split()[1]) if received.startswith(b"HTTP/1.1 ") else 400
        refuse_failure(status, received)

    send()


def refuse_failure(status: int, body: bytes) -> None:
    assert status < 500, body
    for trace in (b"Traceback", b'File "', b"site-packages"):
        assert trace not in body
