"""What is done with every request: its id, its line in the log, its deadline, and errors that nobody foresaw."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import numpy as np
import pytest
from starlette.types import Message, Scope

from digitlab.runtime.predictor import Predictor
from digitlab.serve import bodies, edge, limits, logs
from digitlab.serve.service import Service
from digitlab.serve.settings import ServeConfig
from tests.serve.running import Service as Running
from tests.serve.running import until
from tests.serve.tensors import as_json

INFER = "/v2/models/softmax/infer"


class Call:
    """One request without a network: the body comes when it is told to."""

    def __init__(self, service: Service, path: str, length: int) -> None:
        headers = [(b"host", b"localhost"), (b"content-length", b"%d" % length)]
        self._scope: Scope = {
            "type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers
        }  # fmt: skip
        self._service = service
        self._arrived: asyncio.Queue[Message] = asyncio.Queue()
        self._sent: list[Message] = []

    def arrive(self, body: bytes, *, more: bool = False) -> None:
        self._arrived.put_nowait({"type": "http.request", "body": body, "more_body": more})

    async def answer(self) -> tuple[int, dict[str, Any], dict[bytes, bytes]]:
        async def send(message: Message) -> None:
            self._sent.append(message)

        await self._service.asgi(self._scope, self._arrived.get, send)
        start, body = self._sent
        return start["status"], json.loads(body["body"]), dict(start["headers"])


@pytest.fixture
def idle() -> Service:
    return Service(ServeConfig(bundles=("softmax",)))


@pytest.mark.parametrize("path", [INFER, "/v1/predict"])
def test_a_body_that_does_not_come_is_not_waited_for(idle: Service, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(edge, "REQUEST_SECONDS", 0.05)
    status, document, _ = asyncio.run(Call(idle, path, 100).answer())
    assert status == 504
    assert document["error"].startswith("the request timed out; found: more than 30 seconds; to do: send less")


def test_what_the_queue_does_not_hold_is_refused(idle: Service, images: np.ndarray) -> None:
    body = as_json(images[:1])

    async def crowd() -> list[tuple[int, dict[str, Any], dict[bytes, bytes]]]:
        calls = [Call(idle, INFER, len(body)) for _ in range(limits.MAX_LIGHT + 1)]
        for call in calls:
            call.arrive(body)
        return list(await asyncio.gather(*(call.answer() for call in calls)))

    *others, refused = asyncio.run(crowd())
    assert (refused[0], refused[2][b"retry-after"]) == (429, b"1")
    assert refused[1]["error"] == (
        "the server is overloaded; found: 128 requests waiting; to do: retry after 1 s or later"
    )
    assert {status for status, _, _ in others} == {200}


def test_heavy_ones_are_refused_before_their_bodies_are_read(
    idle: Service, images: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, enough, run = as_json(images), threading.Event(), Predictor.run

    def late(*arguments: Any) -> Any:
        assert enough.wait(30)
        return run(*arguments)

    async def crowd() -> list[int]:
        inside = [Call(idle, INFER, len(body)) for _ in range(limits.MAX_HEAVY)]
        for call in inside:
            call.arrive(body)
        answers = [asyncio.create_task(call.answer()) for call in inside]
        await asyncio.sleep(0.01)
        refused = [await Call(idle, path, len(body)).answer() for path in (INFER, "/v1/predict", "/v1/read")]
        enough.set()
        return [status for status, _, _ in refused + await asyncio.gather(*answers)]

    monkeypatch.setattr(Predictor, "run", late)
    assert asyncio.run(crowd()) == [429] * 3 + [200] * limits.MAX_HEAVY


def test_those_whose_bodies_do_not_come_keep_nobody_waiting(idle: Service, images: np.ndarray) -> None:
    body = as_json(images)

    async def crowd() -> int:
        calls = [Call(idle, path, len(body)) for path in (INFER, "/v1/predict", "/v1/read") for _ in range(20)]
        held = [asyncio.create_task(call.answer()) for call in calls]
        await asyncio.sleep(0.01)
        honest = Call(idle, INFER, len(body))
        honest.arrive(body)
        status, _, _ = await honest.answer()
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return status

    assert asyncio.run(crowd()) == 200


def test_all_bodies_together_have_a_limit(idle: Service, images: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    body = as_json(images)
    monkeypatch.setattr(bodies, "MAX_BODIES_BYTES", len(body) + 1_000)

    async def crowd() -> tuple[int, dict[str, Any], int]:
        first, second, third = (Call(idle, INFER, 2 * len(body)) for _ in range(3))
        held = asyncio.create_task(first.answer())
        first.arrive(body, more=True)
        await asyncio.sleep(0.01)
        second.arrive(body)
        status, document, _ = await second.answer()
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)
        third.arrive(body)
        return status, document, (await third.answer())[0]

    status, document, later = asyncio.run(crowd())
    assert (status, later) == (429, 200)
    assert document["error"].startswith("the server is overloaded; found: 0 MiB of")


@pytest.mark.parametrize("count", [1, 200])
def test_an_error_that_nobody_foresaw_tells_nothing(
    idle: Service, images: np.ndarray, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], count: int
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("in /a/path, version 1.2")

    monkeypatch.setattr(Predictor, "run", fail)
    call = Call(idle, INFER, len(as_json(images[:count])))
    call.arrive(as_json(images[:count]))
    status, document, headers = asyncio.run(call.answer())
    assert (status, document) == (
        500,
        {
            "error": "internal server error; found: an unexpected error; "
            "to do: report it with the x-request-id of this answer"
        },
    )
    logs.flush(30)
    failure = json.loads(capfd.readouterr().err.splitlines()[0])
    assert failure["id"].encode() == headers[b"x-request-id"]
    assert "RuntimeError: in /a/path" in failure["traceback"]


def test_a_request_has_an_id_in_the_answer_and_in_the_log(service: Running, images: np.ndarray) -> None:
    body = as_json(images[:1])
    assert service.ask("POST", INFER, body, {"x-request-id": "my-id.1"}).headers["x-request-id"] == "my-id.1"
    (line,) = until(lambda: [line for line in service.events("request") if line["id"] == "my-id.1"])
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v2/models/{name}/infer", 200)
    assert 0 < line["milliseconds"] < 1_000
    for odd in ("", "a b", "x" * 65, 'a"b'):
        made = service.get("/v2", **{"x-request-id": odd}).headers["x-request-id"]
        assert made != odd
        assert len(made) == 16


def test_what_does_not_exist_is_told_without_its_name(service: Running) -> None:
    answer = service.get("/etc/passwd")
    assert (answer.status, answer.document) == (
        404,
        {"error": "unknown address; found: no route for it; to do: see /docs for all addresses"},
    )


def test_requests_are_counted_by_route_and_code(service: Running, images: np.ndarray) -> None:
    def counted(code: int) -> float:
        return service.metric(f'digitlab_requests_total{{code="{code}",route="/v2/models/{{name}}/infer"}}')

    names = ("digitlab_batch_images_sum", 'digitlab_requests_rejected_total{reason="bad"}')
    before = [counted(200), counted(400), *map(service.metric, names)]
    service.ask("POST", INFER, as_json(images[:5]))
    service.ask("POST", INFER, as_json(images))
    service.ask("POST", INFER, b"{}")
    assert [counted(200), counted(400), *map(service.metric, names)] == [
        before[0] + 2, before[1] + 1, before[2] + 205, before[3] + 1
    ]  # fmt: skip
    assert service.metric("digitlab_requests_in_flight") == 0
