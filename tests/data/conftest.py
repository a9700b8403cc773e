"""A mirror on the loopback interface that can misbehave, and a dataset small enough to send."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset
from digitlab.data.formats import idx
from digitlab.data.named import NamedFile, NamedSource

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
Behaviour = Callable[[BaseHTTPRequestHandler, bytes], None]


@pytest.fixture(autouse=True)
def own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Every test has empty caches and no network but loopback."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("DIGITLAB_MIRROR", raising=False)
    if "mnist" not in request.fixturenames:
        monkeypatch.delenv("DIGITLAB_DATA", raising=False)


@pytest.fixture(scope="session")
def small_files(digits: Dataset) -> dict[str, bytes]:
    """The four unpacked IDX files of 600 + 200 digits."""
    assert digits.test is not None
    arrays: list[NDArray[Any]] = [
        part for split in (digits.train, digits.test) for part in (split.images, split.labels)
    ]
    contents = [idx.header(array.shape) + array.astype("uint8").tobytes() for array in arrays]
    return dict(zip(NAMES, contents, strict=True))


class Mirror(ThreadingHTTPServer):
    """Serves gzipped files; `behave` says how well."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {f"/{name}.gz": gzip.compress(content, 1) for name, content in files.items()}
        self.behave: Behaviour = send_whole
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what these tests want."""


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        name = "/" + self.path.rsplit("/", 1)[-1]
        if name in self.server.files:
            self.server.behave(self, self.server.files[name])
        else:
            self.send_error(404)

    def log_message(self, *args: Any) -> None:
        """Nothing on standard error."""


def send_whole(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def mirrors(small_files: dict[str, bytes]) -> Iterator[tuple[Mirror, Mirror]]:
    """Two mirrors of the small dataset."""
    pair = Mirror(small_files), Mirror(small_files)
    for server in pair:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield pair
    for server in pair:
        server.shutdown()
        server.server_close()


@pytest.fixture
def small(small_files: dict[str, bytes], mirrors: tuple[Mirror, Mirror]) -> NamedSource:
    """The small dataset as one that has a name."""
    files = [NamedFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in small_files.items()]
    addresses = tuple(mirror.address for mirror in mirrors)
    return NamedSource("small", tuple("0123456789"), (files[0], files[1], files[2], files[3]), addresses, "small.npz")
