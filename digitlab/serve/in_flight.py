"""The requests in flight: once the service stops none is added, and the others are waited for, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from digitlab.serve.http_errors import RequestError
from digitlab.serve.limits import RETRY_AFTER

_POLL_SECONDS = 0.02
_SECONDS_TO_REPLY = 1.0  # for cancelled requests to send their 503


class InFlight:
    """Counts the requests in flight by their tasks; `on_change` is called with each new count."""

    def __init__(self, on_change: Callable[[int], None]) -> None:
        self._on_change = on_change
        self._tasks: set[asyncio.Task[object] | None] = set()
        self.stopping = False
        self.cancelled = False  # whether requests were cancelled
        self._deadline = 0.0

    def enter(self) -> None:
        """Count the current request (raises RequestError: the service stops)."""
        if self.stopping:
            raise stopping()
        self._tasks.add(asyncio.current_task())
        self._on_change(len(self._tasks))

    def leave(self) -> None:
        """The current request is done; also called for one that was never counted."""
        self._tasks.discard(asyncio.current_task())
        self._on_change(len(self._tasks))

    async def drain(self, grace: float) -> None:
        """Admit no request, wait until all are done, and cancel those left after `grace` seconds."""
        self.stopping = True
        await self._wait(grace)
        if self._tasks:
            self.cancelled = True
            for task in tuple(self._tasks):
                assert task is not None
                task.cancel()
            await self._wait(_SECONDS_TO_REPLY)

    def hurry(self) -> None:
        """Stop waiting."""
        self._deadline = 0.0

    async def _wait(self, seconds: float) -> None:
        self._deadline = asyncio.get_running_loop().time() + seconds
        while self._tasks and asyncio.get_running_loop().time() < self._deadline:
            await asyncio.sleep(_POLL_SECONDS)


def stopping() -> RequestError:
    """The answer to requests while the service stops."""
    return RequestError(
        503,
        "the service is shutting down",
        found="a request that it can no longer answer",
        remedy=f"retry in {RETRY_AFTER} s; another instance will answer",
    )
