"""The lab page as a process, and the strokes of a hand."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Points = Sequence[tuple[float, float]]

THREE: Points = (
    (0.30, 0.25), (0.40, 0.17), (0.55, 0.17), (0.66, 0.27), (0.62, 0.40), (0.45, 0.48),
    (0.62, 0.53), (0.70, 0.66), (0.62, 0.80), (0.45, 0.85), (0.30, 0.77),
)  # fmt: skip
SEVEN: Points = ((0.2, 0.2), (0.8, 0.2), (0.6, 0.5), (0.45, 0.85))


@dataclass(frozen=True)
class Lab:
    """A lab that runs: where it is, in which folder, and as which process."""

    address: str
    folder: Path
    process: subprocess.Popen[str]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def open_lab(folder: Path, environment: dict[str, str], *options: str) -> Iterator[Lab]:
    """Start `digitlab lab` in `folder`, wait until it says where it is, and press Ctrl-C at the end."""
    command = [sys.executable, "-m", "digitlab", "lab", "--port", "0", "--no-browser", *options]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        try:
            yield Lab(found[0], folder, process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)


def draw(page: Page, points: Points) -> None:
    """One stroke of the mouse."""
    box = page.locator(".pad-paper").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
