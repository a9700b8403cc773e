"""SIGTERM: not ready at once, those inside are answered, and what takes too long is told so."""

from __future__ import annotations

import contextlib
import json
import signal
import socket

import numpy as np
import pytest

from digitlab.runtime.predictor import Predictor
from tests.serve.attacking import connected, head, received
from tests.serve.running import Answer, Service, serving, until
from tests.serve.tensors import as_json, output

IN_FLIGHT = 32


class Half:
    """A request whose body has arrived by half."""

    def __init__(self, service: Service, images: np.ndarray, address: str = "/v2/models/softmax/infer") -> None:
        body = as_json(images)
        self._rest = body[len(body) // 2 :]
        self.socket = socket.create_connection(("127.0.0.1", service.port), timeout=30)
        head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body[: len(body) // 2])

    def send_the_rest(self) -> None:
        self.socket.sendall(self._rest)

    def answer(self) -> Answer:
        """What comes back."""
        with contextlib.closing(self.socket):
            received = b"".join(iter(lambda: self.socket.recv(65_536), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return Answer(int(status.split()[1]), headers, body)


def in_flight(service: Service, images: np.ndarray, count: int) -> list[Half]:
    halves = [Half(service, images[index : index + 1]) for index in range(count)]
    until(lambda: service.metric("digitlab_requests_in_flight") == count)
    return halves


@pytest.mark.parametrize("workers", [1, 2])
def test_all_that_are_inside_get_their_answers(predictor: Predictor, images: np.ndarray, workers: int) -> None:
    with serving("softmax", "--workers", str(workers)) as service:
        halves = in_flight(service, images, IN_FLIGHT)
        service.signal(signal.SIGTERM)
        until(lambda: len(service.events("stopping")) == workers)
        ready = service.get("/v2/health/ready")
        assert (ready.status, ready.document) == (503, {"ready": False})
        assert service.get("/v2/health/live").status == 200
        refused = service.ask("POST", "/v2/models/softmax/infer", as_json(images[:1]))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        for half in halves:
            half.send_the_rest()
        for index, half in enumerate(halves):
            answer = half.answer()
            assert answer.status == 200
            np.testing.assert_allclose(output(answer.document), predictor.predict(images[index : index + 1]), atol=1e-6)
        assert service.process.wait(20) == 0


def test_what_the_grace_cuts_off_is_told_so(images: np.ndarray) -> None:
    with serving("softmax", "--grace", "0.3") as service:
        halves = in_flight(service, images, 3)
        service.signal(signal.SIGTERM)
        for half in halves:
            answer = half.answer()
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert json.loads(answer.body)["error"].startswith("the service is shutting down; found: ")
        assert service.process.wait(5) == 0


def test_one_that_waits_for_nobody_ends_at_once() -> None:
    with serving("softmax") as service:
        service.signal(signal.SIGTERM)
        assert service.process.wait(2) == 0


def test_a_keyboard_that_ends_it_is_told_apart() -> None:
    with serving("softmax") as service:
        service.signal(signal.SIGINT)
        assert service.process.wait(5) == 130


def test_a_second_ctrl_c_hurries(images: np.ndarray) -> None:
    with serving("softmax", "--grace", "600") as service:
        (half,) = in_flight(service, images, 1)
        service.signal(signal.SIGINT)
        until(lambda: service.events("stopping"))
        service.signal(signal.SIGINT)
        assert half.answer().status == 503
        assert service.process.wait(20) == 130


ENDLESS = """
import sys, time
from digitlab.runtime.predictor import Predictor
from digitlab.cli.main import main
run = Predictor.run
def endless(self, names, images):
    while len(images) > 100:
        time.sleep(1)
    return run(self, names, images)
Predictor.run = endless
sys.argv = ["digitlab", "serve", "softmax", "--port", "0", "--grace", "0.5"]
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_no_thread_keeps_it_from_ending(images: np.ndarray, number: signal.Signals, code: int) -> None:
    with serving(program=["-c", ENDLESS]) as service:
        body = as_json(images)
        with connected(service.port, head("/v2/models/softmax/infer", f"Content-Length: {len(body)}"), body) as asked:
            until(lambda: service.metric("digitlab_requests_in_flight") == 1)
            service.signal(number)
            assert received(asked).startswith(b"HTTP/1.1 503")
        assert service.process.wait(30) == code
