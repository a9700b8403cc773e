from __future__ import annotations

import pytest

from digitlab.runtime.reader.reading import Box, FoundDigit, FoundMark, Reading
from digitlab.runtime.reader.table import table_of

WIDTH, HEIGHT = 800, 300


def line(row: int, *numbers: tuple[int, str]) -> tuple[FoundDigit | FoundMark, ...]:
    """Numbers that begin at a column, with digits of 20×30 pixels, 24 from one to the next."""
    found: list[FoundDigit | FoundMark] = []
    for left, text in numbers:
        for place, character in enumerate(text):
            x = left + 24 * place
            box = x, 60 * row, x + 20, 60 * row + 30
            is_digit = character.isdigit()
            found.append(FoundDigit(box, int(character), 0.9) if is_digit else FoundMark(box, character, 0.9))
    return tuple(found)


PAGE = (
    line(0, (10, "12"), (200, "7"), (390, "2.5")),
    line(1, (15, "8"), (395, "100")),
    line(2, (12, "31"), (205, "4"), (388, "-6")),
)
TABLE = [["12", "7", "2.5"], ["8", "", "100"], ["31", "4", "-6"]]


def turned(box: Box, degrees: int) -> Box:
    """Where the box lies in a picture that must be turned by so much, counterclockwise, to be the page."""
    left, top, right, bottom = box
    return {
        0: box,
        90: (HEIGHT - bottom, left, HEIGHT - top, right),
        180: (WIDTH - right, HEIGHT - bottom, WIDTH - left, HEIGHT - top),
        270: (top, WIDTH - right, bottom, WIDTH - left),
    }[degrees]


def test_numbers_stand_in_rows_and_columns() -> None:
    assert table_of(Reading(PAGE)) == TABLE


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_was_turned(degrees: int) -> None:
    lines = tuple(
        tuple(type(found)(turned(found.box, degrees), *list(vars(found).values())[1:]) for found in line)
        for line in PAGE
    )
    assert table_of(Reading(lines, degrees)) == TABLE


def test_nothing_is_an_empty_table() -> None:
    assert table_of(Reading(())) == []


def test_each_digit_of_a_sudoku_has_its_cell() -> None:
    rows = tuple(line(row, *((50 * place, str(place + 1)) for place in range(9))) for row in range(3))
    assert table_of(Reading(rows)) == 3 * [[*"123456789"]]
