"""One JSON object a line, on standard error: what a service does, and every request with its id."""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from datetime import UTC, datetime

from pydantic_core import to_json


def write(event: str, *, level: str = "info", **fields: object) -> None:
    """A line: the time, how serious it is, what happened, and more about it."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = to_json({"time": time, "level": level, "event": event, **fields}, fallback=str).decode()
    with contextlib.suppress(OSError):  # a full disk, or nobody who reads: no request fails for its line
        sys.stderr.write(line + "\n")


def write_failure(error: BaseException, **fields: object) -> None:
    """An error that nobody foresaw, with its traceback; the one who asked sees none of it."""
    write("failure", level="error", error=repr(error), traceback="".join(traceback.format_exception(error)), **fields)


class _Lines(logging.Handler):
    """What libraries have to say, in the same form."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            write_failure(error, message=record.getMessage().strip())
        else:
            write("library", level=record.levelname.lower(), source=record.name, message=record.getMessage().strip())


def capture_libraries() -> None:
    """From now on warnings of libraries are lines of ours."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Lines()], force=True)
    logging.captureWarnings(True)
