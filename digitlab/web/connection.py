"""uvicorn's connection, with limits on the size of everything that arrives, and on the time that a client may take.

Without them a client that sends half a request, endless trailers, or reads no answer holds a connection and memory for
ever.
"""

from __future__ import annotations

import enum
import math
from collections import deque
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from digitlab.web import limits

# Of two we would use the last one, a proxy in front perhaps the first: request smuggling (RFC 9112, 11.2).
_ONCE = frozenset(
    {
        *(b"host", b"origin", b"sec-fetch-site", b"authorization", b"inference-header-content-length"),
        *(b"content-length", b"content-type", b"content-encoding", b"transfer-encoding"),
    }
)


class Phase(enum.Enum):
    """What a connection waits for; bytes of the client do not restart the time of a phase."""

    HEAD = "the client sends request line and headers"
    BODY = "the client sends the body"
    ANSWER = "the server answers"
    REST = "the client sends the rest of a body whose request has been answered already"
    NEXT = "the client may send another request"


PHASE_SECONDS = {
    Phase.HEAD: limits.SECONDS_FOR_HEAD,
    Phase.BODY: limits.SECONDS_FOR_BODY,
    Phase.ANSWER: math.inf,  # the application has a deadline
    Phase.REST: limits.SECONDS_FOR_REST_OF_BODY,
    Phase.NEXT: limits.SECONDS_IDLE,
}


class _RefusedError(ValueError):
    """The reason to answer 400 and close the connection."""


class _Flow(FlowControl):
    """Reads nothing while pipelined requests wait for their turn; uvicorn's would collect more of them."""

    def __init__(self, transport: Any, waiting: deque[Any]) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class Connection(HttpToolsProtocol):
    """Ends when something is too large, or takes too long (`check_timeouts` is called every second)."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = self._in_body = False
        self._replaces_upgrade = False
        self._overhead = 0  # bytes of the request outside its body
        self._read_from_start = 0  # bytes of this read, where no request was under way before it
        self._chunks = 0
        self._unsent, self._unsent_since = 0, self.loop.time()
        self.phase, self.since = Phase.HEAD, self.loop.time()

    def connection_made(self, transport: Any) -> None:
        """Start waiting for the first request."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        if len(self.connections) > self.server_state.max_connections:  # type: ignore[attr-defined]
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived."""
        self._unset_keepalive_if_required()
        self._read_from_start = 0 if self._in_head or self._in_body else len(data)
        self._overhead += len(data)
        self._feed(data)
        if self.transport.is_closing():
            return
        self._overhead = max(0, self._overhead)
        if self._overhead > limits.MAX_HEAD_BYTES + limits.MAX_CHUNK_HEAD_BYTES * self._chunks:
            self.send_400_response("Headers, trailers or chunk extensions are too large.")
        else:
            self._update_phase()

    def on_message_begin(self) -> None:
        """The first byte of a request (raises: too many are pipelined)."""
        if len(self.pipeline) >= limits.MAX_PIPELINED:
            raise _RefusedError("Too many requests at once on one connection.")
        super().on_message_begin()
        self._in_head, self._chunks = True, 0
        self._overhead, self._read_from_start = self._read_from_start, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer, which is ignored (raises: too many)."""
        if self._in_head:
            super().on_header(name, value)
            if len(self.headers) > limits.MAX_HEADERS:
                raise _RefusedError("Too many headers.")

    def on_headers_complete(self) -> None:
        """The headers are complete (raises: they are ambiguous)."""
        self._in_head, self._in_body = False, True
        _refuse_ambiguous(self.headers)
        if not self.parser.should_upgrade() or self._should_upgrade():
            super().on_headers_complete()
        elif self.parser.get_method() == b"CONNECT":
            raise _RefusedError("This is not a proxy.")
        else:
            self._replaces_upgrade = True

    def on_chunk_header(self) -> None:
        """One more chunk of a body (raises: too many)."""
        self._chunks += 1
        if self._chunks > limits.MAX_CHUNKS:
            raise _RefusedError("Too many chunks.")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._overhead -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._in_body = False
        if not self._replaces_upgrade:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """The request is answered."""
        super().on_response_complete()
        self._update_phase()

    def send_400_response(self, msg: str) -> None:
        """Answer with this text and close; only close where an answer is under way."""
        self.logger.warning(msg)
        if self._is_asked():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started or self.pipeline:
                self.transport.close()
                return
        super().send_400_response(msg)

    def check_timeouts(self, now: float) -> None:
        """Close the connection if its client takes too long; `now` is the time of the event loop."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or self._unsent == 0 or unsent < self._unsent:
            self._unsent_since = now
        self._unsent = unsent
        if now - self._unsent_since > limits.SECONDS_TO_READ:
            self.transport.abort()
        elif now - self.since > PHASE_SECONDS[self.phase]:
            self.transport.close()

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserError as error:
                refused = isinstance(error.__context__, _RefusedError)
                self.send_400_response(str(error.__context__) if refused else "Invalid HTTP request received.")
                return
            except httptools.HttpParserUpgrade as upgrade:
                if not self._replaces_upgrade:
                    self.handle_websocket_upgrade()
                    return
                data = self._without_upgrade() + data[upgrade.args[0] :]

    def _without_upgrade(self) -> bytes:
        """The head again, without `Upgrade`, which a server may ignore (RFC 9110, 7.8); Java's client sends it.

        The parser has left the body unread, as the other protocol would read it.
        """
        request = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self._replaces_upgrade = False
        return b"".join([request, *lines, b"\r\n"])

    def _update_phase(self) -> None:
        phase = self._next_phase()
        if phase is not self.phase:
            self.phase, self.since = phase, self.loop.time()

    def _next_phase(self) -> Phase:
        if self._is_asked():
            return Phase.BODY if self._in_body and not self.pipeline else Phase.ANSWER
        if self._in_body:
            return Phase.REST
        return Phase.HEAD if self._in_head or self.cycle is None else Phase.NEXT

    def _is_asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _make_room(self) -> None:
        """Close the connection whose client the service has waited for longest; where there is none, this one."""
        others = (each for each in self.connections if each is not self and isinstance(each, Connection))
        waiting = [each for each in others if each.phase is not Phase.ANSWER and not each.transport.is_closing()]
        self.server_state.closed_for_room += 1  # type: ignore[attr-defined]
        if waiting:
            min(waiting, key=lambda each: each.since).transport.abort()
        else:
            self.transport.write(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\r\n")
            self.transport.close()


def _refuse_ambiguous(headers: list[tuple[bytes, bytes]]) -> None:
    """A proxy must not read them differently than we do."""
    named = [name for name, _ in headers if name in _ONCE]
    if len(named) > len(set(named)):
        raise _RefusedError(f"Repeated header {max(named, key=named.count).decode()}.")
    for name, value in headers:
        if name == b"transfer-encoding" and value.lower() != b"chunked":
            raise _RefusedError("The only supported transfer-encoding is chunked.")
