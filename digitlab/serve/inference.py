"""`POST /v2/models/{name}[/versions/{version}]/infer`: tensors in, tensors out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from digitlab.serve.admission import Admission
from digitlab.serve.batches import Batches, Outputs
from digitlab.serve.bodies import declared_length, headers_of, whole
from digitlab.serve.http_errors import RequestError
from digitlab.serve.limits import LIGHT_BYTES, LIGHT_IMAGES, MAX_TENSOR_BYTES
from digitlab.serve.metrics import Metrics
from digitlab.serve.models import Model, Models
from digitlab.serve.protocol import InferRequest, InferResponse
from digitlab.serve.tensors import HEADER_LENGTH, ParsedRequest, parse_request, write_response

INFER_ROUTE = "/v2/models/{name}/infer"
VERSION_ROUTE = "/v2/models/{name}/versions/{version}/infer"
_TYPES = frozenset({b"", b"application/json", b"application/octet-stream"})


async def infer(name: str, request: InferRequest) -> InferResponse:
    """Images as the model takes them → the outputs of the network.  Tensors may follow the JSON as bytes."""
    raise NotImplementedError  # describes the route; `Inference` answers it


async def infer_version(name: str, version: str, request: InferRequest) -> InferResponse:
    """The same of one version."""
    raise NotImplementedError


_ENDPOINTS = ((INFER_ROUTE, infer), (VERSION_ROUTE, infer_version))


_Reply = tuple[list[tuple[bytes, bytes]], bytes]  # headers and body


class Inference:
    """Answers tensors with tensors, as an ASGI application.

    `light` admits the requests that are answered in the event loop, `heavy` those that wait for one of `threads`.
    """

    def __init__(
        self, models: Models, light: Admission, heavy: Admission, threads: ThreadPoolExecutor, metrics: Metrics
    ) -> None:
        self._models = models
        self._light = light
        self._heavy = heavy
        self._threads = threads
        self._metrics = metrics
        self._batches = Batches(metrics.images.observe)
        self.routes = [APIRoute(path, endpoint, methods=["POST"], tags=["protocol"]) for path, endpoint in _ENDPOINTS]
        for route in self.routes:
            route.app = self

    def accepts(self, scope: Scope) -> bool:
        """Whether one of the routes matches the request; then `scope` gets what the framework would add."""
        if scope["method"] == "POST":
            for route in self.routes:
                if match := route.path_regex.match(scope["path"]):
                    scope["route"], scope["path_params"] = route, match.groupdict()
                    return True
        return False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (raises RequestError, and ValidationError where its form is wrong)."""
        headers, body = await self._answer(**scope["path_params"], headers=headers_of(scope), receive=receive)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, name: str, headers: dict[bytes, bytes], receive: Receive, version: str | None = None
    ) -> _Reply:
        model = self._models.get(name, version)
        _refuse_other_types(headers.get(b"content-type", b""))
        length = declared_length(headers, MAX_TENSOR_BYTES)
        is_light = length is not None and length <= min(LIGHT_BYTES, LIGHT_IMAGES * model.predictor.info.image.values)
        if not is_light:
            await self._heavy.check()
        body = await whole(receive, MAX_TENSOR_BYTES)  # before a slot is taken: a slow sender keeps none from others
        if not is_light:
            return await self._heavy.in_thread(
                self._threads, lambda: self._run(model, headers.get(HEADER_LENGTH), body)
            )
        async with self._light.slot():
            request = _parsed(body, headers.get(HEADER_LENGTH), model)
            return _reply(request, await self._batches.answer(model, request.images), model)

    def _run(self, model: Model, json_length: bytes | None, body: bytes) -> _Reply:
        request = _parsed(body, json_length, model)
        self._metrics.images.observe(len(request.images))
        return _reply(request, model.predictor.run(model.predictor.outputs, request.images), model)


def _refuse_other_types(sent: bytes) -> None:
    if sent.partition(b";")[0].strip().lower() not in _TYPES:
        raise RequestError(
            415,
            "unsupported content type for tensors",
            found=sent[:100].decode("latin-1"),
            remedy='send "Content-Type: application/json", or application/octet-stream where bytes follow the JSON',
            reason="type",
        )


def _parsed(body: bytes, json_length: bytes | None, model: Model) -> ParsedRequest:
    return parse_request(body, json_length, model.predictor.outputs, model.predictor.info.image)


def _reply(request: ParsedRequest, outputs: Outputs, model: Model) -> _Reply:
    chosen = [outputs[model.predictor.outputs.index(name)] for name in request.outputs]
    body, json_length = write_response(request, chosen, model.name, model.version)
    headers = [(b"content-length", b"%d" % len(body)), (b"x-bundle-fingerprint", model.version.encode())]
    if json_length is None:
        return [(b"content-type", b"application/json"), *headers], body
    return [(b"content-type", b"application/octet-stream"), (HEADER_LENGTH, b"%d" % json_length), *headers], body
