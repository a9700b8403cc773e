"""What a service does when it is told to."""

from __future__ import annotations

import signal

STOP = (signal.SIGTERM, signal.SIGINT)
RELOAD: tuple[signal.Signals, ...] = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()  # Windows has none


def hold_reloads() -> None:
    """Let the system keep SIGHUP, from which a process without a handler would die; for processes started too."""
    if RELOAD:
        signal.pthread_sigmask(signal.SIG_BLOCK, RELOAD)


def take_reloads() -> None:
    """The handler is there: what came meanwhile arrives now."""
    if RELOAD:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, RELOAD)
