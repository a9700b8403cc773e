"""Bytes that nobody honest sends, and what they cost the service."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

MIB = 2**20
JSON = "application/json"


@contextlib.contextmanager
def connected(port: int, *parts: bytes, timeout: float = 30.0) -> Iterator[socket.socket]:
    """A connection on which these bytes have been sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        for part in parts:
            connection.sendall(part)
        yield connection


def head(path: str, *headers: str, method: str = "POST") -> bytes:
    """Request line and headers."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def received(connection: socket.socket) -> bytes:
    """All that comes until the other end closes (raises TimeoutError: it does not)."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            found += part
    return found


def flood(connection: socket.socket, piece: bytes, most: int) -> int:
    """Send `piece` over and over, up to `most` bytes; how many were taken before the connection ended."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < most:
            connection.sendall(piece)
            sent += len(piece)
    return sent


def resident(process: int) -> float:
    """MiB of memory that a process has."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def processor_seconds(process: int) -> float:
    """What a process has used of the processor."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
