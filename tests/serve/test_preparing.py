"""Pictures that take long leave their place to others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from digitlab.preprocess.settings import ALL_STEPS
from digitlab.serve.admission import Admission
from digitlab.serve.http_errors import RequestError
from digitlab.serve.limits import MAX_SLOW
from digitlab.serve.preparing import Preparing
from tests.images.test_decode import with_scans
from tests.serve.test_pictures import drawn, encoded

SLOW = with_scans(100, side=4_400)  # takes 2 s of a processor
DRAWN = drawn(np.eye(28, dtype=np.uint8) * 255)


def test_those_that_take_long_keep_no_place_from_others_and_no_more_of_them_wait_than_may() -> None:
    async def crowd() -> None:
        with ThreadPoolExecutor(1) as threads:
            admission = Admission(MAX_SLOW)
            preparing = Preparing(threads, admission)

            async def one(content: bytes) -> None:
                async with admission.slot():
                    await preparing.prepared(content, ALL_STEPS)

            slow = [asyncio.create_task(one(SLOW)) for _ in range(MAX_SLOW)]
            await until(lambda: not admission.in_use)
            await one(DRAWN)
            assert not any(task.done() for task in slow[2:])  # two are at work
            more = [asyncio.create_task(one(SLOW)) for _ in range(MAX_SLOW)]
            done, _ = await asyncio.wait(more, return_when=asyncio.FIRST_EXCEPTION)
            (error,) = {type(task.exception()) for task in done if task.exception()}
            assert error is RequestError
            for task in (*slow, *more):
                task.cancel()
            await asyncio.gather(*slow, *more, return_exceptions=True)
            preparing.close()
            assert not admission.in_use

    asyncio.run(crowd())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("side", [1_000, 4_400])
def test_a_large_picture_behind_the_header_of_a_small_one_is_prepared_all_the_same(side: int) -> None:
    """Pillow believes the last header; these few bytes are first taken for a picture of some pixels."""
    small, large = encoded(Image.new("L", (28, 28))), encoded(Image.new("L", (side, side)))
    content = small[:33] + large[8:]

    async def prepared() -> int:
        with ThreadPoolExecutor(1) as threads:
            preparing = Preparing(threads, Admission(1))
            picture = await preparing.prepared(content, ALL_STEPS)
            preparing.close()
            return picture.pixels

    assert asyncio.run(prepared()) == side**2
