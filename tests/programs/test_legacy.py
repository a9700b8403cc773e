"""Programs of an older Keras or TensorFlow: how they read today, and that they then do what they did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf

from digitlab.programs.fix import fixed_lines
from digitlab.programs.legacy import GoneError, gone_error, today
from digitlab.programs.old_uses import Use
from digitlab.programs.source import SourceFile, read_source

MODEL = """import keras
import numpy as np
x = np.zeros((8, 4), "float32")
y = np.arange(8) % 3
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
"""


def source_of(folder: Path, text: str) -> SourceFile:
    path = folder / "program.py"
    path.write_text(text)
    return read_source(str(path))


def run(folder: Path, text: str) -> tuple[dict[str, Any], list[Use]]:
    """The program's names after it ran, and what it used."""
    written = source_of(folder, text)
    source, uses = today(written)
    values = source.new_module().__dict__
    try:
        exec(compile(source.text, str(source.path), "exec"), values)
    except Exception as error:
        raise gone_error(source, uses, error) or error from None
    return values, uses


def fixed(folder: Path, text: str) -> list[str]:
    """The lines that change, as they should read."""
    source = source_of(folder, text)
    uses = today(source)[1]
    return list(dict.fromkeys(line for use in uses for _, line in fixed_lines(source, use, uses)))


@pytest.mark.parametrize(
    ("line", "now"),
    [
        ("from keras.utils import np_utils", "from keras import utils as np_utils"),
        ("from keras.utils.np_utils import to_categorical as c", "from keras.utils import to_categorical as c"),
        ("from keras.layers.core import Dense, Dropout", "from keras.layers import Dense, Dropout"),
        ("from keras.layers.convolutional import *", "from keras.layers import *"),
        ("from keras.engine.topology import Layer", "from keras.layers import Layer"),
        ("from keras.optimizers.legacy import Adam", "from keras.optimizers import Adam"),
        ("from keras.optimizers import rmsprop, SGD", "from keras.optimizers import RMSprop as rmsprop, SGD"),
        (
            "from tensorflow.keras.layers.experimental import preprocessing",
            "from tensorflow.keras import layers as preprocessing",
        ),
        (
            "from tensorflow.python.keras.layers import Dense, Flatten",
            "from tensorflow.keras.layers import Dense, Flatten",
        ),
        ("import tensorflow.python.keras.backend as K", "import tensorflow.keras.backend as K"),
        (
            "from keras.preprocessing.image import ImageDataGenerator",
            "from tensorflow.keras.preprocessing.image import ImageDataGenerator",
        ),
    ],
)
def test_imports_of_old_work_and_read_so_today(tmp_path: Path, line: str, now: str) -> None:
    run(tmp_path, f"{line}\n")
    assert fixed(tmp_path, f"{line}\n") == [now]
    exec(now, {})  # which needs no help


@pytest.mark.parametrize(
    ("line", "now"),
    [
        ("a = keras.optimizers.SGD(lr=0.1)", "a = keras.optimizers.SGD(learning_rate=0.1)"),
        ("a = keras.optimizers.Adam(decay=0.0, lr=1e-3)", "a = keras.optimizers.Adam(learning_rate=1e-3)"),
        (
            "a = keras.optimizers.SGD(0.1, decay=1e-3)",
            "a = keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 1e-3))",
        ),
        ("a = keras.optimizers.legacy.SGD(0.1)", "a = keras.optimizers.SGD(0.1)"),
        (
            "a = keras.callbacks.ReduceLROnPlateau(epsilon=1e-3, patience=2)",
            "a = keras.callbacks.ReduceLROnPlateau(min_delta=1e-3, patience=2)",
        ),
        ("a = model.predict_classes(x)", "a = model.predict(x).argmax(axis=-1)"),
        ("a = model.predict_proba(x, verbose=0)", "a = model.predict(x, verbose=0)"),
        ("a = keras.metrics.Mean(); a.reset_states()", "a = keras.metrics.Mean(); a.reset_state()"),
        ("a = tf.log(1.0) + tf.random_normal([2])", "a = tf.math.log(1.0) + tf.random.normal([2])"),
    ],
)
def test_what_is_gone_does_the_same_as_its_successor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, now: str
) -> None:
    monkeypatch.chdir(tmp_path)
    start = "import tensorflow as tf\n" + MODEL
    assert fixed(tmp_path, f"{start}{line}\n") == [now]
    old, uses = run(tmp_path, f"{start}{line}\n")
    assert {use.line for use in uses} == {7}
    new: dict[str, Any] = {}
    exec(f"{start}{now}\n", new)
    assert _facts(old["a"]) == _facts(new["a"])


