"""Pictures that strangers sent, opened and prepared in processes that can be killed.

Each picture is tried with little time first.  What takes longer, honest or not, goes on behind the others of its kind,
so that those that burn time keep nobody waiting who sent an ordinary one, however many they are.
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
from digitlab.runtime.reader.reading import Predict, Reading, read
from digitlab.serve.lanes import Lane
from digitlab.serve.limits import MOST_PIXELS, MOST_PIXELS_QUICK, MOST_SLOW, SECONDS_QUICK, THREADS

_QUICK = replace(BUDGET, seconds=SECONDS_QUICK)
_SLOW = replace(BUDGET, niceness=10)
_TINY_BYTES, _TINY_PIXELS = 64 * 1024, 250_000


class PreparedPicture(NamedTuple):
    """A picture as the network sees it, and how many pixels were decoded for it."""

    image: NDArray[np.uint8]
    told: list[tuple[str, str]]  # of each step its name and what it did
    pixels: int
    took_long: bool = False


class Preparing:
    """The processes of one service.

    Args:
        threads: for pictures so small that they need no process.
        lane: where whoever asks has a place; those whose pictures take long leave it for a lane of their own.
    """

    def __init__(self, threads: ThreadPoolExecutor, lane: Lane) -> None:
        self._threads = threads
        self._lane, self._slow_lane = lane, Lane(MOST_SLOW)
        preload("digitlab.serve.preparing")
        self._quick = Isolated(THREADS, _QUICK)
        self._slow = Isolated(THREADS, _SLOW)

    async def prepared(self, content: bytes, settings: Preprocessing, *, quick: bool = True) -> PreparedPicture:
        """A picture of one digit.

        Args:
            content: its file.
            settings: how the network wants it.
            quick: it may be tried before those that take long; not where others of the same request took long.

        Raises:
            DataError: it cannot be used.
            TooLargeError: it is too large, or takes too long.
        """
        if _is_tiny(content):  # by a fifth quicker than in another process
            with contextlib.suppress(OverBudgetError):  # behind the header may come another one
                return await asyncio.get_running_loop().run_in_executor(self._threads, _prepared, content, settings)
        done: PreparedPicture
        took_long, done = await self._done(quick, _prepared, content, settings)
        return done._replace(took_long=took_long)

    async def read(self, content: bytes, settings: Preprocessing, predict: Predict) -> tuple[tuple[int, int], Reading]:
        """Height and width of a page, and its digits, with `predict` called here (raises as `prepared`)."""
        done: tuple[tuple[int, int], Reading]
        _, done = await self._done(True, _read, content, settings, answer=predict)
        return done

    async def _done(
        self, quick: bool, work: Callable[..., Any], *arguments: Any, answer: Callable[[Any], Any] | None = None
    ) -> tuple[bool, Any]:
        """Whether it took long, and what it gave."""
        if quick:
            with contextlib.suppress(OverBudgetError):
                return False, await self._quick.do(work, *arguments, MOST_PIXELS_QUICK, answer=answer)
        async with self._slow_lane.place():
            try:
                with self._lane.left():
                    return True, await self._slow.do(work, *arguments, MOST_PIXELS, answer=answer)
            except OverBudgetError:
                raise too_costly() from None

    def close(self) -> None:
        """End what is still at work."""
        self._quick.close()
        self._slow.close()


def _is_tiny(content: bytes) -> bool:
    """Whether this is a PNG of a few pixels, with nothing packed in it but these: a few milliseconds and megabytes."""
    if len(content) > _TINY_BYTES or content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return False
    width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    return width * height <= _TINY_PIXELS and not any(kind in content for kind in (b"zTXt", b"iTXt", b"iCCP"))


def _prepared(content: bytes, settings: Preprocessing, most_decoded: int = _TINY_PIXELS) -> PreparedPicture:
    picture, pixels = decoded("the picture", content, MOST_PIXELS, most_decoded, colour=settings.image.channels == 3)
    prepared = prepare(picture, settings)
    return PreparedPicture(prepared.image, [(step.name, step.description) for step in prepared.trace], pixels)


def _read(predict: Predict, content: bytes, settings: Preprocessing, most: int) -> tuple[tuple[int, int], Reading]:
    picture, _ = decoded("the picture", content, MOST_PIXELS, most)
    height, width = picture.shape
    return (height, width), read(picture, predict, settings)
