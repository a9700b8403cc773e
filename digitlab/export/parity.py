"""Does an export give the answers of the Keras model?  Compared on validation and drawn images, not on test images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Split
from digitlab.errors import ExportError
from digitlab.evaluation.metrics import softmax
from digitlab.export.samples import comparison_images
from digitlab.runtime.golden import Predict
from digitlab.training.setup import Trainable

MAX_DIFFERENCE = 1e-4  # of a probability
TIE = 2e-4  # two classes as close as this may swap
BATCH = 250  # images per call; a larger one takes a gigabyte for `best`


@dataclass(frozen=True)
class Parity:
    """How two sets of probabilities [N, classes] for the same images differ."""

    images: int
    max_difference: float  # of a probability
    other_labels: int  # with another first class, near ties excluded

    @classmethod
    def of(cls, wanted: NDArray[np.float32], given: NDArray[np.float32]) -> Parity:
        """Compare the probabilities of the Keras model with those of an export."""
        ordered = np.sort(wanted, axis=1)
        clear = ordered[:, -1] - ordered[:, -2] > TIE
        other = (wanted.argmax(axis=1) != given.argmax(axis=1)) & clear
        return cls(len(wanted), float(np.abs(wanted - given).max()), int(other.sum()))

    def refuse(self, kind: str) -> None:
        """Raise ExportError unless the two agree (NaN agrees with nothing)."""
        if self.max_difference <= MAX_DIFFERENCE and not self.other_labels:
            return
        raise ExportError(
            f"the {kind} export gives other answers than the model",
            found=f"probabilities up to {self.max_difference:.1g} apart, {self.other_labels} other labels "
            f"of {self.images:,} images",
            remedy=f"at most {MAX_DIFFERENCE:g} apart is allowed; use other layers, or another --format",
        )


def refuse_disagreement(kind: str, predict: Predict, trainable: Trainable, validation: Split) -> None:
    """Raise ExportError unless an export and the Keras model agree on validation and drawn images."""
    images = np.concatenate([validation.images, comparison_images(validation.spec)])
    Parity.of(keras_probabilities(trainable, images), predict(images)).refuse(kind)


def keras_probabilities(trainable: Trainable, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The probabilities of the Keras model, float32 [N, classes]: the reference for every export."""
    rows = images.reshape(len(images), *trainable.image_shape)
    parts = [
        np.asarray(trainable.model(rows[first : first + BATCH] / np.float32(255), training=False), np.float32)
        for first in range(0, len(rows), BATCH)
    ]
    answers = np.concatenate(parts)
    return softmax(answers) if trainable.gives_logits else answers
