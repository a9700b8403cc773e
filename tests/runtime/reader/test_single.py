from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import digitlab
from digitlab.data.synthetic import generate
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import FoundDigit, Reading, read
from digitlab.runtime.reader.single import checked
from digitlab.synthetic.non_digits import non_digits

LETTERS = 45


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return digitlab.load_model(threads=1)


def found(label: int, probability: float, left: int) -> FoundDigit:
    return FoundDigit((left, 4, left + 8, 24), label, probability)


def drawn_four() -> NDArray[np.uint8]:
    split = generate(5, train=100, test=10).train
    image: NDArray[np.uint8] = split.images[split.labels == 4][0]
    return image


def test_parts_that_are_not_sure_are_one_digit_where_predict_sees_it(predictor: Predictor) -> None:
    four, box = drawn_four(), (3, 3, 19, 24)
    parts = ((found(1, 0.8, 3), found(1, 0.89, 12)),)
    reading = checked(Reading(parts, single=(four, box)))
    ((digit,),) = reading.lines
    assert (digit.text, digit.box) == ("4", box)
    assert digit.probability == pytest.approx(predictor.verdicts(four[None])[0].probability)


def test_a_single_digit_is_what_predict_says(predictor: Predictor) -> None:
    split = generate(6, train=60, test=10).train
    for image in split.images[:40]:
        verdict = predictor.answer(image)
        if verdict.status == "digit":
            reading = read(image, line_network())
            assert reading.single is None or checked(reading).text == verdict.label


def test_one_digit_that_predict_calls_none_is_left_out(predictor: Predictor) -> None:
    left_out = 0
    for letter in non_digits(LETTERS, 1)[:LETTERS]:
        reading = read(letter, line_network())
        if len(reading.text) == 1 and predictor.answer(letter).status == "not-a-digit":
            assert checked(reading).text == ""
            left_out += 1
    assert left_out > 5


def test_sure_digits_stay_as_they_were_read() -> None:
    split = generate(7, train=100, test=10).train
    row = np.concatenate([split.images[split.labels == digit][0] for digit in (7, 2, 5)], axis=1)
    reading = read(row, line_network())
    assert reading.single is None
    assert checked(reading) is reading
