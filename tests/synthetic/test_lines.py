from __future__ import annotations

import numpy as np
import pytest

from digitlab.data.dataset import Split
from digitlab.preprocess.strip import ALPHABET, STEP
from digitlab.synthetic.canvas import WIDTH, canvases
from digitlab.synthetic.glyphs import Glyphs, Hand
from digitlab.synthetic.lines import Composer


@pytest.fixture(scope="module")
def glyphs(held_out: Split) -> Glyphs:
    return Glyphs(held_out.images, held_out.labels, 0)


@pytest.fixture(scope="module")
def composer(glyphs: Glyphs) -> Composer:
    return Composer(glyphs)


def test_the_same_seed_gives_the_same_lines(composer: Composer) -> None:
    one, same, other = (composer.line(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one.strip, same.strip)
    assert (one.text, one.centres) == (same.text, same.centres)
    assert one.strip.shape != other.strip.shape or not np.array_equal(one.strip, other.strip)


def test_lines_are_strips_with_a_place_for_each_character(composer: Composer) -> None:
    rng = np.random.default_rng(1)
    lines = [composer.line(rng) for _ in range(60)]
    for line in lines:
        assert line.strip.dtype == np.uint8
        assert line.strip.shape[0] == 32
        assert 4 <= line.strip.shape[1] <= 280
        assert len(line.text) == len(line.centres)
        assert list(line.centres) == sorted(line.centres)
        assert all(0 <= centre < line.strip.shape[1] for centre in line.centres)
    seen = set("".join(line.text for line in lines))
    assert seen == set(ALPHABET)
    assert any(not line.text for line in lines)  # a line without a number


@pytest.mark.parametrize("source", ["scanned", "drawn"])
def test_glyphs_have_the_height_of_the_hand(glyphs: Glyphs, source: str) -> None:
    hand = Hand(height=40, pen=0.05, slant=0.2, sharpness=2, boldness=0)
    rng = np.random.default_rng(2)
    heights = [len(getattr(glyphs, source)(digit, hand, rng)) for digit in range(10)]
    assert min(heights) >= 36
    assert max(heights) <= 44


def test_canvases_say_which_character_is_at_each_place(composer: Composer) -> None:
    strips, answers = canvases(composer, 3, np.random.default_rng(3))
    assert strips.shape == (3, 32, WIDTH)
    assert answers.shape == (3, WIDTH // STEP)
    assert set(np.unique(answers)) <= {-1, *range(len(ALPHABET) + 1)}
    for strip, answer in zip(strips, answers, strict=True):
        for place in np.flatnonzero(answer > 0):  # near each character there is something to see
            assert strip[:, max(0, STEP * place - 12) : STEP * place + 16].max() > 40
