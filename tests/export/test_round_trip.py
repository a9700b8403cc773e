"""train → export → the same answers in every format, for a student's own file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

import digitlab
from digitlab.data.dataset import Split
from digitlab.evaluation.metrics import softmax
from digitlab.experiments.train import export_run, keras_model
from digitlab.runs.directory import RunDirectory


def keras_answers(run: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    model = keras_model(run)
    return softmax(np.asarray(model(images / np.float32(255), training=False)))


def test_the_bundle_of_a_run_answers_as_keras_does(exported_run: Path, held_out: Split) -> None:
    answers = digitlab.load_model(exported_run).predict(held_out.images)
    np.testing.assert_allclose(answers, keras_answers(exported_run, held_out.images), atol=1e-4)
    assert RunDirectory(exported_run).info.no_bundle is None


@pytest.mark.filterwarnings("ignore:.*Interpreter is deprecated")
def test_litert_answers_as_keras_does(exported_run: Path, held_out: Split, capfd: pytest.CaptureFixture[str]) -> None:
    path = export_run(exported_run, "litert")
    assert capfd.readouterr() == ("", "")
    interpreter = tf.lite.Interpreter(str(path))
    answers = interpreter.get_signature_runner()(images=held_out.images)["probabilities"]
    np.testing.assert_allclose(answers, keras_answers(exported_run, held_out.images), atol=1e-4)


def test_saved_model_answers_as_keras_does(exported_run: Path, held_out: Split) -> None:
    saved = tf.saved_model.load(str(export_run(exported_run, "saved-model")))
    answers = saved.signatures["serving_default"](images=tf.constant(held_out.images))["probabilities"]
    np.testing.assert_allclose(answers, keras_answers(exported_run, held_out.images), atol=1e-4)
