"""The Content-Security-Policy: the browser runs scripts of this server, and none that was injected into the page.

NiceGUI writes a few inline scripts; each gets a nonce, and no other inline script runs.  The nonce goes into NiceGUI's
template, not into its output, so that a script injected with a text gets none.  NiceGUI evaluates the handlers of its
events, hence 'unsafe-eval'; Vue and we set styles of single elements, hence 'unsafe-inline' for styles.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from jinja2 import BaseLoader, Environment
from nicegui.client import templates
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class Policy:
    """Adds the headers to every response of `page`."""

    def __init__(self, page: ASGIApp) -> None:
        self._page = page
        if not isinstance(templates.env.loader, _WithNonce):
            templates.env.loader = _WithNonce(templates.env.loader)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the page does, with the policy in the headers."""
        if scope["type"] != "http":
            await self._page(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope["state"] = {**scope.get("state", {}), "nonce": nonce}

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
                headers["X-Frame-Options"] = "DENY"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        await self._page(scope, receive, send_with_policy)


class _WithNonce(BaseLoader):
    """NiceGUI's templates, with the nonce of the request in each of their scripts."""

    def __init__(self, loader: BaseLoader | None) -> None:
        assert loader is not None
        self._loader = loader

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        text, name, is_fresh = self._loader.get_source(environment, template)
        return text.replace("<script", '<script nonce="{{ request.state.nonce }}"'), name, is_fresh
