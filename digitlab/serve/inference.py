"""`POST /v2/models/{name}[/versions/{version}]/infer`: the busy path, without a framework in between."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from starlette.types import Receive, Scope

from digitlab.serve.batches import Batches, Outputs
from digitlab.serve.bodies import declared_length, headers_of, whole
from digitlab.serve.lanes import Lane, Place
from digitlab.serve.limits import LIGHT_BYTES, LIGHT_IMAGES, MOST_TENSOR_BYTES
from digitlab.serve.metrics import Metrics
from digitlab.serve.models import Model, Models
from digitlab.serve.refusals import RequestError
from digitlab.serve.tensors import HEADER_LENGTH, Asked, answered, understood

ADDRESS = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?/infer")
_TYPES = frozenset({b"", b"application/json", b"application/octet-stream"})


class Reply(NamedTuple):
    """The body of an answer, the length of its JSON where bytes follow, and the version that gave it."""

    body: bytes
    header_length: int | None
    version: str

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """For the HTTP answer."""
        headers = [(b"content-length", b"%d" % len(self.body)), (b"x-bundle-fingerprint", self.version.encode())]
        if self.header_length is None:
            return [(b"content-type", b"application/json"), *headers]
        length = (HEADER_LENGTH, b"%d" % self.header_length)
        return [(b"content-type", b"application/octet-stream"), length, *headers]


class Inference:
    """Answers tensors with tensors.

    Args:
        models: which can be asked.
        light: the lane of requests that are answered in the event loop.
        heavy: the lane of those that wait for one of `threads`.
        threads: for heavy ones.
        metrics: told the sizes of batches.
    """

    def __init__(self, models: Models, light: Lane, heavy: Lane, threads: ThreadPoolExecutor, metrics: Metrics) -> None:
        self._models = models
        self._light = light
        self._heavy = heavy
        self._threads = threads
        self._metrics = metrics
        self._batches = Batches(metrics.batch)

    async def answer(self, name: str, version: str | None, scope: Scope, receive: Receive) -> Reply:
        """One request (raises RequestError, and ValidationError where its form is wrong)."""
        if scope["method"] != "POST":
            raise RequestError(405, "this method is not offered here", found="another method", remedy="use POST")
        model = self._models.get(name, version)
        headers = headers_of(scope)
        _refuse_other_types(headers.get(b"content-type", b""))
        length = declared_length(headers, MOST_TENSOR_BYTES)
        if length is not None and length <= min(LIGHT_BYTES, LIGHT_IMAGES * model.predictor.info.image.values):
            return await self._light_answer(model, headers.get(HEADER_LENGTH), receive)
        await self._heavy.look()
        body = await whole(receive, MOST_TENSOR_BYTES)  # one that arrives slowly keeps no place from others
        async with Place(self._heavy, self._threads) as place:
            return await place.work(lambda: self._heavy_answer(model, headers.get(HEADER_LENGTH), body))

    async def _light_answer(self, model: Model, header_length: bytes | None, receive: Receive) -> Reply:
        body = await whole(receive, MOST_TENSOR_BYTES)
        await self._light.take()
        try:
            asked = understood(body, header_length, model.predictor.outputs, model.predictor.info.image)
            return _reply(asked, await self._batches.answer(model, asked.images), model)
        finally:
            self._light.free()

    def _heavy_answer(self, model: Model, header_length: bytes | None, body: bytes) -> Reply:
        asked = understood(body, header_length, model.predictor.outputs, model.predictor.info.image)
        self._metrics.batch(len(asked.images))
        return _reply(asked, model.predictor.run(model.predictor.outputs, asked.images), model)


def _refuse_other_types(sent: bytes) -> None:
    if sent.partition(b";")[0].strip().lower() not in _TYPES:
        raise RequestError(
            415,
            "tensors do not come in this type of content",
            found=sent[:100].decode("latin-1"),
            remedy="send «Content-Type: application/json», or application/octet-stream where bytes follow the JSON",
            reason="type",
        )


def _reply(asked: Asked, outputs: Outputs, model: Model) -> Reply:
    chosen = [outputs[model.predictor.outputs.index(name)] for name in asked.outputs]
    body, header_length = answered(asked, chosen, model.name, model.version)
    return Reply(body, header_length, model.version)
