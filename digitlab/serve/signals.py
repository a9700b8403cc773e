"""The signals of a service."""

from __future__ import annotations

import signal

STOP = (signal.SIGTERM, signal.SIGINT)
RELOAD: tuple[signal.Signals, ...] = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()  # Windows has none


def block_reloads() -> None:
    """Let the system keep SIGHUP, which would kill a process without a handler; processes started here inherit this."""
    if RELOAD:
        signal.pthread_sigmask(signal.SIG_BLOCK, RELOAD)


def unblock_reloads() -> None:
    """The handler is installed: a SIGHUP that was kept arrives now."""
    if RELOAD:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, RELOAD)
