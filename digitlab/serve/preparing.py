"""Untrusted pictures, opened and prepared in processes that can be killed.

Each picture is tried with little time first.  One that takes longer, whatever its purpose, queues behind others of its
kind, so that any number of them delays no ordinary picture.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitlab.base.isolated import Isolated, OverBudgetError
from digitlab.base.processes import preload
from digitlab.images.decode import BUDGET, decoded, too_costly
from digitlab.preprocess.pipeline import prepare
from digitlab.preprocess.settings import Preprocessing
from digitlab.runtime.reader.reading import Reading, ReadStrips, read
from digitlab.serve.admission import Admission
from digitlab.serve.limits import MAX_PIXELS, MAX_QUICK_PIXELS, MAX_SLOW, QUICK_SECONDS, THREADS

_QUICK = replace(BUDGET, seconds=QUICK_SECONDS)
_SLOW = replace(BUDGET, niceness=10)
_MAX_TINY_BYTES, _MAX_TINY_PIXELS = 64 * 1024, 250_000


class PreparedPicture(NamedTuple):
    """A picture as the network sees it."""

    image: NDArray[np.uint8]
    steps: list[tuple[str, str]]  # of the preprocessing: name and description
    pixels: int  # that were decoded
    took_long: bool = False


class Preparing:
    """The processes of one service.

    Args:
        threads: for pictures so small that they need no process.
        admission: where the request holds a slot; a slow picture lends it to others and takes one of MAX_SLOW.
    """

    def __init__(self, threads: ThreadPoolExecutor, admission: Admission) -> None:
        self._threads = threads
        self._admission, self._slow_admission = admission, Admission(MAX_SLOW)
        preload("digitlab.serve.preparing")
        self._quick = Isolated(THREADS, _QUICK)
        self._slow = Isolated(THREADS, _SLOW)

    async def prepared(self, content: bytes, settings: Preprocessing, *, quick: bool = True) -> PreparedPicture:
        """A picture of one object.

        Args:
            content: its file.
            settings: the preprocessing of the network.
            quick: try it before the slow ones; False where another picture of the same request took long.

        Raises:
            DataError: it cannot be used.
            TooLargeError: it is too large, or takes too long.
        """
        if _is_tiny(content):  # by a fifth quicker than in another process
            with contextlib.suppress(OverBudgetError):  # a second header may follow the first
                return await asyncio.get_running_loop().run_in_executor(self._threads, _prepared, content, settings)
        done: PreparedPicture
        took_long, done = await self._done(quick, _prepared, content, settings)
        return done._replace(took_long=took_long)

    async def read(self, content: bytes, read_strips: ReadStrips) -> tuple[tuple[int, int], Reading]:
        """Height and width of a page, and its digits, with `read_strips` called here (raises as `prepared`)."""
        done: tuple[tuple[int, int], Reading]
        _, done = await self._done(True, _read, content, answer=read_strips)
        return done

    async def _done(
        self, quick: bool, work: Callable[..., Any], *arguments: Any, answer: Callable[[Any], Any] | None = None
    ) -> tuple[bool, Any]:
        """Whether it took long, and its result."""
        if quick:
            with contextlib.suppress(OverBudgetError):
                return False, await self._quick.do(work, *arguments, MAX_QUICK_PIXELS, answer=answer)
        async with self._slow_admission.slot():
            try:
                with self._admission.lent():
                    return True, await self._slow.do(work, *arguments, MAX_PIXELS, answer=answer)
            except OverBudgetError:
                raise too_costly() from None

    def close(self) -> None:
        """Kill the processes."""
        self._quick.close()
        self._slow.close()


def _is_tiny(content: bytes) -> bool:
    """Whether this is a PNG of few pixels, without other compressed parts: a few milliseconds and megabytes."""
    if len(content) > _MAX_TINY_BYTES or content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return False
    width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    return width * height <= _MAX_TINY_PIXELS and not any(kind in content for kind in (b"zTXt", b"iTXt", b"iCCP"))


def _prepared(content: bytes, settings: Preprocessing, most_decoded: int = _MAX_TINY_PIXELS) -> PreparedPicture:
    picture, pixels, *_ = decoded("the picture", content, MAX_PIXELS, most_decoded, colour=settings.image.channels == 3)
    prepared = prepare(picture, settings)
    return PreparedPicture(prepared.image, [(step.name, step.description) for step in prepared.trace], pixels)


def _read(read_strips: ReadStrips, content: bytes, most: int) -> tuple[tuple[int, int], Reading]:
    picture, *_ = decoded("the picture", content, MAX_PIXELS, most)
    height, width = picture.shape
    return (height, width), read(picture, read_strips)
