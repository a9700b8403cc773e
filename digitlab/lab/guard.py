"""Who may talk to the page: programs of this machine, or who has the token; never another page in the same browser.

A page from elsewhere can make a browser send requests to this machine.  It cannot choose their `Origin`, and where it
tricks the name lookup («DNS rebinding») its own name stands in `Host`: both are looked at, for web sockets too.  Where
there is no `Origin`, as with an image or a frame, `Sec-Fetch-Site` says whose request it is.
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

from digitlab.web.access import host_name, is_address, is_foreign

MOST_BYTES = 8 * 2**20  # of one request
COOKIE = "digitlab_token"


class Guard:
    """Stands before the whole page.

    Args:
        page: what is guarded.
        host: the address that the page is bound to.
        token: what a stranger must know; None: nobody need know anything.
    """

    def __init__(self, page: ASGIApp, host: str, token: str | None) -> None:
        self._page = page
        self._names = {"localhost", host.lower(), socket.gethostname().lower()}
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer in place of the page."""
        if scope["type"] not in ("http", "websocket"):
            await self._page(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is None:
            with suppress(ClientDisconnect):  # nobody is there to be told, and nothing went wrong here
                await self._page(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Response | None:
        """The answer to a request that may not pass; None: it may."""
        if not self._is_own(headers.get("host", "")):
            return _refused(421, "This page does not answer to that name: open it by the address that it printed.")
        if is_foreign(scope.get("method", "WEBSOCKET"), dict(scope["headers"])) or _is_embedded(headers):
            return _refused(403, "Another page may not talk to this one.")
        if "transfer-encoding" in headers:  # the server holds a body to the length that it says
            return _refused(411, "Say how much it is.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return _refused(413, f"That is too much: at most {MOST_BYTES >> 20} MiB.")
        return self._without_token(scope, headers) if self._token is not None else None

    def _without_token(self, scope: Scope, headers: dict[str, str]) -> Response | None:
        """The token comes once in the address, and from then on in a cookie that other sites cannot have sent."""
        assert self._token is not None
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.pop("token", [""])[0]
        if hmac.compare_digest(given.encode(), self._token.encode()):
            clean = RedirectResponse(scope["path"] + (f"?{urlencode(query, doseq=True)}" if query else ""), 303)
            clean.set_cookie(COOKIE, given, httponly=True, samesite="strict")
            return clean
        kept = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        if kept is not None and hmac.compare_digest(kept.value.encode(), self._token.encode()):
            return None
        return _refused(403, "This page needs its token: open the whole address that digitlab lab printed.")

    def _is_own(self, host: str) -> bool:
        """Whether `host` («127.0.0.1:8011») means this machine; a number does, since no name was looked up for it."""
        name = host_name(host)
        return name in self._names or is_address(name)


def _is_embedded(headers: dict[str, str]) -> bool:
    """Whether another page shows this one as a frame or picture; a link that opens a window of its own is fine."""
    site = headers.get("sec-fetch-site", "none")
    follows_link = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return site not in ("same-origin", "none") and not follows_link


def _refused(code: int, text: str) -> Response:
    return PlainTextResponse(text, code)
