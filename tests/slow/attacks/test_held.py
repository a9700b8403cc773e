"""Clients that hold on to a service with the limits that it really has."""

from __future__ import annotations

import contextlib
import http.client
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from digitlab.serve.limits import MAX_BODIES_BYTES, UNCOUNTED_BODY_BYTES
from tests.serve.attacking import MIB, connected, head, received, resident
from tests.serve.conftest import images as images
from tests.serve.running import Service, serving, until
from tests.serve.tensors import as_json
from tests.serve.test_pictures import drawn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at the process in /proc")

INFER = "/v2/models/softmax/infer"
FEW_FILES = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
sys.argv = ["digitlab", "serve", *sys.argv[1:]]
runpy.run_module("digitlab", run_name="__main__")
"""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving("softmax") as running:
        yield running


@contextlib.contextmanager
def held(port: int, request: bytes, count: int) -> Iterator[list[socket.socket]]:
    """So many connections on which these bytes have been sent."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connected(port, request, timeout=150)) for _ in range(count)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("request_bytes", "seconds"),
    [
        (head("/v2/health/live", "Content-Length: 5000000") + b"x", 5),
        (head("/v1/predict", "Content-Length: 5000000") + b"x", 30 + 5),
        (b"GET / HTTP/1.1\r\n", 10),
        (head("/v2", method="GET") + b"\r\n", 75),
    ],
)
def test_every_connection_ends(service: Service, request_bytes: bytes, seconds: float) -> None:
    with held(service.port, request_bytes, 50) as connections:
        begun = time.monotonic()
        for connection in connections:
            received(connection)
        assert time.monotonic() - begun < 2 * seconds + 10


@pytest.mark.timeout(300)
def test_answers_that_nobody_reads(service: Service) -> None:
    before, request = resident(service.process.pid), head("/openapi.json", method="GET")
    with held(service.port, request, 50) as connections:
        while min(unsent(service)) == 0:  # until the kernel keeps no more for a client
            for connection in connections:
                connection.send(request)
            time.sleep(0.1)  # so that few requests wait at once
        assert resident(service.process.pid) - before < 200
        assert sockets(service) >= 50
        until(lambda: sockets(service) < 30, 200)


def unsent(service: Service) -> list[int]:
    """Bytes that the service's side of each connection could not hand over."""
    return [int(fields[4].partition(":")[0], 16) for fields in ends(service, 1)]


def unread(service: Service) -> list[int]:
    """Bytes that have not arrived at the service: still at the client's side, or not taken by its own."""
    sent = [int(fields[4].partition(":")[0], 16) for fields in ends(service, 2)]
    return sent + [int(fields[4].partition(":")[2], 16) for fields in ends(service, 1)]


def ends(service: Service, place: int) -> list[list[str]]:
    """What the kernel says of its open connections: of the service's side (1) or of the clients' (2)."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [each for each in lines if int(each[place].partition(":")[2], 16) == service.port and each[3] == "01"]


def sockets(service: Service) -> int:
    """How many sockets the service has, most of them connections."""
    return sum(str(link.readlink()).startswith("socket:") for link in Path(f"/proc/{service.process.pid}/fd").iterdir())


def test_those_who_send_no_body_keep_no_place(service: Service, images: np.ndarray) -> None:
    picture = drawn(images[0])
    with (
        held(service.port, head("/v1/predict", "Content-Length: 100000"), 40),
        held(service.port, head(INFER, "Transfer-Encoding: chunked"), 40),
    ):
        for _ in range(30):
            assert service.ask("POST", "/v1/predict", picture).status == 200
            assert service.ask("POST", INFER, as_json(images)).status == 200


def test_large_bodies_that_do_not_end_take_a_bounded_amount(service: Service) -> None:
    before = resident(service.process.pid)
    part = bytes(9 * MIB)
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(
                connected(service.port, head("/v1/predict", f"Content-Length: {10 * MIB}"))
            )
            connection.settimeout(2)
            with contextlib.suppress(TimeoutError, ConnectionError):
                connection.sendall(part)
        assert resident(service.process.pid) - before < 400
        assert service.get("/v2/health/ready").status == 200


def test_large_bodies_that_do_not_end_keep_out_no_small_one(images: np.ndarray) -> None:
    """All that bodies may take is held by a few connections."""
    each, most = 10 * MIB - 100, MAX_BODIES_BYTES + 13 * UNCOUNTED_BODY_BYTES
    with serving("softmax") as service, contextlib.ExitStack() as stack:
        for size in (*[each] * 12, most - 12 * each - 100):
            begun = head("/v1/predict", f"Content-Length: {10 * MIB}")
            stack.enter_context(connected(service.port, begun, bytes(size)))
        until(lambda: not any(unread(service)))
        assert service.ask("POST", "/v1/predict", bytes(MIB)).status == 429
        for _ in range(30):
            assert service.ask("POST", INFER, as_json(images[:1])).status == 200
            assert service.ask("POST", "/v1/predict", drawn(images[0])).status == 200


def test_more_connections_than_files() -> None:
    request = head("/v2/health/live", "Content-Length: 5000000")
    with serving("softmax", program=("-c", FEW_FILES)) as service, held(service.port, request, 230):
        for _ in range(50):
            assert service.get("/v2/health/ready").status == 200
        until(lambda: any("connections closed" in line["message"] for line in service.events("library")))


def test_a_thousand_idle_connections_are_kept(service: Service, images: np.ndarray) -> None:
    body = as_json(images[:1])
    connections = [http.client.HTTPConnection("127.0.0.1", service.port, timeout=60) for _ in range(1_000)]
    for _ in range(2):
        for connection in connections:
            connection.request("POST", INFER, body)
        codes = []
        for connection in connections:
            answer = connection.getresponse()
            answer.read()
            codes.append(answer.status)
        assert set(codes) <= {200, 429}
    for connection in connections:
        connection.close()


def test_a_flood_of_broken_requests_keeps_nobody_waiting(service: Service) -> None:
    enough = threading.Event()

    def attack() -> None:
        while not enough.is_set():
            for request in (head(INFER, "Host: b"), head("/v2", "Transfer-Encoding: gzip, chunked"), b"\0" * 1_000):
                with contextlib.suppress(OSError), connected(service.port, request) as connection:
                    received(connection)

    threads = [threading.Thread(target=attack) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(100):
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
            with contextlib.closing(connection):
                connection.request("GET", "/v2/health/ready")
                assert connection.getresponse().status == 200
    finally:
        enough.set()
        for thread in threads:
            thread.join()
