"""Who may ask: the name under which the service was reached, the page that asks, and the token."""

from __future__ import annotations

import hmac

from digitlab.serve.refusals import RequestError
from digitlab.serve.settings import ServeConfig
from digitlab.web.access import host_name, is_address, is_foreign

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

    def check(self, method: str, path: str, headers: dict[bytes, bytes]) -> None:
        """Let a request pass (raises RequestError: another host, another site's page, no or another token)."""
        if path in OPEN:
            return
        host = headers.get(b"host", b"")
        if host not in self._known:
            self._check_host(host)
        if is_foreign(method, headers):
            raise RequestError(
                403,
                "pages of other sites may not ask",
                found=f"a request of {headers.get(b'origin', b'another site').decode('latin-1')[:100]}",
                remedy="send it from a program; a proxy in front of the service must pass on the Host header",
                reason="origin",
            )
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
        name = host_name(host.decode("latin-1"))
        if name not in self._names and not is_address(name):
            raise RequestError(
                421,
                "the service does not answer under this name",
                found=f"'{name[:100]}'",
                remedy="use its address; who runs it can add a name with --allow-host",
                reason="host",
            )
        if len(self._known) < 100:
            self._known.add(host)
