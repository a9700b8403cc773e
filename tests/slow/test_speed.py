"""The promises on speed and memory.  Ratios to a peer in the same minute, since machines differ."""

from __future__ import annotations

import statistics
from multiprocessing.connection import Connection

from benchmarks.command import time_command, time_to_test_line
from benchmarks.epoch import start_loop


def test_an_epoch_is_eight_times_as_fast_as_the_labs_loop() -> None:
    ours, theirs = start_loop("compiled_epoch", 1), start_loop("lab_loop", None)
    pairs = [(an_epoch(ours), an_epoch(theirs)) for _ in range(6)]
    assert statistics.median(lab / mine for mine, lab in pairs[1:]) >= 8  # the first of each compiles


def an_epoch(loop: Connection) -> float:
    """Seconds of one more epoch."""
    loop.send("epoch")
    seconds = loop.recv()
    assert isinstance(seconds, float)
    return seconds


def test_the_whole_lab_takes_14_seconds_and_little_memory() -> None:
    seconds, kibibytes = time_to_test_line()
    assert seconds <= 14
    assert kibibytes * 1024 <= 1.2e9


def test_help_and_import_answer_at_once() -> None:
    assert statistics.median(time_command(["-m", "digitlab", "--help"])) <= 0.3
    assert statistics.median(time_command(["-c", "import digitlab"])) <= 0.15
