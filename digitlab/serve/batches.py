"""Dynamic batching: light requests that arrive together are answered by one call of the network.

No request waits for others: those that have arrived when the event loop comes round form a batch, small enough not to
delay health checks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitlab.serve.limits import LIGHT_IMAGES
from digitlab.serve.models import Model

Outputs = list[NDArray[np.float32]]  # each [N, classes], in the order of the model's outputs


class _Waiting(NamedTuple):
    model: Model
    images: NDArray[np.uint8]
    future: asyncio.Future[Outputs]


class Batches:
    """Gathers images; a batch has one model.  `on_batch` is called with the number of images of each batch."""

    def __init__(self, on_batch: Callable[[int], None]) -> None:
        self._on_batch = on_batch
        self._waiting: deque[_Waiting] = deque()

    async def answer(self, model: Model, images: NDArray[np.uint8]) -> Outputs:
        """All outputs for images uint8 [N, *shape], N at most `LIGHT_IMAGES`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outputs] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append(_Waiting(model, images, future))
        return await future

    def _flush(self) -> None:
        batch = self._next_batch()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        if not batch:
            return
        model = batch[0].model
        images = batch[0].images if len(batch) == 1 else np.concatenate([each.images for each in batch])
        try:
            outputs = model.predictor.run(model.predictor.outputs, images)
        except Exception as error:  # belongs to the requests, not to the event loop
            for each in batch:
                each.future.set_exception(error)
            return
        self._on_batch(len(images))
        first = 0
        for each in batch:
            rows = slice(first, first + len(each.images))
            each.future.set_result([output[rows] for output in outputs])
            first = rows.stop

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        room = LIGHT_IMAGES
        while self._waiting:
            each = self._waiting[0]
            if len(each.images) > room or (batch and each.model is not batch[0].model):
                break
            self._waiting.popleft()
            if not each.future.done():  # else its request was cancelled
                room -= len(each.images)
                batch.append(each)
        return batch
