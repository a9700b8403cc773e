"""A lab that runs, and a browser to use it with; whatever it asks for beyond this machine fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

import digitlab
from tests.lab.lab import CHROMIUM, Lab, open_browser, open_lab

expect.set_options(timeout=15_000)  # milliseconds: what is waited for comes at once, but the machine may be busy


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def workplace(digits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 600 + 200 digits and two tested runs of them."""
    place = tmp_path_factory.mktemp("workplace")
    shutil.copy(digits_file, place / "digits.npz")
    data = digitlab.load(place / "digits.npz")
    for spec in ("softmax", "mlp:16"):
        digitlab.train(spec, data, out=place / "runs", epochs=3, learning_rate=0.1, report=False, listeners=[])
    return place


def environment() -> dict[str, str]:
    """That of a machine with no other data than what is in the folder."""
    return {name: value for name, value in os.environ.items() if name != "DIGITLAB_DATA"}


@pytest.fixture(scope="package")
def lab(workplace: Path) -> Iterator[Lab]:
    """The lab on that folder."""
    with open_lab(workplace, environment()) as opened:
        yield opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never used, with a touch screen."""
    opened = browser.new_context(has_touch=True, viewport={"width": 1280, "height": 900})
    asked: set[str] = set()
    complaints: list[str] = []
    opened.on("request", lambda request: asked.add(urlsplit(request.url).hostname or "data"))
    opened.on("console", lambda message: _complain(message, complaints))
    opened.on("weberror", lambda error: complaints.append(str(error.error)))
    yield opened
    opened.close()
    assert asked <= {"127.0.0.1", "data"}
    assert complaints == []


def _complain(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type in ("error", "warning"):
        complaints.append(message.text)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One window of it."""
    return context.new_page()
