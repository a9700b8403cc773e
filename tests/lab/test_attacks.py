"""Hostile bytes at the lab page: the same connections as those of the service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.lab.conftest import environment
from tests.lab.lab import Lab, open_lab
from tests.serve.attacking import MIB, connected, flood, head, received, resident
from tests.serve.test_attacks import CHUNKED, ENDLESS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at the process in /proc")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab without runs."""
    folder: Path = tmp_path_factory.mktemp("empty")
    with open_lab(folder, environment()) as running:
        yield running


def port(lab: Lab) -> int:
    found = urlsplit(lab.address).port
    assert found is not None
    return found


def answer(lab: Lab, request: bytes) -> bytes:
    with connected(port(lab), request) as connection:
        return received(connection).split(b"\r\n")[0]


@pytest.mark.parametrize(("begin", "piece"), ENDLESS.values(), ids=ENDLESS)
def test_what_stands_around_a_body_has_an_end(empty: Lab, begin: bytes, piece: bytes) -> None:
    answer(empty, head("/", "Connection: close", method="GET"))  # the first page loads much
    before = resident(empty.process.pid)
    with connected(port(empty), head("/lab/answer", CHUNKED), begin) as connection:
        assert flood(connection, piece, 64 * MIB) < 64 * MIB
    assert resident(empty.process.pid) - before < 30
    assert answer(empty, head("/", "Connection: close", method="GET")) == b"HTTP/1.1 200 OK"


def test_what_can_mean_two_things_is_refused(empty: Lab) -> None:
    assert answer(empty, head("/", "Host: evil.example", method="GET")) == b"HTTP/1.1 400 Bad Request"
    assert answer(empty, head("/", "Transfer-Encoding: gzip, chunked")) == b"HTTP/1.1 400 Bad Request"
