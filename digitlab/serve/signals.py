"""What a service does when it is told to."""

from __future__ import annotations

import signal

STOP = (signal.SIGTERM, signal.SIGINT)
RELOAD: tuple[signal.Signals, ...] = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()  # Windows has none
