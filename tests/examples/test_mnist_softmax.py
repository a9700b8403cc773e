from __future__ import annotations

import re

from digitlab.data.dataset import Dataset
from tests.examples.conftest import Example

NUMBER, PERCENT = r"(\d+\.\d{3})", r"(\d+\.\d{3})%"
EPOCH = re.compile(
    rf"Epoch  1:  Train Loss: {NUMBER},  Train Accuracy: {PERCENT},  "
    rf"Validation Loss: {NUMBER},  Validation Accuracy: {PERCENT}"
)
TEST = re.compile(rf"Test Loss: {NUMBER},  Test Accuracy: {PERCENT}")


def figures(text: str) -> list[float]:
    """All numbers of the two lines, which must be there and be the only ones."""
    epoch, test = text.splitlines()
    matches = EPOCH.fullmatch(epoch), TEST.fullmatch(test)
    assert all(matches), text
    return [float(number) for match in matches if match for number in match.groups()]


def test_one_epoch_on_drawn_digits(drawn: Dataset, one_epoch: Example) -> None:
    train_loss, train_accuracy, _, validation_accuracy, _, test_accuracy = figures(one_epoch("mnist_softmax.py", drawn))
    assert train_loss < 2.6  # ln 10 = 2.3 is what someone who knows nothing gets
    assert train_accuracy > 15
    assert min(validation_accuracy, test_accuracy) > 30


def test_one_epoch_on_mnist_is_what_the_lab_sheet_promises(mnist: Dataset, one_epoch: Example) -> None:
    train_loss, train_accuracy, _, validation_accuracy, _, test_accuracy = figures(one_epoch("mnist_softmax.py", mnist))
    assert 0.75 < train_loss < 0.87
    assert 79.5 < train_accuracy < 82.5
    assert 86 < validation_accuracy < 89
    assert 86 < test_accuracy < 89
