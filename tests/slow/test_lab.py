"""The promises on the lab page's speed, and on what being watched costs."""

from __future__ import annotations

import os
import statistics
from pathlib import Path

import pytest

from benchmarks import lab as benchmark
from tests.lab.lab import CHROMIUM, open_browser, open_lab

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@needs_chromium
def test_the_page_can_be_used_three_seconds_after_the_command(tmp_path: Path) -> None:
    with open_browser() as browser:
        assert statistics.median(benchmark.time_to_page(tmp_path, browser) for _ in range(3)) <= 3


@needs_chromium
def test_the_bars_follow_the_stroke_within_a_tenth_of_a_second(tmp_path: Path) -> None:
    with open_browser() as browser, open_lab(tmp_path, dict(os.environ)) as lab:
        assert statistics.median(benchmark.stroke_to_bars(lab, browser)) <= 100


@needs_chromium
def test_thirty_can_draw_at_once() -> None:
    assert benchmark.median_of_all_at_once() <= 200


def test_a_watched_loop_is_less_than_5_percent_slower() -> None:
    _, share = benchmark.cost_of_watching()
    assert statistics.median(share) < 5


def test_a_steerable_training_pays_nothing_that_could_be_measured() -> None:
    assert statistics.median(benchmark.cost_of_steering()) < 100  # microseconds, of calls that take up to half a second
