"""How long a connection waits for its client: a real server with short times."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send

from digitlab.web import limits
from digitlab.web.connection import PHASE_SECONDS, Phase
from digitlab.web.server import Server
from digitlab.web.socket import listening
from tests.serve.attacking import connected, head, received
from tests.serve.running import until

LARGE = bytes(64 * 2**20)  # more than a kernel takes for a client that does not read
SOON = 0.2  # seconds; the server looks once a second
PATIENCE = 20.0


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body where it is asked to, and answers with little, with much or not at all."""
    while scope["path"] == "/never":
        if (await receive())["type"] == "http.disconnect":
            return
    if scope["path"] == "/body":
        while (await receive()).get("more_body"):
            pass
    body = LARGE if scope["path"] == "/large" else b"answer"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Running:
    """A server in a thread."""

    def __init__(self) -> None:
        self.listener = listening("127.0.0.1", 0)
        self.port = self.listener.getsockname()[1]
        self.server = Server(application, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
        self._thread = threading.Thread(target=self.server.run, args=([self.listener],))
        self._thread.start()
        until(lambda: self.server.started)

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    def end(self) -> None:
        self.server.should_exit = True
        self._thread.join()
        self.listener.close()


@pytest.fixture
def running() -> Iterator[Running]:
    server = Running()
    yield server
    server.end()


def ends(connection: socket.socket) -> bytes:
    """What arrives until the server closes, which it does in time."""
    connection.settimeout(PATIENCE)
    return received(connection)


@pytest.mark.parametrize(
    ("phase", "sent"),
    [
        (Phase.HEAD, b""),
        (Phase.HEAD, b"GET / HTTP/1.1\r\nHost:"),
        (Phase.BODY, head("/body", "Content-Length: 5") + b"1"),
        (Phase.REST, head("/", "Content-Length: 5") + b"1"),
        (Phase.REST, head("/", "Transfer-Encoding: chunked") + b"1\r\n1\r\n"),
        (Phase.NEXT, head("/", "Content-Length: 5") + b"12345"),
        (Phase.NEXT, head("/", method="GET") + b"\r\n"),
        (Phase.HEAD, head("/", method="GET") + b"\r\nGET / HT"),
    ],
)
def test_no_client_is_waited_for_for_ever(
    running: Running, monkeypatch: pytest.MonkeyPatch, phase: Phase, sent: bytes
) -> None:
    monkeypatch.setitem(PHASE_SECONDS, phase, SOON)
    with connected(running.port, sent) as connection:
        answer = ends(connection)
    assert answer.endswith(b"answer") == (phase in (Phase.REST, Phase.NEXT) or sent.endswith(b"GET / HT"))
    until(lambda: not running.connections)


def test_bytes_begin_no_time_anew(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PHASE_SECONDS, Phase.REST, SOON)
    end = time.monotonic() + PATIENCE
    with connected(running.port, head("/", "Content-Length: 5000000")) as connection:
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:
                connection.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() < end


def test_the_rest_of_a_body_may_come_after_the_answer(running: Running) -> None:
    size = 20 * 2**20
    last = head("/", "Connection: close", method="GET")
    with connected(running.port, head("/", f"Content-Length: {size}"), bytes(size), last) as connection:
        assert ends(connection).count(b"answer") == 2


@pytest.mark.parametrize("requests", [1, 3])
def test_who_takes_no_answer_is_not_waited_for(
    running: Running, monkeypatch: pytest.MonkeyPatch, requests: int
) -> None:
    monkeypatch.setattr(limits, "SECONDS_TO_READ", SOON)
    with connected(running.port, head("/large", method="GET") * requests):
        until(lambda: running.connections)
        until(lambda: not running.connections)
        until(lambda: not running.server.server_state.tasks)


def test_who_takes_an_answer_slowly_gets_it(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS_TO_READ", 3.0)
    got = 0
    with connected(running.port, head("/large", "Connection: close", method="GET")) as connection:
        end = time.monotonic() + 5
        while part := connection.recv(2**20):
            got += len(part)
            if time.monotonic() < end:
                time.sleep(0.1)
    assert got > len(LARGE)


def test_a_new_connection_takes_the_place_of_the_one_that_waits_longest(running: Running) -> None:
    running.server.server_state.max_connections = 3
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(running.port))]
        until(lambda: running.connections == 1)
        begun = time.monotonic()
        until(lambda: time.monotonic() > begun + 0.1)  # those that come now have waited less, by the server's clock
        idle += [stack.enter_context(connected(running.port)) for _ in range(2)]
        until(lambda: running.connections == 3)
        for _ in range(3):
            with connected(running.port, head("/", "Connection: close", method="GET")) as honest:
                assert ends(honest).endswith(b"answer")
            until(lambda: running.connections == 2)  # the next one shall not find it there
        assert ends(idle[0]) == b""
        idle[2].sendall(head("/", "Connection: close", method="GET"))
        assert ends(idle[2]).endswith(b"answer")


def test_where_all_are_being_answered_a_new_connection_is_told_so(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.server.server_state.max_connections = 1
    with connected(running.port, head("/never", method="GET")):
        until(lambda: running.server.server_state.tasks)
        with connected(running.port) as other:
            assert ends(other).startswith(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n")
        until(lambda: "1 connections closed, since there are more than 1" in caplog.text)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
@pytest.mark.parametrize(("files", "connections"), [("200", 100), ("50", 1), ("6000", limits.MAX_CONNECTIONS)])
def test_connections_leave_files_for_the_rest(files: str, connections: int) -> None:
    program = (
        "import resource; from digitlab.web.server import Server; "
        "print(Server(None).server_state.max_connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    command = f"ulimit -S -n {min(int(files), 100)}; ulimit -H -n {files}; exec {sys.executable} -c '{program}'"
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout.split()
    assert int(said[0]) == connections
    assert int(said[1]) == min(int(files), limits.MAX_CONNECTIONS + 100)
