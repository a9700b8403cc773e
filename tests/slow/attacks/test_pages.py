"""Pages as large as any is read, on which there is nothing, or far too much."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.errors import TooLargeError
from digitlab.images.decode import WORKING_SIDE
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import read
from digitlab.runtime.reader.table import table_of

SIDE = 2 * WORKING_SIDE - 1  # the longest that is not reduced
SECONDS, MEBIBYTES = 30, 1_024  # twice to three times what the worst takes

Page = NDArray[np.uint8]


def ruled(down: int, across: int) -> Page:
    """Lines at so many pixels."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    page[::down] = 0
    page[:, ::across] = 0
    return page


def ones(down: int, across: int) -> Page:
    """Thousands of ones."""
    page = np.full((SIDE, SIDE), 255, np.uint8)
    for row in range(10, SIDE - down, down):
        for column in range(10, SIDE, across):
            page[row : row + down - 10, column : column + 3] = 0
    return page


PAGES = {
    "blank": np.full((SIDE, SIDE), 255, np.uint8),
    "black": np.zeros((SIDE, SIDE), np.uint8),
    "noise": np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), np.uint8),
    "lines": ruled(4, SIDE),
    "grid": ruled(20, 20),
    "checkerboard": np.asarray(np.indices((SIDE, SIDE)).sum(0) % 2 * 255, np.uint8),
    "ones": ones(26, 40),
    "ones far apart": ones(24, SIDE - 20),
    "one row": ruled(SIDE, 7)[:5],
    "one column": ruled(7, SIDE)[:, :5],
}


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the memory in /proc")
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_takes_bounded_time_and_memory(page: Page) -> None:
    network = line_network()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, begun = mebibytes("VmRSS"), time.process_time()
    with contextlib.suppress(TooLargeError):
        table_of(read(page, network))
    assert time.process_time() - begun < SECONDS
    assert mebibytes("VmHWM") - before < MEBIBYTES


def mebibytes(field: str) -> float:
    """Of this process, as /proc/self/status has it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024
