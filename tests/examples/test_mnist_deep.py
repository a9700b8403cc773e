from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from digitlab.cli.main import app
from digitlab.data.dataset import Dataset
from tests.examples.conftest import EXAMPLES, Example

FIGURES = r"Loss: (\d+\.\d{3}),  Accuracy: (\d+\.\d{3})%"
TEXT = re.compile(rf"Epoch  1:  Train {FIGURES},  Validation {FIGURES}\nTest {FIGURES}\n")


def figures(text: str) -> list[float]:
    """Loss and accuracy in training, validation and test."""
    match = TEXT.fullmatch(text)
    assert match, text
    return [float(number) for number in match.groups()]


def test_one_epoch_on_drawn_digits(drawn: Dataset, one_epoch: Example) -> None:
    train_loss, _, _, validation_accuracy, _, test_accuracy = figures(one_epoch("mnist_deep.py", drawn))
    assert train_loss < 2.4  # ln 10 = 2.3 is what someone who knows nothing gets
    assert min(validation_accuracy, test_accuracy) > 30


def test_one_epoch_on_mnist_is_better_than_one_of_the_lab(mnist: Dataset, one_epoch: Example) -> None:
    _, _, _, validation_accuracy, _, test_accuracy = figures(one_epoch("mnist_deep.py", mnist))
    assert 89 < validation_accuracy < 92
    assert 89 < test_accuracy < 92


def test_digitlab_trains_it_as_it_is(digits_file: Path, tmp_path: Path) -> None:
    script = str(EXAMPLES / "mnist_deep.py")
    result = CliRunner().invoke(
        app, ["train", script, "--data", str(digits_file), "--epochs", "1", "--out", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Training DeepModel of mnist_deep.py on ")
    assert next(tmp_path.glob("*/run.json"))
