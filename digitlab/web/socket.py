"""The listening socket: opened before anything is loaded, so that a taken port is reported at once."""

from __future__ import annotations

import socket

from digitlab.errors import UsageError

_BACKLOG = 2048  # connections that wait in the kernel until a worker takes them, also while one is restarted


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at this address; port 0: a free one (raises UsageError: the address cannot be used)."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        why = (getattr(error, "strerror", None) or str(error)).partition(" (while")[0]  # Python adds the address
        raise UsageError(
            "cannot listen at this address",
            found=f"{host}:{port}: {why}",
            remedy="choose another --port (0 for a free one), or an address of this machine as --host",
        ) from None
