"""Lines printed on the paper before a number was written there: rules, dots, boxes, cells, squares."""

from __future__ import annotations

import numpy as np

from digitlab.images.picture import Picture


def boxes(shape: tuple[int, int], edges: tuple[int, int], places: list[float], thick: int) -> Picture:
    """A row of boxes: between `edges`, the rows of its upper and its lower line, parted at these columns."""
    rules = np.zeros(shape, np.float32)
    top, bottom = edges
    for place in places:
        _upright(rules, place, top, bottom + thick, thick)
    first, last = round(max(0, places[0])), round(max(0, places[-1])) + thick
    for row in edges:
        _across(rules[:, first:last], row, thick)
    return rules


def ruled(shape: tuple[int, int], edges: tuple[int, int], height: float, rng: np.random.Generator) -> Picture:
    """Ruled paper, or none, by chance.

    Args:
        shape: rows and columns.
        edges: the rows above and below the digits.
        height: of a digit.
        rng: draws the kind and its measures.
    """
    rules, thick = np.zeros(shape, np.float32), thickness(rng)
    match rng.choice(["none", "line", "dotted", "cells", "squares"], p=[0.5, 0.22, 0.08, 0.12, 0.08]):
        case "line":
            _line(rules, edges, thick, rng)
        case "dotted":
            _line(rules, edges, thick, rng)
            period = rng.uniform(4, 14)
            rules *= np.arange(shape[1]) % period < rng.uniform(0.25, 0.6) * period
        case "cells":
            for row in edges:
                _across(rules, row, thick)
            for column in rng.uniform(-40, 60) + np.cumsum(rng.uniform(1, 4, 20) * height):
                _upright(rules, column, 0, len(rules), thick)
        case "squares":
            _squares(rules, rng.uniform(0.3, 1) * height, thick, rng)
    return rules


def thickness(rng: np.random.Generator) -> int:
    """Of a printed line, in pixels."""
    return int(rng.choice([1, 2, 3, 4], p=[0.35, 0.35, 0.2, 0.1]))


def _line(rules: Picture, edges: tuple[int, int], thick: int, rng: np.random.Generator) -> None:
    for row in edges if rng.random() < 0.2 else edges[1:]:
        _across(rules, row + rng.normal(0, 2), thick)


def _squares(rules: Picture, side: float, thick: int, rng: np.random.Generator) -> None:
    for row in np.arange(rng.uniform(0, side), len(rules), side):
        _across(rules, row, thick)
    for column in np.arange(rng.uniform(0, side), rules.shape[1], side):
        _upright(rules, column, 0, len(rules), thick)


def _across(rules: Picture, row: float, thick: int) -> None:
    rules[max(0, round(row)) : max(0, round(row) + thick)] = 1


def _upright(rules: Picture, column: float, top: int, bottom: int, thick: int) -> None:
    rules[max(0, top) : max(0, bottom), max(0, round(column)) : max(0, round(column) + thick)] = 1
