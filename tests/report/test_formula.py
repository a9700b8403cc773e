from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from digitlab.attribution.worked import WorkedSoftmax
from digitlab.report.formula import Formula, find_formula, work_out

if TYPE_CHECKING:
    from tests.report.conftest import Finished


def test_the_worked_example_agrees_with_sums_made_one_by_one(finished: Finished) -> None:
    image, answer = finished.splits.test.images[0], finished.predictions.probabilities[0]
    kernel, bias = finished.weights["net/dense/kernel"], finished.weights["net/dense/bias"]
    example = work_out(Formula(kernel, bias, 0.0), image, answer)
    pixels = [int(pixel) / 255 for row in image for pixel in row]
    logits = [
        math.fsum(x * float(w) for x, w in zip(pixels, kernel[:, c], strict=True)) + float(bias[c]) for c in range(10)
    ]
    powers = [math.exp(z) for z in logits]
    np.testing.assert_allclose(example.softmax.logits, logits, rtol=1e-6)
    np.testing.assert_allclose(example.softmax.exponentials, powers, rtol=1e-6)
    np.testing.assert_allclose(example.softmax.probabilities, np.array(powers) / sum(powers), rtol=1e-6)
    assert example.residual < 1e-5


def test_the_table_of_the_page_holds_the_numbers_and_adds_up(finished: Finished, text: str) -> None:
    body = re.search(r"<tbody>(.*)</tbody>", text, re.DOTALL)
    assert body is not None
    cells = [re.findall(r"<td>([^<]*)</td>", row) for row in body[1].split("</tr>") if "<td>" in row]
    numbers = np.array([[float(cell.replace(",", "").replace("−", "-")) for cell in row[1:]] for row in cells])
    products, bias, logits, powers, probabilities = numbers.T
    np.testing.assert_allclose(products + bias, logits, atol=1.1e-4)
    np.testing.assert_allclose(probabilities, finished.predictions.probabilities[0], atol=1e-6)
    np.testing.assert_allclose(powers / powers.sum(), probabilities, atol=1e-4)


def test_logits_too_large_for_exp_are_shifted() -> None:
    worked = WorkedSoftmax.of(np.array([1000.0, 998.0]))
    assert worked.shift == 1000
    np.testing.assert_allclose(worked.probabilities, [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2))])


def test_the_formula_is_found_in_softmax_regression(finished: Finished) -> None:
    formula = find_formula(finished.weights, finished.splits.test.images, finished.predictions)
    assert formula is not None
    assert formula.residual < 1e-5


def test_a_model_with_the_same_variables_but_other_answers_is_not_softmax_regression(finished: Finished) -> None:
    halved = {path: values / np.float32(2) for path, values in finished.weights.items()}
    assert find_formula(halved, finished.splits.test.images, finished.predictions) is None
