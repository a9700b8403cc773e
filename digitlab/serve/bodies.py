"""The body of a request, never more of it than the limit."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.types import Message, Receive, Scope

from digitlab.serve.admission import reject_overload
from digitlab.serve.http_errors import RequestError
from digitlab.serve.limits import MAX_BODIES_BYTES, MIB, UNCOUNTED_BODY_BYTES


class BodyMemory:
    """The bytes of all bodies in a process: they are read before their requests take a slot."""

    def __init__(self) -> None:
        self.used = 0


class CountedBody:
    """The body of one request, counted in `memory` until `done`, but for its beginning: so large ones block no small.

    Args:
        receive: gives its parts.
        memory: shared by all bodies.
    """

    def __init__(self, receive: Receive, memory: BodyMemory) -> None:
        self._receive = receive
        self._memory = memory
        self._received = 0
        self._counted = 0

    async def receive(self) -> Message:
        """The next part (raises RequestError: all bodies together are too large)."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        more = max(0, self._received - UNCOUNTED_BODY_BYTES) - self._counted
        if self._memory.used + more > MAX_BODIES_BYTES:
            await reject_overload(f"{MAX_BODIES_BYTES // MIB} MiB of other bodies")
        self._counted += more
        self._memory.used += more
        return message

    def done(self) -> None:
        """The request is answered."""
        self._memory.used -= self._counted


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers by their lower-case names; of one that is repeated the last."""
    return dict(scope["headers"])


def declared_length(headers: dict[bytes, bytes], limit: int) -> int | None:
    """The bytes of the body, where the request declares them (raises RequestError: too many, or compressed)."""
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise RequestError(
            415,
            "compressed request bodies are not supported",
            found="a content-encoding",
            remedy="send the body uncompressed",
            reason="coding",
        )
    length = headers.get(b"content-length")
    if length is None:
        return None
    if int(length) > limit:  # the server has rejected what is no number
        raise _too_large(limit)
    return int(length)


async def parts(receive: Receive, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives (raises RequestError: more than `limit` bytes, or the client disconnected)."""
    total = 0
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestError(
                400, "the body is incomplete", found=f"{total} bytes", remedy="send it again", reason="disconnected"
            )
        part = message.get("body", b"")
        total += len(part)
        if total > limit:
            raise _too_large(limit)
        more = message.get("more_body", False)
        yield part


async def whole(receive: Receive, limit: int) -> bytes:
    """All of the body (raises RequestError, as `parts`)."""
    return b"".join([part async for part in parts(receive, limit)])


def _too_large(limit: int) -> RequestError:
    return RequestError(
        413,
        "the body is too large",
        found=f"more than {limit // MIB} MiB",
        remedy="send less at once, or a smaller picture",
    )
