"""How many requests may wait for an answer at once: what cannot be answered soon is refused at once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, Self, TypeVar

from digitlab.serve.limits import RETRY_AFTER, SECONDS_BEFORE_BUSY
from digitlab.serve.refusals import RequestError

Result = TypeVar("Result")


class Lane:
    """A number of places; each request takes one."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken = 0

    async def take(self) -> None:
        """Take a place (raises RequestError: all are taken)."""
        await self.look()
        self._taken += 1

    async def look(self) -> None:
        """See before a large body is read whether there is a place (raises RequestError: all are taken)."""
        if self._taken >= self._places:
            await refuse_as_busy(f"{self._places} before this one")

    @property
    def is_used(self) -> bool:
        """Whether somebody has a place."""
        return self._taken > 0

    def free(self) -> None:
        """Give a place back."""
        self._taken -= 1

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as the block takes (raises RequestError: all are taken)."""
        await self.take()
        try:
            yield
        finally:
            self.free()

    @contextlib.contextmanager
    def left(self) -> Iterator[None]:
        """Give a place to others for as long as the block takes, and have it again then, whoever came meanwhile."""
        self.free()
        try:
            yield
        finally:
            self._taken += 1


async def refuse_as_busy(found: str) -> NoReturn:
    """Raise RequestError, after a while.

    Who asks again at once, whatever Retry-After says, shall not keep the service from answering others; and those who
    were refused together shall not come back together.
    """
    await asyncio.sleep(random.uniform(*SECONDS_BEFORE_BUSY))
    raise RequestError(
        429,
        "more requests are waiting than the service can answer soon",
        found=found,
        remedy=f"ask again in {RETRY_AFTER} second or later",
        reason="busy",
    )


class Place:
    """A place in the lane of heavy requests, kept until the work is really done: a thread cannot be stopped.

    async with Place(lane, threads) as place:
        result = await place.work(lambda: …)
    """

    def __init__(self, lane: Lane, threads: ThreadPoolExecutor) -> None:
        self._lane = lane
        self._threads = threads
        self._working = False

    async def __aenter__(self) -> Self:
        await self._lane.take()
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._working:
            self._lane.free()

    async def work(self, work: Callable[[], Result]) -> Result:
        """Do it in a thread; once for each place."""
        loop = asyncio.get_running_loop()
        future = self._threads.submit(work)
        self._working = True

        def free(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the service has ended meanwhile
                loop.call_soon_threadsafe(self._lane.free)

        future.add_done_callback(free)
        return await asyncio.wrap_future(future)
