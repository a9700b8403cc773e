"""The promises on speed and memory.  Ratios to a peer in the same process, since machines differ."""

from __future__ import annotations

import statistics

import digitlab
from benchmarks.command import time_command, time_to_test_line
from benchmarks.epoch import compiled_epoch, lab_loop, timed


def test_an_epoch_is_eight_times_as_fast_as_the_labs_loop() -> None:
    splits = digitlab.split(digitlab.load("synthetic"), seed=0)
    ours, theirs = compiled_epoch(splits), lab_loop(splits)
    ours(), theirs()  # both compile
    pairs = [(timed(ours), timed(theirs)) for _ in range(5)]
    assert statistics.median(theirs / ours for ours, theirs in pairs) >= 8


def test_the_whole_lab_takes_14_seconds_and_little_memory() -> None:
    seconds, kibibytes = time_to_test_line()
    assert seconds <= 14
    assert kibibytes * 1024 <= 1.2e9


def test_help_and_import_answer_at_once() -> None:
    assert statistics.median(time_command(["-m", "digitlab", "--help"])) <= 0.3
    assert statistics.median(time_command(["-c", "import digitlab"])) <= 0.15
