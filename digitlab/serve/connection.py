"""One connection: uvicorn's, with limits on what arrives before a request is one.

Without them a client that sends the start of a request and then nothing, or headers without end, holds on to a
connection and memory for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from digitlab.serve.limits import MOST_CHUNKS, MOST_HEAD_BYTES, SECONDS_FOR_HEAD


class Connection(HttpToolsProtocol):
    """Ends when request line and headers take too long or are too large, or a body has too many chunks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._head_bytes = 0
        self._chunks = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, not for ever."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(SECONDS_FOR_HEAD, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        self._stop_timer()

    def data_received(self, data: bytes) -> None:
        """Some bytes."""
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self.send_400_response("The headers are too large.")
        elif self._timer is None:
            self._timer = self.loop.call_later(SECONDS_FOR_HEAD, self.transport.close)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes, self._chunks = True, 0, 0

    def on_headers_complete(self) -> None:
        """From here on the deadline of requests counts."""
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """One more chunk of a body (raises ValueError: too many; uvicorn then answers 400 and closes)."""
        self._chunks += 1
        if self._chunks > MOST_CHUNKS:
            raise ValueError("too many chunks")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
