"""Access control: programs of this machine, or whoever has the token; never another page in the same browser.

A page from elsewhere can make a browser send requests to this machine.  It cannot choose their `Origin`, and with DNS
rebinding its own name stands in `Host`: both are checked, for web sockets too.  Where there is no `Origin`, as for an
image or a frame, `Sec-Fetch-Site` says which site sends the request.
"""

from __future__ import annotations

import hmac
import socket
from contextlib import suppress
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from digitlab.web.access import HostNames, is_cross_site

MAX_BYTES = 8 * 2**20  # of one request
COOKIE = "digitlab_token"


class Guard:
    """Wraps the whole page.

    Args:
        page: what is guarded.
        host: the address that the page is bound to.
        token: the secret that a client must send; None: none is required.
    """

    def __init__(self, page: ASGIApp, host: str, token: str | None) -> None:
        self._page = page
        self._names = HostNames(host, socket.gethostname())
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or reject it."""
        if scope["type"] not in ("http", "websocket"):
            await self._page(scope, receive, send)
            return
        rejection = self._rejection(scope, {name.lower(): value for name, value in scope["headers"]})
        if rejection is None:
            with suppress(ClientDisconnect):  # no client is left to be told, and nothing went wrong here
                await self._page(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await rejection(scope, receive, send)

    def _rejection(self, scope: Scope, headers: dict[bytes, bytes]) -> Response | None:
        """The answer to a request that may not pass; None: it may."""
        if headers.get(b"host", b"") not in self._names:
            text = "Unknown host name: open the page at the address that digitlab lab printed."
            return PlainTextResponse(text, 421)
        if is_cross_site(scope.get("method", "WEBSOCKET"), headers) or _is_embedded(headers):
            return PlainTextResponse("Cross-site requests are not allowed.", 403)
        if b"transfer-encoding" in headers:  # the server checks a body against its declared length
            return PlainTextResponse("A Content-Length is required.", 411)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BYTES:
            return PlainTextResponse(f"The request is too large: at most {MAX_BYTES >> 20} MiB.", 413)
        return None if self._token is None else self._without_token(scope, headers, self._token.encode())

    def _without_token(self, scope: Scope, headers: dict[bytes, bytes], token: bytes) -> Response | None:
        """The token comes once in the address, and from then on in a cookie that other sites cannot have sent."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.pop("token", [""])[0]
        if hmac.compare_digest(given.encode(), token):
            clean = RedirectResponse(scope["path"] + (f"?{urlencode(query, doseq=True)}" if query else ""), 303)
            clean.set_cookie(COOKIE, given, httponly=True, samesite="strict")
            return clean
        kept = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(COOKIE)
        if kept is not None and hmac.compare_digest(kept.value.encode(), token):
            return None
        return PlainTextResponse("A token is required: open the whole address that digitlab lab printed.", 403)


def _is_embedded(headers: dict[bytes, bytes]) -> bool:
    """Whether another page loads this one as a frame or an image; a link that opens it as a page is fine."""
    site = headers.get(b"sec-fetch-site", b"none")
    follows_link = (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) == (b"navigate", b"document")
    return site not in (b"same-origin", b"none") and not follows_link
