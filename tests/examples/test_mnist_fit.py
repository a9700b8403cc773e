from __future__ import annotations

import re

from digitlab.data.dataset import Dataset
from tests.examples.conftest import Example


def test_one_epoch_on_drawn_digits(drawn: Dataset, one_epoch: Example) -> None:
    text = one_epoch("mnist_fit.py", drawn)
    assert "val_accuracy" in text
    test = re.search(r"^Test Loss: (\d+\.\d{3}),  Test Accuracy: (\d+\.\d{3})%$", text, re.MULTILINE)
    assert test is not None, text
    assert float(test[1]) < 2.3  # ln 10: what someone who knows nothing gets
    assert float(test[2]) > 40
