"""Whose request it is: this machine's, another machine's, or that of another site's page in somebody's browser."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_MAX_KNOWN = 100
_READS = frozenset({"GET", "HEAD"})  # a link on another site may lead here


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can connect to a server at `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class HostNames:
    """The `Host` headers that a server answers to: localhost, these names, and any IP address, with any port.

    A page in a browser can send requests to this machine if its own name is made to point here ("DNS rebinding"); the
    `Host` header is then that name.  No name is looked up for an address, so any of them is fine.
    """

    def __init__(self, *names: str) -> None:
        self._names = {"localhost", *(name.lower() for name in names)}
        self._known: set[bytes] = set()  # headers that passed, so that each is parsed once

    def __contains__(self, header: bytes) -> bool:
        if header in self._known:
            return True
        name, _, port = (text := header.decode("latin-1").lower()).rpartition(":")
        name = name if name and port.isdecimal() else text
        if name not in self._names and not _is_address(name):
            return False
        if len(self._known) < _MAX_KNOWN:
            self._known.add(header)
        return True


def is_cross_site(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that the page of another site sends this request.

    A page can send requests to any address, this machine's too; it cannot choose these headers, which Go's
    `CrossOriginProtection` judges in the same way.  `Sec-Fetch-Site` comes first: it holds behind a proxy that changes
    `Host`.  Programs send neither header.
    """
    site = headers.get(b"sec-fetch-site")
    if site in (b"same-origin", b"none"):  # "none": typed by the user
        return False
    origin = headers.get(b"origin")
    if origin is not None:
        return _netloc(origin) != headers.get(b"host", b"").decode("latin-1").lower()
    return site is not None and method not in _READS


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _netloc(origin: bytes) -> str:
    try:
        return urlsplit(origin.decode("latin-1").lower()).netloc
    except ValueError:  # unbalanced brackets
        return ""