def _facts(value: Any) -> Any:
    """What tells one thing from another of its kind; random numbers by their form."""
    if isinstance(value, keras.layers.Layer | keras.optimizers.Optimizer):
        return {key: str(one) for key, one in value.get_config().items() if key != "name"}
    if isinstance(value, keras.callbacks.Callback):
        return {key: one for key, one in vars(value).items() if isinstance(one, int | float | str)}
    return getattr(value, "shape", type(value))


def test_the_rate_decays_as_it_did(tmp_path: Path) -> None:
    values, _ = run(tmp_path, "from keras.optimizers import SGD\nsgd = SGD(lr=0.5, decay=0.25, momentum=0.9)\n")
    weights = [keras.Variable([1.0])]
    values["sgd"].build(weights)
    for step in range(3):
        assert float(values["sgd"].learning_rate) == pytest.approx(0.5 / (1 + 0.25 * step))
        values["sgd"].apply([tf.constant([1.0])], weights)


def test_what_the_schedule_needs_is_imported_with_the_optimizer(tmp_path: Path) -> None:
    text = "from keras.optimizers.legacy import SGD\nsgd = SGD(decay=1e-3)\n"
    assert fixed(tmp_path, text) == [
        "import keras; from keras.optimizers import SGD",
        "sgd = SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 1e-3))",
    ]


def test_a_name_that_only_tensorflow_has_is_imported_from_there(tmp_path: Path) -> None:
    text = "from keras.preprocessing import image\ngenerator = image.ImageDataGenerator()\n"
    assert fixed(tmp_path, text)[1] == "generator = tensorflow.keras.preprocessing.image.ImageDataGenerator()"
    assert type(run(tmp_path, text)[0]["generator"]).__name__ == "ImageDataGenerator"


def test_a_training_of_old_trains(tmp_path: Path) -> None:
    values, uses = run(
        tmp_path,
        MODEL
        + 'model.compile(keras.optimizers.rmsprop(lr=0.1), "sparse_categorical_crossentropy")\n'
        + "history = model.fit(x, y, nb_epoch=2, workers=4, verbose=0)\n"
        + "batches = ((x, y) for _ in range(2))\n"
        + "model.fit_generator(batches, steps_per_epoch=2, epochs=1, max_queue_size=3, shuffle=False)\n"
        + "model.optimizer.lr.assign(0.25)\n"
        + "rate = float(model.optimizer.lr)\n",
    )
    assert len(values["history"].history["loss"]) == 2
    assert values["rate"] == 0.25
    assert {(use.line, use.old) for use in uses} >= {
        (6, "keras.optimizers.rmsprop"),
        (7, "fit(nb_epoch=…)"),
        (9, "fit_generator()"),
        (10, "lr"),
        (11, "lr"),
    }


def test_names_that_only_keras_has_need_no_known_object(tmp_path: Path) -> None:
    text = (
        "import keras\n"
        "def clear(things):\n    for one in things:\n        one.reset_states()\n"
        "mean = keras.metrics.Mean()\nmean(3.0)\nclear([mean])\nleft = float(mean.result())\n"
    )
    assert fixed(tmp_path, text) == ["one.reset_state()"]
    assert run(tmp_path, text)[0]["left"] == 0.0


