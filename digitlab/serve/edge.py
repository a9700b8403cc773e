"""The outermost layer: every request passes here once, from its id to its line in the log."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitlab.serve import logs
from digitlab.serve.bodies import Incoming, Memory, headers_of
from digitlab.serve.gate import Gate, stopping
from digitlab.serve.guard import Guard
from digitlab.serve.inference import ADDRESS, Inference
from digitlab.serve.limits import SECONDS
from digitlab.serve.metrics import Metrics
from digitlab.serve.refusals import RequestError, as_refusal

PROBES = frozenset({"/v2/health/live", "/v2/health/ready", "/metrics"})  # answered at any time, also while stopping
INFER_ROUTE = "/v2/models/{name}/infer"
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class _Conversation:
    """One request and the answer that goes out to it."""

    def __init__(self, headers: dict[bytes, bytes], send: Send) -> None:
        given = headers.get(b"x-request-id", b"")
        self.id = given if _ID.fullmatch(given) else os.urandom(8).hex().encode()
        self.status = 0  # none was sent yet
        self.route: str | None = None
        self.reason: str | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message["headers"], (b"x-request-id", self.id)]}
        await self._send(message)

    async def reply(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def refuse(self, refusal: RequestError) -> None:
        self.reason = refusal.reason
        if self.status:
            return  # the framework has said it, or the answer was under way
        body = json.dumps(refusal.document).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), **refusal.headers}
        await self.reply(refusal.status, [(key.encode(), value.encode()) for key, value in headers.items()], body)


class Edge:
    """The whole service as one ASGI application.

    Args:
        app: what answers all but inference.
        inference: what answers that.
        guard: who may ask.
        gate: who is inside.
        metrics: told of every request.
    """

    def __init__(self, app: ASGIApp, inference: Inference, guard: Guard, gate: Gate, metrics: Metrics) -> None:
        self._app = app
        self._inference = inference
        self._guard = guard
        self._gate = gate
        self._metrics = metrics
        self._memory = Memory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises nothing."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        headers = headers_of(scope)
        conversation = _Conversation(headers, send)
        incoming = Incoming(receive, self._memory)
        try:
            await self._answer(scope, headers, incoming.receive, conversation)
        except asyncio.CancelledError:
            if not self._gate.cut:
                raise
            await conversation.refuse(stopping())
        except Exception as error:
            refusal = as_refusal(error)
            if refusal.status == 500:
                logs.write_failure(error, id=conversation.id.decode())
            await conversation.refuse(refusal)
        finally:
            incoming.done()
            self._gate.leave()
            self._note(scope, conversation, time.perf_counter() - started)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, conversation: _Conversation
    ) -> None:
        path = scope["path"]
        self._guard.check(scope["method"], path, headers)
        if path not in PROBES:
            self._gate.enter()
        async with asyncio.timeout(SECONDS):
            wanted = ADDRESS.fullmatch(path)
            if wanted is None:
                await self._app(scope, receive, conversation.send)
                return
            conversation.route = INFER_ROUTE
            reply = await self._inference.answer(wanted[1], wanted[2], scope, receive)
            await conversation.reply(200, reply.headers, reply.body)

    def _note(self, scope: Scope, conversation: _Conversation, seconds: float) -> None:
        route = conversation.route or str(getattr(scope.get("route"), "path", "other"))
        self._metrics.request(route, conversation.status, seconds)
        if conversation.reason:
            self._metrics.refused(conversation.reason)
        logs.write(
            "request",
            id=conversation.id.decode(),
            method=scope["method"],
            route=route,
            status=conversation.status,
            milliseconds=round(1000 * seconds, 2),
            **({"reason": conversation.reason} if conversation.reason else {}),
        )
