"""Who is inside: nobody new comes in once the service stops, and those inside are waited for, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from digitlab.serve.limits import RETRY_AFTER
from digitlab.serve.refusals import RequestError

_LOOK_EVERY = 0.02  # seconds
_LAST_WORDS = 1.0  # seconds for those that are cut off to say so


class Gate:
    """Counts the requests inside by their tasks.

    Args:
        on_change: told how many there are.
    """

    def __init__(self, on_change: Callable[[int], None]) -> None:
        self._on_change = on_change
        self._inside: set[asyncio.Task[object]] = set()
        self.stopping = False
        self.cut = False  # those inside were cut off
        self._end = 0.0  # of the time that is waited

    def enter(self) -> None:
        """Come in (raises RequestError: the service stops)."""
        if self.stopping:
            raise stopping()
        task = asyncio.current_task()
        assert task is not None
        self._inside.add(task)
        self._on_change(len(self._inside))

    def leave(self) -> None:
        """Go out; also for who never came in."""
        task = asyncio.current_task()
        assert task is not None
        self._inside.discard(task)
        self._on_change(len(self._inside))

    async def close(self, grace: float) -> None:
        """Let nobody in, wait until all are out, and cut off whoever is still inside after `grace` seconds."""
        self.stopping = True
        await self._empty(grace)
        if self._inside:
            self.cut = True
            for task in tuple(self._inside):
                task.cancel()
            await self._empty(_LAST_WORDS)

    def hurry(self) -> None:
        """Do not wait for those inside any more."""
        self._end = 0.0

    async def _empty(self, seconds: float) -> None:
        self._end = asyncio.get_running_loop().time() + seconds
        while self._inside and asyncio.get_running_loop().time() < self._end:
            await asyncio.sleep(_LOOK_EVERY)


def stopping() -> RequestError:
    """What is said while the service stops."""
    return RequestError(
        503,
        "this instance of the service is stopping",
        found="a request that it cannot answer any more",
        remedy=f"ask again in {RETRY_AFTER} second, another instance answers",
        reason="stopping",
    )
