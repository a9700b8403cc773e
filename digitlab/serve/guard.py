"""Who may ask: the name under which the service was reached, and the token."""

from __future__ import annotations

import hmac
import ipaddress

from digitlab.serve.refusals import RequestError
from digitlab.serve.settings import ServeConfig

# Without a secret in them, and needed by who has no token: probes, and the page into which a token can be typed.
OPEN = frozenset({"/v2/health/live", "/v2/health/ready", "/docs", "/docs/page.js", "/docs/page.css"})


class Guard:
    """Refuses requests that were not meant for this service, or come without the token.

    A page in a browser can send requests to a service on the same machine, if the page's own name is made to point
    there; the Host header then has that name.  Addresses cannot be used in this way, so any of them is fine.
    """

    def __init__(self, config: ServeConfig) -> None:
        self._names = {"localhost", config.host.lower(), *(name.lower() for name in config.allowed_hosts)}
        self._token = None if config.token is None else f"Bearer {config.token}".encode()
        self._known: set[bytes] = set()  # Host headers that passed, so that each is looked at once

    def check(self, path: str, headers: dict[bytes, bytes]) -> None:
        """Let a request pass (raises RequestError: another host, no or another token)."""
        if path in OPEN:
            return
        host = headers.get(b"host", b"")
        if host not in self._known:
            self._check_host(host)
        given = headers.get(b"authorization", b"")
        if self._token is not None and not hmac.compare_digest(given, self._token):
            raise RequestError(
                401,
                "a token is needed",
                found="none" if not given else "another one",
                remedy="send the header «Authorization: Bearer TOKEN» with the token of the service",
                reason="token",
            )

    def _check_host(self, host: bytes) -> None:
        name = _without_port(host.decode("latin-1").lower())
        if name not in self._names and not _is_address(name):
            raise RequestError(
                421,
                "the service does not answer under this name",
                found=f"'{name[:100]}'",
                remedy="use its address; who runs it can add a name with --allow-host",
                reason="host",
            )
        if len(self._known) < 100:
            self._known.add(host)


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if port.isdigit() and name else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
