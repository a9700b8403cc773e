from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.preprocess.strip import ALPHABET
from digitlab.runtime.reader.boxes import boxes
from digitlab.runtime.reader.decoding import Character, decode


def answers(*places: str) -> NDArray[np.float32]:
    """Sure answers: a character or, for "", none, at each place."""
    found = np.full((len(places), 14), 0.01, np.float32)
    for place, character in enumerate(places):
        found[place, ALPHABET.index(character) + 1 if character else 0] = 0.87
    return found


def test_neighbours_that_say_the_same_are_one_character() -> None:
    characters = decode(answers("", "4", "4", "", "4", "4", "7", "7", ""))
    assert [character.text for character in characters] == ["4", "4", "7"]
    assert [character.centre for character in characters] == [8, 20, 28]
    assert all(abs(character.probability - 0.87) < 1e-6 for character in characters)


def test_two_answers_to_one_narrow_digit_are_one_character() -> None:
    assert [character.text for character in decode(answers("", "6", "0", "0", ""))] == ["0"]


def test_a_slash_is_a_1_where_no_date_is_written() -> None:
    spaced = [place for character in "12/05/1998" for place in (character, "")]
    assert "".join(character.text for character in decode(answers(*spaced))) == "12/05/1998"
    spaced = [place for character in "83/646" for place in (character, "")]
    assert "".join(character.text for character in decode(answers(*spaced, "/", ""))) == "8316461"


def test_nothing_is_no_character() -> None:
    assert decode(answers("", "", "")) == []
    assert decode(answers("5"))[0].text == "5"


def test_boxes_end_where_the_ink_does_and_halfway_to_a_neighbour() -> None:
    strip = np.zeros((32, 60), np.uint8)
    strip[6:26, 10:18] = 255  # apart
    strip[8:24, 30:50] = 255  # two that touch
    strip[30] = 255  # a ruled line
    characters = [Character("1", 14, 0.9), Character("2", 35, 0.9), Character("3", 45, 0.9)]
    assert boxes(characters, strip) == [(10, 6, 18, 26), (30, 8, 40, 24), (40, 8, 50, 24)]
