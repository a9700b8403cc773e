"""The two formats that TensorFlow itself writes: LiteRT for phones and small machines, SavedModel for servers."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.base.files import cannot_write, write_bytes
from digitlab.data.splits import Splits
from digitlab.errors import ExportError, in_words
from digitlab.export.parity import refuse_disagreement
from digitlab.export.serving import INPUT, OUTPUT, frozen_function
from digitlab.runtime.golden import Predict
from digitlab.training.setup import Trainable
from digitlab.training.start import quiet_standard_error

SIGNATURE = "serving_default"


def write_litert(path: Path, trainable: Trainable, splits: Splits) -> None:
    """Write `path` as a LiteRT model for any number of images.

    Raises:
        ExportError: LiteRT lacks an operation of the model, or gives other answers.
    """
    with tempfile.TemporaryDirectory() as folder:
        _save(Path(folder), trainable)
        with _raising("the model cannot be written for LiteRT"), quiet_standard_error():
            content = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    refuse_disagreement("LiteRT", _litert(content), trainable, splits.validation)
    write_bytes(path, content)


def write_saved_model(path: Path, trainable: Trainable, splits: Splits) -> None:
    """Write the folder `path` as a SavedModel (raises ExportError where it gives other answers)."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        written = Path(folder) / path.name
        _save(written, trainable)
        refuse_disagreement("SavedModel", _saved(written), trainable, splits.validation)
        try:
            shutil.rmtree(path, ignore_errors=True)
            written.rename(path)
        except OSError as error:
            raise cannot_write(path, error) from error


def _save(folder: Path, trainable: Trainable) -> None:
    """The frozen function as a SavedModel, without variables, which LiteRT would have to initialise."""
    module = tf.Module()
    with _raising("the model cannot be written as a SavedModel"), quiet_standard_error():
        frozen = frozen_function(trainable)
        images = tf.TensorSpec([None, *trainable.spec.shape], tf.uint8, name=INPUT)
        module.serve = tf.function(lambda images: {OUTPUT: frozen(images)[0]}, input_signature=[images])
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)  # a frozen model is not trained
        tf.saved_model.save(module, str(folder), signatures={SIGNATURE: module.serve}, options=options)


@contextmanager
def _raising(problem: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the writers raise many kinds
        raise ExportError(problem, found=in_words(error), remedy="use other layers, or another --format") from error


def _saved(folder: Path) -> Predict:
    signature = tf.saved_model.load(str(folder)).signatures[SIGNATURE]
    return lambda images: signature(**{INPUT: tf.constant(images)})[OUTPUT].numpy()


def _litert(content: bytes) -> Predict:
    with quiet_standard_error(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it moves to a package which does not support TensorFlow 2.21
        runner = tf.lite.Interpreter(model_content=content).get_signature_runner()

    def predict(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with quiet_standard_error():  # the first answer loads a part that says so
            probabilities: NDArray[np.float32] = runner(**{INPUT: images})[OUTPUT]
        return probabilities

    return predict
