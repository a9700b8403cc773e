"""Access control: the Host header, the site of the page that sends the request, and the token."""

from __future__ import annotations

import hmac

from digitlab.serve.http_errors import RequestError
from digitlab.serve.settings import ServeConfig
from digitlab.web.access import HostNames, is_cross_site

# Without a secret, and needed by clients without a token: probes, and the page into which a token can be typed.
OPEN = frozenset({"/v2/health/live", "/v2/health/ready", "/docs", "/docs/page.js", "/docs/page.css"})


class Guard:
    """Rejects requests for another host, from pages of other sites, and without the token."""

    def __init__(self, config: ServeConfig) -> None:
        self._names = HostNames(config.host, *config.allowed_hosts)
        self._token = None if config.token is None else f"Bearer {config.token}".encode()

    def check(self, method: str, path: str, headers: dict[bytes, bytes]) -> None:
        """Let a request pass (raises RequestError: another host, another site's page, no or a wrong token)."""
        if path in OPEN:
            return
        host = headers.get(b"host", b"")
        if host not in self._names:
            raise RequestError(
                421,
                "unknown host name",
                found=f"'{host.decode('latin-1')[:100]}'",
                remedy="use an IP address; the operator can add a name with --allow-host",
            )
        if is_cross_site(method, headers):
            raise RequestError(
                403,
                "cross-site requests are not allowed",
                found=f"a request from {headers.get(b'origin', b'another site').decode('latin-1')[:100]}",
                remedy="send it from a program; a proxy in front of the service must pass on the Host header",
            )
        given = headers.get(b"authorization", b"")
        if self._token is not None and not hmac.compare_digest(given, self._token):
            raise RequestError(
                401,
                "a token is required",
                found="none" if not given else "a wrong one",
                remedy='send the header "Authorization: Bearer TOKEN" with the token of the service',
            )
