"""Whose request it is: this machine's, another machine's, or that of another site's page in somebody's browser."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_READS = frozenset({"GET", "HEAD"})  # a link on another site may lead here


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach what listens at `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str:
    """The name in a `Host` header («LOCALHOST:8000»), in small letters and without the port."""
    name, _, port = header.lower().rpartition(":")
    return name if port.isdecimal() and name else header.lower()


def is_address(name: str) -> bool:
    """Whether it is an IP address: for those nobody looks up a name, so nobody can be sent here by one of his own."""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def is_foreign(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that the page of another site sends this.

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


def _netloc(origin: bytes) -> str:
    try:
        return urlsplit(origin.decode("latin-1").lower()).netloc
    except ValueError:  # brackets that do not fit
        return ""
