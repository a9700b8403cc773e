"""The log on standard error: one JSON object per line, for events and for every request with its id.

A thread writes the lines.  Where nobody reads them (a stopped terminal, a hanging log shipper) that thread waits, and
lines are dropped and counted; no request waits for its line.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
import threading
import time
import traceback
from collections import deque
from datetime import UTC, datetime

from pydantic_core import to_json

MAX_LINES = 10_000  # waiting to be written: about 2 MB, the log of a few seconds under full load
_GATHER_SECONDS = 0.02  # before a write, so that the thread seldom interrupts the others
# What a pipe takes in one piece, also where other workers write to it.
_MAX_PIECE = getattr(select, "PIPE_BUF", 512)


class _Writer:
    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._dropped = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_idle = True

    def put(self, line: bytes) -> None:
        with self._changed:
            if len(self._lines) >= MAX_LINES:
                self._dropped += 1
                return
            self._lines.append(line)
            if self._is_idle:
                self._is_idle = False
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                    self._thread.start()
                self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_idle, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._is_idle)
            time.sleep(_GATHER_SECONDS)
            while piece := self._next_piece():
                _write_out(piece)

    def _next_piece(self) -> bytes:
        with self._changed:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                return _line("lines dropped", level="warning", lines=dropped)
            piece = b""
            while self._lines and (not piece or len(piece) + len(self._lines[0]) <= _MAX_PIECE):
                piece += self._lines.popleft()
            if not piece:
                self._is_idle = True
                self._changed.notify_all()
            return piece


_WRITER = _Writer()


def write(event: str, *, level: str = "info", **fields: object) -> None:
    """Log an event, with the time, its level and more fields."""
    _WRITER.put(_line(event, level=level, **fields))


def write_failure(error: BaseException, **fields: object) -> None:
    """Log an unexpected error with its traceback, which the client does not see."""
    write("failure", level="error", error=repr(error), traceback="".join(traceback.format_exception(error)), **fields)


def flush(seconds: float = 1.0) -> None:
    """Wait until all lines are written, at most so many seconds."""
    _WRITER.flush(seconds)


def _line(event: str, **fields: object) -> bytes:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    level = fields.pop("level")
    return to_json({"time": moment, "level": level, "event": event, **fields}, fallback=str) + b"\n"


def _write_out(content: bytes) -> None:
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):  # a full disk, or the reader is gone: no request fails for its line
        while content:
            content = content[os.write(sys.stderr.fileno(), content) :]


class _Handler(logging.Handler):
    """The log of libraries as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            write_failure(error, message=record.getMessage().strip())
        else:
            write("library", level=record.levelname.lower(), source=record.name, message=record.getMessage().strip())


def capture_libraries() -> None:
    """From now on, log the warnings of libraries as lines of ours."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Handler()], force=True)
    logging.captureWarnings(True)
