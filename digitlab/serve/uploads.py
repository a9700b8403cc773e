"""The pictures in a request: its body, or the files of a form."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from digitlab.serve.bodies import declared_length, headers_of, parts, whole
from digitlab.serve.http_errors import RequestError
from digitlab.serve.limits import MAX_PICTURE_BYTES, MAX_PICTURES


class Upload(NamedTuple):
    """One picture file."""

    name: str | None  # in the form; never used as a path
    content: bytes


async def uploads(request: Request, limit: int = MAX_PICTURES) -> list[Upload]:
    """The pictures of a request, at least one and at most `limit` (raises RequestError)."""
    declared_length(headers_of(request.scope), MAX_PICTURE_BYTES)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() == "multipart/form-data":
        return await _of_form(request, limit)
    body = await whole(request.receive, MAX_PICTURE_BYTES)
    if not body:
        raise _no_picture("an empty body", "send the bytes of a picture, or a form with files")
    return [Upload(None, body)]


async def _of_form(request: Request, limit: int) -> list[Upload]:
    parser = MultiPartParser(
        Headers(scope=request.scope), parts(request.receive, MAX_PICTURE_BYTES), max_files=limit, max_fields=0
    )
    parser.spool_max_size = MAX_PICTURE_BYTES  # so that no file is ever written to disk
    try:
        form = await parser.parse()
        files = [file for _, file in form.multi_items() if isinstance(file, UploadFile)]
        # The name is sent back in the answer, with "?" for what UTF-8 cannot encode.
        names = [file.filename and file.filename.encode(errors="replace").decode() for file in files]
        found = [Upload(name, await file.read()) for name, file in zip(names, files, strict=True)]
        await form.close()
    except (MultiPartException, ValueError, LookupError) as error:  # the last two: no boundary, an unknown charset
        why = getattr(error, "message", type(error).__name__)
        raise _no_picture(f"an unreadable form ({why})", _FORM) from None
    if not found:
        raise _no_picture("a form without files", _FORM)
    return found


_FORM = f"send at most {MAX_PICTURES} files and no other fields, as curl does with -F picture=@seven.png"


def _no_picture(found: str, remedy: str) -> RequestError:
    return RequestError(400, "no picture in the request", found=found[:200], remedy=remedy, field="picture")
