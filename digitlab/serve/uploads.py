"""The pictures in a request: its body as it is, or the files of a form."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from digitlab.serve.bodies import declared_length, headers_of, parts, whole
from digitlab.serve.limits import MOST_PICTURE_BYTES, MOST_PICTURES
from digitlab.serve.refusals import RequestError


class Upload(NamedTuple):
    """One picture file."""

    name: str | None  # as the form calls it; never used as a path
    content: bytes


async def uploads(request: Request, most: int = MOST_PICTURES) -> list[Upload]:
    """The pictures that came, at least one and at most `most` (raises RequestError)."""
    declared_length(headers_of(request.scope), MOST_PICTURE_BYTES)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() == "multipart/form-data":
        return await _of_form(request, most)
    body = await whole(request.receive, MOST_PICTURE_BYTES)
    if not body:
        raise _wrong("an empty body", "send the bytes of a picture, or a form with files")
    return [Upload(None, body)]


async def _of_form(request: Request, most: int) -> list[Upload]:
    parser = MultiPartParser(
        Headers(scope=request.scope), parts(request.receive, MOST_PICTURE_BYTES), max_files=most, max_fields=0
    )
    parser.spool_max_size = MOST_PICTURE_BYTES  # so that no file is ever written to a disk
    try:
        form = await parser.parse()
        files = [file for _, file in form.multi_items() if isinstance(file, UploadFile)]
        found = [Upload(_plain(file.filename), await file.read()) for file in files]
        await form.close()
    except (MultiPartException, ValueError, LookupError) as error:  # the last two: no boundary, an unknown charset
        raise _wrong(f"a form that cannot be read ({getattr(error, 'message', type(error).__name__)})", _FORM) from None
    if not found:
        raise _wrong("a form without files", _FORM)
    return found


def _plain(name: str | None) -> str | None:
    """The name with «?» for what no text can hold: it comes back in the answer."""
    return name and name.encode(errors="replace").decode()


_FORM = f"send at most {MOST_PICTURES} files and no other fields, as curl does with -F picture=@seven.png"


def _wrong(found: str, remedy: str) -> RequestError:
    return RequestError(400, "there is no picture in the request", found=found[:200], remedy=remedy, field="picture")
