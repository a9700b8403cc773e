"""The body of a request, never more of it than the limit."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.types import Message, Receive, Scope

from digitlab.serve.lanes import refuse_as_busy
from digitlab.serve.limits import FREE_BODY_BYTES, MIB, MOST_BODIES_BYTES
from digitlab.serve.refusals import RequestError


class Memory:
    """What all bodies of a process take together: they are read before anything waits for a place."""

    def __init__(self) -> None:
        self.held = 0


class Incoming:
    """The body of one request, counted but for its beginning, so that large ones keep out no small one.

    Args:
        receive: gives its parts.
        memory: where they count until `done`.
    """

    def __init__(self, receive: Receive, memory: Memory) -> None:
        self._receive = receive
        self._memory = memory
        self._arrived = 0
        self._held = 0

    async def receive(self) -> Message:
        """The next part (raises RequestError: too much is held already)."""
        message = await self._receive()
        self._arrived += len(message.get("body", b""))
        more = max(0, self._arrived - FREE_BODY_BYTES) - self._held
        if self._memory.held + more > MOST_BODIES_BYTES:
            await refuse_as_busy(f"{MOST_BODIES_BYTES // MIB} MiB of other bodies")
        self._held += more
        self._memory.held += more
        return message

    def done(self) -> None:
        """The request is answered."""
        self._memory.held -= self._held


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers by their names in small letters; of one that is repeated the last."""
    return dict(scope["headers"])


def declared_length(headers: dict[bytes, bytes], most: int) -> int | None:
    """How many bytes the body will have, where the request says so (raises RequestError: too many, or packed)."""
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise RequestError(
            415,
            "a packed body is not taken",
            found="a content-encoding",
            remedy="send the body as it is",
            reason="coding",
        )
    length = headers.get(b"content-length")
    if length is None:
        return None
    if int(length) > most:  # the server has refused what is no number
        raise _too_large(most)
    return int(length)


async def parts(receive: Receive, most: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives.

    Raises:
        RequestError: more than `most` bytes, or the other end went away.
    """
    total = 0
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestError(
                400, "the body is not whole", found=f"{total} bytes", remedy="send it again", reason="disconnected"
            )
        part = message.get("body", b"")
        total += len(part)
        if total > most:
            raise _too_large(most)
        more = message.get("more_body", False)
        yield part


async def whole(receive: Receive, most: int) -> bytes:
    """All of the body (raises RequestError, as `parts`)."""
    return b"".join([part async for part in parts(receive, most)])


def _too_large(most: int) -> RequestError:
    return RequestError(
        413,
        "the body is too large",
        found=f"more than {most // MIB} MiB",
        remedy="send less at once, or a smaller picture",
        reason="too-large",
    )