def test_a_compiled_function_is_compiled_as_it_reads_today(tmp_path: Path) -> None:
    text = (
        "import tensorflow as tf\n@tf.function\ndef f(x):\n    if x > 0.0:\n        x = tf.log(x)\n    return x\n"
        "y = f(1.0)\n"
    )
    assert float(run(tmp_path, text)[0]["y"]) == 0.0


def test_lines_keep_their_place(tmp_path: Path) -> None:
    text = (
        "from keras.layers.core import (\n    Dense,\n    Dropout,\n)\nimport keras\n"
        "sgd = keras.optimizers.Adam(\n    lr=0.1,\n    decay=0.0,\n)\nlast = 1 / 0\n"
    )
    written = source_of(tmp_path, text)
    source, _ = today(written)
    assert len(source.text.splitlines()) == len(written.text.splitlines())
    assert source.quote(7) == "lr=0.1,"  # as the person knows it
    with pytest.raises(ZeroDivisionError) as caught:
        run(tmp_path, text)
    assert source.line_of(caught.value) == 10


def test_only_names_of_keras_are_found(tmp_path: Path) -> None:
    text = (
        "import keras\nfrom sklearn.svm import SVC\n"
        "def build():\n    net = keras.Sequential()\n    return net\n"
        "model, other = build(), SVC()\nother.predict_proba(1)\nmodel.predict_proba(1)\n"
        "class Mine(keras.Model):\n    pass\nMine().predict_classes(1)\n"
        "model = SVC()\nmodel.predict_proba(1)\n"
    )
    uses = today(source_of(tmp_path, text))[1]
    assert [use.line for use in uses] == [11]  # of `model` it is not known any more
    uses = today(source_of(tmp_path, text.replace("model = SVC()", "again = SVC()")))[1]
    assert [use.line for use in uses] == [8, 11, 13]


def test_what_the_program_sees_to_itself_is_left_alone(tmp_path: Path) -> None:
    _, uses = run(
        tmp_path,
        "import keras\nimport tensorflow as tf\n"
        "try:\n    from keras.utils import np_utils\nexcept ImportError:\n    np_utils = keras.utils\n"
        "if tf.__version__ < '2':\n    session = tf.Session()\n"
        "class Model:\n    def predict_classes(self, x):\n        return x\n"
        "    def reset_states(self):\n        return 1\n"
        "m = Model()\nm.predict_classes(1)\nm.reset_states()\n",
    )
    assert uses == []


@pytest.mark.parametrize(
    ("text", "line", "problem", "found"),
    [
        (
            "from tensorflow.examples.tutorials.mnist import input_data\n",
            1,
            "this is TensorFlow 1 code",
            "tensorflow.examples.tutorials.mnist.input_data, gone since TensorFlow 2.0",
        ),
        (
            "import tensorflow as tf\nx = tf.placeholder(tf.float32, [None, 784])\n",
            2,
            "this is TensorFlow 1 code",
            "tensorflow.placeholder, gone since TensorFlow 2.0",
        ),
        (
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n",
            2,
            "this is TensorFlow 1 code",
            "tensorflow.compat.v1.disable_v2_behavior, gone since TensorFlow 2.0",
        ),
        (
            "from keras.wrappers.scikit_learn import KerasClassifier\n",
            1,
            "keras.wrappers.scikit_learn.KerasClassifier is gone",
            "keras.wrappers.scikit_learn.KerasClassifier, gone since Keras 3",
        ),
    ],
)
def test_what_has_no_successor_stops(tmp_path: Path, text: str, line: int, problem: str, found: str) -> None:
    with pytest.raises(GoneError) as caught:
        run(tmp_path, text)
    assert caught.value.problem.endswith(f"program.py, line {line}: {problem}")
    assert caught.value.found == found
    assert caught.value.remedy
    assert tf.executing_eagerly()


def test_another_error_in_such_a_line_is_reported_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(NameError):
        run(tmp_path, "import keras\nkeras.optimizers.SGD(lr=rate)\n")
