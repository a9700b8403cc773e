from __future__ import annotations

import gzip
import hashlib
import threading
import zlib
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digitlab.data.dataset import Dataset
from digitlab.data.download import fetch
from digitlab.data.named import NamedSource
from digitlab.data.sources import read_verified
from digitlab.errors import DownloadError, StorageError

if TYPE_CHECKING:
    from tests.data.conftest import Behaviour, Mirror

FIRST = "train-images-idx3-ubyte"


def cut(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def cut_without_length(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def wrong_bytes(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(gzip.compress(bytes(len(gzip.decompress(body)))))


def login_page(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"<html>Please log in to this network</html>")


def flipped_bit(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    middle = len(body) // 2
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])


def endless(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(2**16))


def endless_gzip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    packer = zlib.compressobj(wbits=31)
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(packer.compress(bytes(2**20)))


def drip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    for place in range(len(body)):
        handler.wfile.write(body[place : place + 1])
        threading.Event().wait(0.02)


def missing(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_error(404)


BEHAVIOURS = {
    cut: "the connection broke off",
    cut_without_length: "train-images-idx3-ubyte ends after ",
    wrong_bytes: "train-images-idx3-ubyte does not have the known SHA-256",
    login_page: "train-images-idx3-ubyte ends after 42 of 470,416 bytes",
    flipped_bit: "",  # gzip's checksum, the length or SHA-256: whichever comes first
    endless: "train-images-idx3-ubyte is longer than its 470,416 bytes",
    endless_gzip: "train-images-idx3-ubyte is longer than its 470,416 bytes",
    drip: "not done within 2 s",
    missing: "status 404 (Not Found)",
}


def verified(folder: Path, source: NamedSource) -> list[str]:
    """Names in the folder; each must hold the known bytes."""
    known = {file.name: file.sha256 for file in source.files}
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    assert all(known[name] == hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names)
    return names


def test_what_is_fetched_reads_as_what_was_sent(small: NamedSource, tmp_path: Path, digits: Dataset) -> None:
    folder = fetch(small, tmp_path)
    assert verified(folder, small) == sorted(file.name for file in small.files)
    assert read_verified(small, folder).sha256 == digits.sha256


@pytest.mark.parametrize(("behaviour", "reason"), BEHAVIOURS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_bad_mirror_is_refused_then_a_good_one_recovers(
    behaviour: Behaviour, reason: str, small: NamedSource, mirrors: tuple[Mirror, Mirror], tmp_path: Path
) -> None:
    mirrors[0].behave = behaviour
    only = {"deadline": 2.0} if behaviour is drip else {}  # the others end by themselves, on a busy machine later
    with pytest.raises(DownloadError) as caught:
        fetch(replace(small, mirrors=(mirrors[0].address,)), tmp_path, **only)
    assert reason in caught.value.found
    assert verified(tmp_path / "small", small) == []
    assert len(verified(fetch(small, tmp_path, **only), small)) == 4


def test_the_error_tells_what_each_mirror_did(
    small: NamedSource, mirrors: tuple[Mirror, Mirror], tmp_path: Path
) -> None:
    mirrors[0].behave = missing
    nobody = "http://127.0.0.1:9/"
    with pytest.raises(DownloadError) as caught:
        fetch(replace(small, mirrors=(mirrors[0].address, nobody)), tmp_path)
    host = mirrors[0].address.removeprefix("http://").rstrip("/")
    assert str(caught.value) == (
        "small could not be downloaded\n"
        f"  found: {host}: status 404 (Not Found); 127.0.0.1:9: cannot connect\n"
        "  to do: connect to the network; or set DIGITLAB_DATA to a folder that holds small/, or DIGITLAB_MIRROR to an "
        "address that does; or use --data synthetic, which needs neither"
    )


def test_a_mirror_that_failed_is_asked_last(small: NamedSource, mirrors: tuple[Mirror, Mirror], tmp_path: Path) -> None:
    mirrors[0].behave = missing
    fetch(small, tmp_path)
    assert (len(mirrors[0].asked), len(mirrors[1].asked)) == (1, 4)


def test_once_cached_no_mirror_is_asked(small: NamedSource, mirrors: tuple[Mirror, Mirror], tmp_path: Path) -> None:
    fetch(small, tmp_path)
    fetch(replace(small, mirrors=("http://127.0.0.1:9/",)), tmp_path)
    assert len(mirrors[0].asked) == 4


def test_only_what_is_damaged_is_fetched_anew(
    small: NamedSource, mirrors: tuple[Mirror, Mirror], tmp_path: Path
) -> None:
    (fetch(small, tmp_path) / FIRST).write_bytes(b"damaged")
    assert len(verified(fetch(small, tmp_path), small)) == 4
    assert mirrors[0].asked[4:] == [f"/{FIRST}.gz"]


def test_own_mirrors_replace_the_known_ones(
    small: NamedSource, mirrors: tuple[Mirror, Mirror], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_MIRROR", f"http://127.0.0.1:9, {mirrors[1].address}data")
    fetch(small, tmp_path)
    assert mirrors[0].asked == []
    assert mirrors[1].asked[0] == f"/data/small/{FIRST}.gz"


def test_an_address_that_is_none(small: NamedSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_MIRROR", "nowhere, http://a b")
    with pytest.raises(DownloadError, match="nowhere/small/: not an address; a b: not an address"):
        fetch(small, tmp_path)


def test_a_cache_that_cannot_be_written(small: NamedSource, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageError, match="cannot write"):
        fetch(small, tmp_path)


def test_nothing_is_shown_where_there_is_no_terminal(
    small: NamedSource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(small, tmp_path)
    assert capsys.readouterr() == ("", "")
