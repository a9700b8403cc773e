"""How many requests may wait for an answer at once; more are rejected at once, since they would wait too long."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, TypeVar

from digitlab.serve.http_errors import RequestError
from digitlab.serve.limits import RETRY_AFTER, SECONDS_BEFORE_429

Result = TypeVar("Result")


class Admission:
    """A number of slots; each request holds one while it waits and is answered."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._used = 0

    @property
    def in_use(self) -> bool:
        """Whether any slot is held."""
        return self._used > 0

    async def check(self) -> None:
        """See before a large body is read whether there is a free slot (raises RequestError: there is none)."""
        if self._used >= self._slots:
            await reject_overload(f"{self._slots} requests waiting")

    async def acquire(self) -> None:
        """Take a slot (raises RequestError: there is none)."""
        await self.check()
        self._used += 1

    def release(self) -> None:
        """Give a slot back."""
        self._used -= 1

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A slot for as long as the block takes (raises RequestError: there is none)."""
        await self.acquire()
        try:
            yield
        finally:
            self.release()

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """Lend a slot to others for as long as the block takes; afterwards it is held again, even above the limit."""
        self.release()
        try:
            yield
        finally:
            self._used += 1

    async def in_thread(self, threads: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        """Do the work in a thread; the slot is held until it is really done, since a thread cannot be stopped.

        Raises:
            RequestError: there is no slot.
        """
        await self.acquire()
        loop = asyncio.get_running_loop()
        future = threads.submit(work)

        def release(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the service has ended
                loop.call_soon_threadsafe(self.release)

        future.add_done_callback(release)
        return await asyncio.wrap_future(future)


async def reject_overload(found: str) -> NoReturn:
    """Raise RequestError, after a random delay.

    A client that retries at once, whatever Retry-After says, must not keep the service from answering others; and those
    who were rejected together should not come back together.
    """
    await asyncio.sleep(random.uniform(*SECONDS_BEFORE_429))
    raise RequestError(429, "the server is overloaded", found=found, remedy=f"retry after {RETRY_AFTER} s or later")
