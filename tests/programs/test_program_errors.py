"""What is wrong with a file is said with file and line: the texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitlab.data.dataset import Dataset
from digitlab.errors import DigitlabError, ModelFileError
from digitlab.programs.spec import parse_file_spec
from tests.programs.agreement import loaded

Refusal = Callable[..., str]

HEAD = "import keras\nimport tensorflow as tf\n"
MODEL = HEAD + "model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])\n"
CLASS = """
class Net(keras.Model):
    def __init__(self, units{default}):
        super().__init__()
        self.dense = keras.layers.Dense(units)

    def call(self, x):
        return self.dense(x)
"""
TWO = HEAD + CLASS.format(default="=10") + CLASS.format(default="=10").replace("Net", "Other")


@pytest.fixture
def refusal(digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """A function from a file's text to the error that it gives."""
    monkeypatch.chdir(tmp_path)

    def refuse(text: str | bytes, spec: str = "my_model.py") -> str:
        Path("my_model.py").write_bytes(text.encode() if isinstance(text, str) else text)
        path, name = parse_file_spec(spec)
        with pytest.raises(ModelFileError) as caught:
            loaded(Path(path), digits.train.take(np.arange(50)), name)
        return str(caught.value)

    return refuse


def test_a_file_that_is_not_there(refusal: Refusal) -> None:
    assert refusal(MODEL, "my_modle.py") == (
        "my_modle.py: the file cannot be read\n"
        "  found: No such file or directory\n"
        "  to do: check the path; Python files there: my_model.py"
    )


def test_a_file_that_does_not_compile(refusal: Refusal) -> None:
    assert refusal(MODEL + "def train_step(images, labels)\n    pass\n") == (
        "my_model.py, line 4: the file does not compile\n"
        "  found: expected ':'\n"
        "         def train_step(images, labels)\n"
        "                                       ^\n"
        "  to do: fix that line or the one before it; python my_model.py shows the same error"
    )


def test_the_caret_of_an_indented_line(refusal: Refusal) -> None:
    assert "\n         x = (1 + * 2)\n                  ^\n" in refusal(MODEL + "if True:\n    x = (1 + * 2)\n")


def test_bytes_that_are_no_text(refusal: Refusal) -> None:
    assert "the file does not compile" in refusal(b"\xff\xfe\x00")


def test_no_model(refusal: Refusal) -> None:
    assert refusal("x = 1\n") == (
        "my_model.py: there is no model in the file\n"
        "  found: it trains nothing, and has no keras.Model, no subclass of it, no function build_model()\n"
        "  to do: define class MyModel(keras.Model), or def build_model(): return keras.Sequential([…])"
    )


def test_a_function_with_another_name(refusal: Refusal) -> None:
    text = HEAD + "def create_model():\n    return keras.Sequential([keras.layers.Dense(10)])\n"
    assert refusal(text) == (
        "my_model.py: there is no model in the file\n"
        "  found: functions that may return one: create_model\n"
        "  to do: name one: my_model.py:create_model, or call it build_model"
    )


def test_two_models(refusal: Refusal) -> None:
    assert refusal(TWO) == (
        "my_model.py: there are 2 models in the file\n"
        "  found: Net (line 4), Other (line 12)\n"
        "  to do: name one: my_model.py:Other"
    )


def test_a_name_that_is_not_there(refusal: Refusal) -> None:
    assert refusal(TWO, "my_model.py:Othr") == (
        "my_model.py: there is no model 'Othr'\n"
        "  found: no such name in the file\n"
        "  to do: did you mean 'Other'? In the file: Net, Other"
    )


def test_a_constructor_with_arguments(refusal: Refusal) -> None:
    assert refusal(HEAD + CLASS.format(default="")) == (
        "my_model.py, line 4: the constructor of the model needs arguments\n"
        "  found: Net(units)\n"
        "  to do: give them defaults, or add: def build_model(): return Net(units=…)"
    )


def test_a_function_that_gives_something_else(refusal: Refusal) -> None:
    assert refusal(HEAD + "def build_model():\n    keras.Sequential([keras.layers.Dense(10)])\n") == (
        "my_model.py, line 3: build_model() does not return a Keras model\n"
        "  found: NoneType\n"
        "  to do: return a keras.Model: keras.Sequential([…]), or an object of your own subclass"
    )


def test_an_output_of_the_wrong_width(refusal: Refusal) -> None:
    assert refusal(MODEL.replace("10", "9")) == (
        "my_model.py, line 3: the output of the model has the wrong shape\n"
        "  found: [batch, 9], not [batch, 10]\n"
        "  to do: end with a Dense layer of 10 units, one for each class, and return only its result"
    )


def test_an_output_of_the_wrong_rank(refusal: Refusal) -> None:
    assert "found: [batch, 28, 10], not [batch, 10]" in refusal(MODEL.replace("(784,)", "(28, 28)"))


def test_an_input_that_is_no_digit(refusal: Refusal) -> None:
    assert refusal(MODEL.replace("784", "100")) == (
        "my_model.py, line 3: the model takes inputs other than 28×28 images\n"
        "  found: declared input (100,)\n"
        "  to do: declare one of (784,), (28, 28) and (28, 28, 1)"
    )


def test_a_model_that_takes_no_image(refusal: Refusal) -> None:
    text = HEAD + CLASS.format(default="=10").replace("return self.dense(x)", "return self.dense(x) @ tf.ones((3, 3))")
    assert refusal(text).startswith(
        "my_model.py, line 10: an error while the model is called\n  found: InvalidArgumentError: "
    )


def test_an_exception_while_the_top_level_runs(refusal: Refusal) -> None:
    assert refusal(MODEL + "units = [64]\nwidest = units[1]\n") == (
        "my_model.py, line 5: an error while the program runs\n"
        "  found: IndexError: list index out of range\n"
        "  to do: fix this line: widest = units[1]"
    )


def test_a_missing_import(refusal: Refusal) -> None:
    assert refusal(MODEL + "import seaborn_of_mine.colours\n") == (
        "my_model.py, line 4: it imports 'seaborn_of_mine', which is neither a file beside it nor a package that "
        "digitlab knows\n"
        "  found: ModuleNotFoundError: No module named 'seaborn_of_mine'\n"
        "  to do: put seaborn_of_mine.py beside my_model.py"
    )


STEP = """
optimizer = keras.optimizers.SGD(0.1)
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(labels, model(images)))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
"""


def test_an_error_inside_the_step(refusal: Refusal) -> None:
    text = refusal(MODEL + STEP.replace("model(images)", "model(images)[:, :9]") + "    return loss\n")
    assert text.startswith(
        "my_model.py, line 8: an error while the step runs\n"
        "  found: ValueError: Arguments `target` and `output` must have the same shape."
    )


def test_the_program_ends_as_for_any_wrong_use(refusal: Refusal) -> None:
    assert issubclass(ModelFileError, DigitlabError)
    assert ModelFileError.exit_code == 2
