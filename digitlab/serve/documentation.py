"""The page `/docs`, which lists every address and sends requests to it; it loads nothing from other servers."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response

_FOLDER = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'"
)
_FILES = {
    "": ("page.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
}


def documentation_routes() -> APIRouter:
    """The page, its script and its style."""
    router = APIRouter(prefix="/docs", include_in_schema=False)
    for address, (name, kind) in _FILES.items():
        content = (_FOLDER / name).read_bytes()

        async def file(content: bytes = content, kind: str = kind) -> Response:
            return Response(content, media_type=kind, headers={"content-security-policy": _POLICY})

        router.add_api_route(address, file, methods=["GET"], response_class=Response)
    return router
