"""Named datasets over the network: each mirror in turn; nothing unverified is ever under the final name."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import zlib
from collections import deque
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

import requests
import urllib3

from digitlab.base.files import cannot_write, write_bytes
from digitlab.data.named import NamedFile, NamedSource
from digitlab.data.progress import Progress, bar
from digitlab.errors import DownloadError

DEADLINE_S = 600.0  # for one file from one mirror
FIRST_ANSWER_S = 4.0  # a mirror that does not answer by then is skipped, so that a missing network is noticed soon
STALL_S = 15.0  # without a single byte
_CHUNK_BYTES = 2**16
_GZIP_OVERHEAD_BYTES = 2**16  # gzip never makes a file much larger than it was
_GZIP_FIRST_BYTE = b"\x1f"


class _MirrorError(Exception):
    """Why a mirror gave no usable file; the text becomes part of the `DownloadError`."""


def fetch(source: NamedSource, cache_dir: Path, *, deadline: float = DEADLINE_S) -> Path:
    """Download the missing or damaged files of a named dataset into `cache_dir/<name>`, unpacked and verified.

    Args:
        source: the files, their SHA-256 and the mirrors; `$DIGITLAB_MIRROR` (addresses separated by commas, each with
            the files under `<address>/<name>/`) replaces the mirrors.
        cache_dir: made if it does not exist.
        deadline: seconds for one file from one mirror.

    Returns:
        The folder with the four IDX files.

    Raises:
        DownloadError: no mirror gave a file; says what went wrong with each of them.
        StorageError: the cache folder cannot be written, or the disk is full.
    """
    folder = cache_dir / source.name
    mirrors, total, done = deque(_mirrors(source)), sum(file.size for file in source.files), 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with bar(f"Downloading {source.name}") as show:
            for file in source.files:
                path = folder / file.name
                if not (path.is_file() and _is_known(path.read_bytes(), file)):
                    write_bytes(path, _from_any(mirrors, source, file, deadline, partial(_advance, show, done, total)))
                done += file.size
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def _advance(show: Progress, before: int, total: int, done: int, _: int) -> None:
    """Show the progress of one file as part of all files."""
    show(before + done, total)


def _mirrors(source: NamedSource) -> list[str]:
    own = [address.strip() for address in os.environ.get("DIGITLAB_MIRROR", "").split(",") if address.strip()]
    return [f"{address.rstrip('/')}/{source.name}/" for address in own] or list(source.mirrors)


def _is_known(content: bytes | bytearray, file: NamedFile) -> bool:
    return hashlib.sha256(content).hexdigest() == file.sha256


def _from_any(mirrors: deque[str], source: NamedSource, file: NamedFile, deadline: float, show: Progress) -> bytes:
    reasons = []
    for _ in range(len(mirrors)):
        try:
            return _download(mirrors[0] + file.name + ".gz", file, deadline, show)
        except _MirrorError as reason:
            reasons.append(f"{urlsplit(mirrors[0]).netloc or mirrors[0]}: {reason}")
        mirrors.rotate(-1)  # the next file begins with the mirror that worked
    raise DownloadError(
        f"{source.name} could not be downloaded",
        found="; ".join(reasons),
        remedy=f"connect to the network; or set DIGITLAB_DATA to a folder that holds {source.name}/, or DIGITLAB_MIRROR"
        " to an address that does; or use --data synthetic, which needs neither",
    )


def _download(url: str, file: NamedFile, deadline: float, show: Progress) -> bytes:
    """The file, unpacked while it arrives (one that is not gzipped stays as it is) and verified."""
    content, received, packed = bytearray(), 0, True
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    with _answer(url) as response:
        end = time.monotonic() + deadline
        while not unpacker.eof and (chunk := _chunk(response)):
            if time.monotonic() > end:
                raise _MirrorError(f"not done within {deadline:g} s")
            packed = chunk.startswith(_GZIP_FIRST_BYTE) if received == 0 else packed
            received += len(chunk)
            try:
                content += unpacker.decompress(chunk, file.size + 1 - len(content)) if packed else chunk
            except zlib.error as error:
                raise _MirrorError("not a gzip file, or a damaged one") from error
            if len(content) > file.size or received > file.size + _GZIP_OVERHEAD_BYTES:
                raise _MirrorError(f"{file.name} is longer than its {file.size:,} bytes")
            show(len(content), file.size)
    if len(content) < file.size:
        raise _MirrorError(f"{file.name} ends after {len(content):,} of {file.size:,} bytes")
    if not _is_known(content, file):
        raise _MirrorError(f"{file.name} does not have the known SHA-256")
    return bytes(content)


def _answer(url: str) -> requests.Response:
    """The answer of a mirror, its body not yet read.

    Asked in a thread of its own: neither the look-up of a name nor a host with many addresses heeds a timeout.
    """
    box: SimpleQueue[requests.Response | Exception] = SimpleQueue()

    def ask() -> None:
        timeout, headers = (FIRST_ANSWER_S, STALL_S), {"Accept-Encoding": "identity"}
        try:
            box.put(requests.get(url, stream=True, timeout=timeout, headers=headers))
        except Exception as error:  # raised again below, in words
            box.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = box.get(timeout=FIRST_ANSWER_S)
    except Empty:
        answer = requests.Timeout()
    if isinstance(answer, Exception):
        raise _MirrorError(_in_words(answer)) from answer
    if answer.status_code != requests.codes.ok:
        answer.close()
        raise _MirrorError(f"status {answer.status_code} ({answer.reason})")
    return answer


def _in_words(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {FIRST_ANSWER_S:.0f} s"
    if isinstance(error, ValueError):
        return "not an address"
    return "cannot connect" if isinstance(error, requests.ConnectionError) else str(error)


def _chunk(response: requests.Response) -> bytes:
    """The next bytes as they are: `read` would wait for a full chunk, which from a slow mirror never comes."""
    try:
        chunk: bytes = response.raw.read1(_CHUNK_BYTES, decode_content=False)
    except urllib3.exceptions.HTTPError as error:
        raise _MirrorError("the connection broke off") from error
    return chunk
