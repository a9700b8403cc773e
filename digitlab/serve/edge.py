"""The outermost layer: every request passes here once, from its id to its line in the log."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitlab.serve import logs
from digitlab.serve.bodies import BodyMemory, CountedBody, headers_of
from digitlab.serve.guard import Guard
from digitlab.serve.http_errors import RequestError, as_http_error
from digitlab.serve.in_flight import InFlight, stopping
from digitlab.serve.inference import Inference
from digitlab.serve.limits import REQUEST_SECONDS
from digitlab.serve.metrics import Metrics

PROBES = frozenset({"/v2/health/live", "/v2/health/ready", "/metrics"})  # answered at any time, also while stopping
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class _Exchange:
    """One request and the answer that is sent to it."""

    def __init__(self, headers: dict[bytes, bytes], send: Send) -> None:
        given = headers.get(b"x-request-id", b"")
        self.id = given if _ID.fullmatch(given) else os.urandom(8).hex().encode()
        self.status = 0  # none was sent yet
        self.reason: str | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message["headers"], (b"x-request-id", self.id)]}
        await self._send(message)

    async def reject(self, error: RequestError) -> None:
        self.reason = error.reason
        if self.status:
            return  # the framework has answered, or the answer was under way
        body = json.dumps(error.document).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), **error.headers}
        encoded = [(key.encode(), value.encode()) for key, value in headers.items()]
        await self.send({"type": "http.response.start", "status": error.status, "headers": encoded})
        await self.send({"type": "http.response.body", "body": body})


class Edge:
    """The whole service as one ASGI application.

    `inference` answers its requests without the framework, which would take a tenth of the time; `app` all others.
    """

    def __init__(self, app: ASGIApp, inference: Inference, guard: Guard, in_flight: InFlight, metrics: Metrics) -> None:
        self._app = app
        self._inference = inference
        self._guard = guard
        self._in_flight = in_flight
        self._metrics = metrics
        self._memory = BodyMemory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises nothing."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        headers = headers_of(scope)
        exchange = _Exchange(headers, send)
        body = CountedBody(receive, self._memory)
        try:
            await self._answer(scope, headers, body.receive, exchange.send)
        except asyncio.CancelledError:
            if not self._in_flight.cancelled:
                raise
            await exchange.reject(stopping())
        except Exception as error:
            http_error = as_http_error(error)
            if http_error.status == 500:
                logs.write_failure(error, id=exchange.id.decode())
            await exchange.reject(http_error)
        finally:
            body.done()
            self._in_flight.leave()
            self._note(scope, exchange, time.perf_counter() - started)

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        self._guard.check(scope["method"], scope["path"], headers)
        if scope["path"] not in PROBES:
            self._in_flight.enter()
        async with asyncio.timeout(REQUEST_SECONDS):
            await (self._inference if self._inference.accepts(scope) else self._app)(scope, receive, send)

    def _note(self, scope: Scope, exchange: _Exchange, seconds: float) -> None:
        route = str(getattr(scope.get("route"), "path", "other"))
        self._metrics.requests.labels(route, str(exchange.status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if exchange.reason:
            self._metrics.rejected.labels(exchange.reason).inc()
        logs.write(
            "request",
            id=exchange.id.decode(),
            method=scope["method"],
            route=route,
            status=exchange.status,
            milliseconds=round(1000 * seconds, 2),
            **({"reason": exchange.reason} if exchange.reason else {}),
        )
