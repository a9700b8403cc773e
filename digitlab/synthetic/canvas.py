"""Composed lines side by side on canvases of one size, as a network learns from them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitlab.preprocess.strip import ALPHABET, HEIGHT, STEP
from digitlab.synthetic.lines import Composer, Line

WIDTH = 512  # columns of a canvas
IGNORED = -1
_GAP = 12  # columns between two lines: what one answer sees of the other is paper
# In columns: nearer to a centre an answer says the character, further away that there is none; between the two,
# or nearer to the middle of two centres, either is right.
_AT, _OFF = 2.6, 5.0


def canvases(composer: Composer, count: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
    """Canvases uint8 [count, 32, 512] and what is to be answered, int8 [count, 128].

    0 is no character, then come those of `ALPHABET`; -1 may be answered in any way.
    """
    strips = np.zeros((count, HEIGHT, WIDTH), np.uint8)
    answers = np.zeros((count, WIDTH // STEP), np.int8)
    line = composer.line(rng)
    for strip, answer in zip(strips, answers, strict=True):
        x = int(rng.integers(0, _GAP))
        while x + line.strip.shape[1] <= WIDTH:
            strip[:, x : x + line.strip.shape[1]] = line.strip
            _answer(answer, line, x)
            x += line.strip.shape[1] + int(rng.integers(_GAP, 2 * _GAP))
            line = composer.line(rng)
    return strips, answers


def _answer(answer: NDArray[np.int8], line: Line, start: int) -> None:
    if not line.centres:
        return
    centres = np.array(line.centres) + start
    first, last = start // STEP, min(len(answer), (start + line.strip.shape[1]) // STEP + 1)
    places = STEP * np.arange(first, last) + (STEP - 1) / 2
    distance = np.abs(places[:, None] - centres)
    nearest = distance.argmin(axis=1)
    off = distance.min(axis=1)
    classes = np.array([ALPHABET.index(character) + 1 for character in line.text], np.int8)
    part = answer[first:last]
    part[(off < _OFF) & (part == 0)] = IGNORED
    for before, after in pairwise(centres):  # what parts two that are close
        middle = int(((before + after) / 2) // STEP) - first
        if 0 <= middle < len(part):
            part[middle] = 0
    at = off < _AT
    part[at] = classes[nearest[at]]
