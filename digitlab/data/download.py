"""Named datasets over the network: several mirrors in turn, nothing unverified ever under the final name.

pooch hashes the temporary file and renames it; what is ours is how a body is read: unpacked while it arrives, never
more of it than the known size, never longer than the deadline.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

import pooch
import requests
import urllib3

from digitlab.base.files import cannot_write
from digitlab.data.named import NamedFile, NamedSource
from digitlab.data.progress import Progress, bar
from digitlab.errors import DownloadError

DEADLINE_S = 600.0  # for one file from one mirror
FIRST_ANSWER_S = 4.0  # a mirror that does not answer by then is passed over, so that no network is noticed soon
STALL_S = 15.0  # without a single byte
_CHUNK = 2**16
_PACKING_SLACK = 2**16  # gzip never makes a file much larger than it was
_GZIP_FIRST_BYTE = b"\x1f"


class _RefusedError(Exception):
    """What a mirror sent (or did not send) is of no use; the text goes into the summary of all mirrors."""


def fetch(source: NamedSource, cache_dir: Path, *, deadline: float = DEADLINE_S) -> Path:
    """Download what is missing or damaged of a named dataset into `cache_dir/<name>`, unpacked and verified.

    Args:
        source: which files, their hashes and mirrors; `$DIGITLAB_MIRROR` (addresses with commas between, files expected
            under `<address>/<name>/`) replaces the mirrors.
        cache_dir: made if it is not there.
        deadline: seconds for one file from one mirror.

    Returns:
        The folder with the four IDX files.

    Raises:
        DownloadError: no mirror gave a file; says what went wrong with each of them.
        StorageError: the cache folder may not be written, or the disk is full.
    """
    folder = cache_dir / source.name
    mirrors = deque(_mirrors(source))
    total = sum(file.size for file in source.files)
    try:
        with _quiet_pooch(), bar(f"Downloading {source.name}") as show:
            done = 0
            for file in source.files:
                _fetch_file(source, file, folder, mirrors, deadline, _from(show, done, total))
                done += file.size
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def _mirrors(source: NamedSource) -> list[str]:
    own = [address.strip() for address in os.environ.get("DIGITLAB_MIRROR", "").split(",") if address.strip()]
    return [f"{address.rstrip('/')}/{source.name}/" for address in own] or list(source.mirrors)


def _from(show: Progress, start: int, total: int) -> Progress:
    """The progress of one file, whose bytes begin at `start` of all."""
    return lambda done, _: show(start + done, total)


def _fetch_file(
    source: NamedSource, file: NamedFile, folder: Path, mirrors: deque[str], deadline: float, show: Progress
) -> None:
    reasons = []
    for _ in range(len(mirrors)):
        try:
            _retrieve(mirrors[0] + file.name + ".gz", file, folder, deadline, show)
            return
        except _RefusedError as reason:
            reasons.append(f"{urlsplit(mirrors[0]).netloc or mirrors[0]}: {reason}")
        except ValueError:  # pooch compared the hash
            reasons.append(f"{urlsplit(mirrors[0]).netloc}: {file.name} has not the known SHA-256")
        mirrors.rotate(-1)  # the next file begins with the mirror that worked
    raise DownloadError(
        f"{source.name} could not be downloaded",
        found="; ".join(reasons),
        remedy=f"connect to the network; or set DIGITLAB_DATA to a folder that holds {source.name}/, or DIGITLAB_MIRROR"
        " to an address that does; or take --data synthetic, which needs neither",
    )


def _retrieve(url: str, file: NamedFile, folder: Path, deadline: float, show: Progress) -> None:
    """Let pooch keep the file if it is there and right, else download, hash and rename it."""

    def downloader(url: str, target: str, _: object) -> None:
        Path(target).unlink()  # pooch made it for its owner only; made anew, it gets the usual permissions
        with Path(target).open("xb") as out, _answer(url) as response:
            done = 0
            for block in _unpacked(_body(response, time.monotonic() + deadline, deadline), file):
                out.write(block)
                done += len(block)
                show(done, file.size)

    pooch.retrieve(url, f"sha256:{file.sha256}", fname=file.name, path=folder, downloader=downloader)


@contextmanager
def _answer(url: str) -> Iterator[requests.Response]:
    """The answer of a mirror, its body not yet read.

    Asked in a thread of its own: neither the look-up of a name nor a host with many addresses heeds a timeout.
    """
    box: SimpleQueue[requests.Response | Exception] = SimpleQueue()
    too_late = threading.Event()
    threading.Thread(target=_ask, args=(url, box, too_late), daemon=True).start()
    try:
        answer = box.get(timeout=FIRST_ANSWER_S)
    except Empty:
        too_late.set()
        raise _RefusedError(f"no answer within {FIRST_ANSWER_S:.0f} s") from None
    if isinstance(answer, Exception):
        raise _RefusedError(_reason(answer)) from answer
    with answer:
        if answer.status_code != requests.codes.ok:
            raise _RefusedError(f"status {answer.status_code} ({answer.reason})")
        yield answer


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {FIRST_ANSWER_S:.0f} s"
    if isinstance(error, ValueError):
        return "not an address"
    return "cannot connect" if isinstance(error, requests.ConnectionError) else str(error)


def _ask(url: str, box: SimpleQueue[requests.Response | Exception], too_late: threading.Event) -> None:
    try:
        response = requests.get(
            url, stream=True, timeout=(FIRST_ANSWER_S, STALL_S), headers={"Accept-Encoding": "identity"}
        )
    except Exception as error:  # raised again, in words, by the one who asked
        box.put(error)
        return
    box.put(response)
    if too_late.is_set():
        response.close()


def _body(response: requests.Response, end: float, deadline: float) -> Iterator[bytes]:
    """The bytes as they arrive, as they are; `end` is on the monotonic clock."""
    while True:
        try:
            # read1 returns what is there: read would wait for a full chunk, which from a slow mirror never comes.
            chunk = response.raw.read1(_CHUNK, decode_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise _RefusedError("the connection broke off") from error
        if not chunk:
            return
        if time.monotonic() > end:
            raise _RefusedError(f"not done within {deadline:g} s")
        yield chunk


def _unpacked(chunks: Iterator[bytes], file: NamedFile) -> Iterator[bytes]:
    """Unpack while reading (a body that is no gzip stays as it is), and stop at the known size."""
    unpacker, received, made = zlib.decompressobj(zlib.MAX_WBITS | 16), 0, 0
    packed = True
    for chunk in chunks:
        packed = chunk.startswith(_GZIP_FIRST_BYTE) if received == 0 else packed
        received += len(chunk)
        block = _unpack(unpacker, chunk, file.size + 1 - made) if packed else chunk
        made += len(block)
        if made > file.size or received > file.size + _PACKING_SLACK:
            raise _RefusedError(f"{file.name} is longer than its {file.size:,} bytes")
        yield block
        if unpacker.eof:
            break
    if made < file.size:
        raise _RefusedError(f"{file.name} ends after {made:,} of {file.size:,} bytes")


def _unpack(unpacker: zlib._Decompress, chunk: bytes, limit: int) -> bytes:
    try:
        return unpacker.decompress(chunk, limit)
    except zlib.error as error:
        raise _RefusedError("not a gzip file, or a damaged one") from error


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Keep pooch from telling each download on standard error."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
