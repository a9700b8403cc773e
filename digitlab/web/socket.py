"""The port: taken before anything is loaded, so that a taken one is told at once."""

from __future__ import annotations

import socket

from digitlab.errors import UsageError

_BACKLOG = 2048  # connections that wait in the kernel until a worker takes them, also while one is started again


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there (raises UsageError: it cannot)."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        why = str(error.strerror).partition(" (while")[0]  # Python adds the address in words of its own
        raise UsageError(
            "nothing can listen at this address",
            found=f"{host}:{port}: {why}",
            remedy="choose another --port, or an address of this machine as --host",
        ) from None
