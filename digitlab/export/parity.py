"""Does an export answer as the Keras model does?  Tried on validation and synthetic digits, never on the test part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import ExportError
from digitlab.evaluation.metrics import softmax
from digitlab.training.setup import Trainable

MOST_OFF = 1e-4  # of a probability
TIE = 2e-4  # two classes as near as this may change places
BATCH = 250  # images a call; a larger one takes a gigabyte for `best`

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True)
class Parity:
    """How two sets of probabilities [N, classes] for the same images differ."""

    images: int
    furthest: float  # the greatest difference of a probability
    other_labels: int  # with another first class, near ties left out

    @classmethod
    def of(cls, wanted: NDArray[np.float32], given: NDArray[np.float32]) -> Parity:
        """Compare what the Keras model says with what an export does."""
        ordered = np.sort(wanted, axis=1)
        clear = ordered[:, -1] - ordered[:, -2] > TIE
        other = (wanted.argmax(axis=1) != given.argmax(axis=1)) & clear
        return cls(len(wanted), float(np.abs(wanted - given).max()), int(other.sum()))

    def refuse(self, kind: str) -> None:
        """Raise ExportError unless the two agree (NaN agrees with nothing)."""
        if self.furthest <= MOST_OFF and not self.other_labels:
            return
        raise ExportError(
            f"the {kind} export answers otherwise than the model",
            found=f"probabilities up to {self.furthest:.1g} apart, {self.other_labels} other labels "
            f"of {self.images:,} images",
            remedy=f"at most {MOST_OFF:g} apart is allowed; use other layers, or another --format",
        )


def keras_probabilities(trainable: Trainable, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the Keras model itself says, float32 [N, classes]: the way that every export is measured against."""
    rows = images.reshape(len(images), *trainable.image_shape)
    parts = [
        np.asarray(trainable.model(rows[first : first + BATCH] / np.float32(255), training=False), np.float32)
        for first in range(0, len(rows), BATCH)
    ]
    answers = np.concatenate(parts)
    return softmax(answers) if trainable.gives_logits else answers
