"""Eight who send pictures that burn time or memory, and somebody who sends ordinary ones beside them."""

from __future__ import annotations

import contextlib
import io
import statistics
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.data.dataset import Split
from tests.images.test_decode import with_pages, with_scans
from tests.runtime.reader.test_reading import diagonals
from tests.serve.running import Service, serving
from tests.serve.test_pictures import drawn, encoded, form

ATTACKERS, SECONDS = 8, 20
MEBIBYTES = 3_072  # of all processes of the service together; the limit of each is 1,024 beyond its start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and looked at on Linux only")


def rows_of_runs() -> bytes:
    """A BMP of 17 kB whose rows Pillow fills up byte by byte, in Python."""
    width, height, runs = 5_000, 4_000, b"\x01\x00\x00\x00" * 4_000
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    start = 14 + len(header) + 1_024
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + bytes(1_024) + runs


def numbers() -> bytes:
    stream = io.BytesIO()
    Image.new("F", (5_000, 4_000), 0.5).save(stream, "tiff", compression="tiff_deflate")
    return stream.getvalue()


PICTURES = {
    "too many scans": ("/v1/predict", [with_scans(9_000, 4_400)], {400}),
    "as many scans as may be": ("/v1/predict", [with_scans(100, 4_400)], {200}),
    "too many pages": ("/v1/predict", [with_pages(60_000)], {400}),
    "rows of runs": ("/v1/predict", [rows_of_runs()], {200, 413}),
    "numbers": ("/v1/predict", [numbers()], {200}),
    "sixteen with transparency": ("/v1/predict", [encoded(Image.new("RGBA", (5_000, 4_000)))] * 16, {413}),
    "lines across a page": ("/v1/read", [encoded(Image.fromarray(diagonals(3_198, 300)))], {200}),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PICTURES)
def test_ordinary_pictures_are_answered_beside_eight_attackers(held_out: Split, name: str) -> None:
    path, contents, expected = PICTURES[name]
    ordinary = {"drawing": drawn(held_out.images[0]), "photograph": photograph(held_out.images[0])}
    seconds: dict[str, list[float]] = {kind: [] for kind in ordinary}
    codes, memory = set[int](), list[float]()
    with serving("robust") as service:
        with attacked(service, path, contents, codes):
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                for kind, picture in ordinary.items():
                    begun = time.monotonic()
                    assert service.ask("POST", "/v1/predict", picture).status == 200
                    seconds[kind].append(time.monotonic() - begun)
                memory.append(mebibytes_of(service.process.pid))
                time.sleep(0.1)
        begun = time.monotonic()
        assert service.end() == 0
        ended = time.monotonic() - begun
    for kind, each in seconds.items():
        print(f"\n{name}: {kind} {statistics.median(each):.3f} s, worst {max(each):.3f} s, n = {len(each)}", end="")
    print(f"; {max(memory):.0f} MiB, ended in {ended:.1f} s, attackers got {sorted(codes)}")
    assert all(statistics.median(each) <= 1 for each in seconds.values())
    assert max(memory) < MEBIBYTES
    assert ended < 25  # the grace is 20
    assert codes <= expected | {429, 503, 504}


def photograph(image: np.ndarray) -> bytes:
    """Of 12 million pixels, as a phone takes it."""
    stream = io.BytesIO()
    Image.fromarray(255 - image).resize((4_000, 3_000), Image.Resampling.BICUBIC).convert("RGB").save(stream, "jpeg")
    return stream.getvalue()


@contextlib.contextmanager
def attacked(service: Service, path: str, contents: list[bytes], codes: set[int]) -> Iterator[None]:
    """Eight threads that ask again and again, until the block ends; their last requests go on."""
    enough = threading.Event()

    def attack() -> None:
        with contextlib.suppress(OSError):  # the service has ended
            while not enough.is_set():
                files = [("a", content) for content in contents]
                codes.add(form(service, path, files).status)

    threads = [threading.Thread(target=attack, daemon=True) for _ in range(ATTACKERS)]
    for thread in threads:
        thread.start()
    yield
    enough.set()


def mebibytes_of(process: int) -> float:
    """What a process and all that it started have in memory; what they share counts for each."""
    total, todo = 0, [process]
    while todo:
        number = todo.pop()
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += int(Path(f"/proc/{number}/statm").read_text().split()[1]) * 4096
            for thread in Path(f"/proc/{number}/task").iterdir():
                todo += map(int, (thread / "children").read_text().split())
    return total / 2**20
