"""DL701 to DL705: what a check says of programs for an older Keras or TensorFlow."""

from __future__ import annotations

from collections.abc import Callable

from digitlab.base.findings import Finding

Checked = Callable[..., list[Finding]]

FIT = """import keras

(x, y), _ = keras.datasets.mnist.load_data()
x = x.reshape(-1, 784) / {scale}
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(64, "tanh"), keras.layers.Dense(10, "softmax")])
model.compile({optimizer}, "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, {epochs}=2)
{after}
"""
TODAY = {"scale": "255.0", "optimizer": "keras.optimizers.SGD(learning_rate=0.1)", "epochs": "epochs", "after": ""}


def test_todays_program_is_left_alone(checked: Checked) -> None:
    assert checked(FIT.format(**TODAY)) == []


def test_an_old_name_comes_first_with_its_line_and_the_check_continues(checked: Checked) -> None:
    text = FIT.format(**TODAY | {"scale": "1.0", "optimizer": "keras.optimizers.SGD(lr=0.1)", "epochs": "nb_epoch"})
    first, second = checked(text)
    assert (first.code, first.severity, first.line, second.slug) == ("DL701", "error", 6, "input-not-scaled")
    assert first.observed == (
        "line 6: SGD(lr=…) is learning_rate= since Keras 3; line 7: fit(nb_epoch=…) is epochs= since Keras 2.4"
    )
    assert first.fix == (
        'line 6: model.compile(keras.optimizers.SGD(learning_rate=0.1), "sparse_categorical_crossentropy", '
        'metrics=["accuracy"]); line 7: history = model.fit(x, y, epochs=2)'
    )


def test_old_names_after_the_training_are_found_too(checked: Checked) -> None:
    after = "print(model.predict_classes(x[:3]))\nprint(history.history['acc'])"
    [found] = checked(FIT.format(**TODAY | {"after": after}))
    assert found.observed == (
        "line 8: predict_classes() is predict().argmax(axis=-1) since Keras 2.6; "
        "line 9: history['acc'] is ['accuracy'] since Keras 2.3"
    )


def test_tensorflow_1(checked: Checked) -> None:
    [found] = checked(
        "import tensorflow as tf\nx = tf.placeholder(tf.float32, [None, 784])\n"
        "with tf.Session() as session:\n    pass\n"
    )
    assert (found.code, found.severity, found.line) == ("DL702", "error", 2)
    assert found.observed == (
        "line 2: tensorflow.placeholder is gone since TensorFlow 2.0; line 3: tensorflow.Session is gone since "
        "TensorFlow 2.0"
    )
    assert found.fix == "rewrite it for TensorFlow 2: docs/lab.md shows how"


def test_a_part_without_a_successor(checked: Checked) -> None:
    [found] = checked("from keras.wrappers.scikit_learn import KerasClassifier\nKerasClassifier()\n")
    assert (found.code, found.severity, found.line) == ("DL703", "error", 1)
    assert found.fix.startswith("line 1: train with model.fit, or use keras.wrappers.SKLearnClassifier")


def test_a_part_without_a_successor_that_is_never_reached_is_a_warning(checked: Checked) -> None:
    after = "def never():\n    import tensorflow as tf\n    return tf.Session()\n"
    [found] = checked(FIT.format(**TODAY | {"after": after}))
    assert (found.code, found.severity, found.line) == ("DL702", "warning", 10)


def test_rates_that_were_others(checked: Checked) -> None:
    for optimizer, words in (
        ('"adadelta"', "line 6: Adadelta at 1 was the default before Keras 2.4"),
        ("keras.optimizers.Adagrad()", "line 6: Adagrad at 0.01 was the default before Keras 2.4"),
    ):
        found = {one.code: one for one in checked(FIT.format(**TODAY | {"optimizer": optimizer}))}
        assert (found["DL704"].severity, found["DL704"].observed) == ("warning", words)
        assert "its default is 0.001" in found["DL704"].fix
    given = checked(FIT.format(**TODAY | {"optimizer": "keras.optimizers.Adagrad(0.1)"}))
    assert "DL704" not in [one.code for one in given]


def test_what_keras_ignores(checked: Checked) -> None:
    found = checked(FIT.format(**TODAY | {"optimizer": "keras.optimizers.SGD(0.1, decay=1e-3)"}))
    assert [(one.code, one.severity, one.line) for one in found] == [("DL705", "warning", 6)]
    assert "keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 1e-3)" in found[0].fix
