"""Predictions with a bundle, without TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import BundleError, in_words
from digitlab.preprocess.pipeline import prepare
from digitlab.preprocess.settings import Plain
from digitlab.runtime.bundle import Bundle, read_bundle
from digitlab.runtime.network import Network, no_model
from digitlab.runtime.places import DEFAULT, bundle_folder
from digitlab.runtime.verdict import Verdict, verdicts

TRIAL_SECONDS = 60.0  # for the test of a bundle at loading; the shipped ones take 0.1


def load_model(path: Path | str = DEFAULT, *, threads: int | None = None) -> Predictor:
    """The model of a bundle, ready to predict; loads no TensorFlow.

    Args:
        path: a bundle's folder, a run's folder, or the name of a bundle that ships with digitlab.
        threads: for one call; None: one for each core.

    Raises:
        BundleError: it does not exist, is damaged, or gives other answers than when it was written.
    """
    folder = bundle_folder(path)
    return Predictor(read_bundle(folder), str(folder), threads)


class Predictor:
    """Answers with the model of a bundle.

    Args:
        bundle: its golden answers are compared at once.
        name: of the bundle, for errors.
        threads: as for `load_model`.
    """

    def __init__(self, bundle: Bundle, name: str, threads: int | None = None) -> None:
        self.bundle = bundle
        self.info = bundle.info
        self._name = name
        self._network = Network(bundle.model, name, threads)
        if self._network.image != self.info.image:
            raise no_model(name, f"images {self._network.image.in_words} instead of {self.info.image.in_words}")
        self.outputs = self._network.outputs  # names of the outputs in the model file
        with self._network.at_most(TRIAL_SECONDS):
            self.try_sizes(1, 2)
            self._compare_golden()

    def _compare_golden(self) -> None:
        try:
            complaint = self.bundle.golden.complaint(self.info.preprocessing, self.predict)
        except BundleError:
            raise
        except Exception as error:  # golden arrays of a wrong form
            complaint = in_words(error)
        if complaint:
            raise BundleError(
                f"the bundle {self._name} gives other answers than when it was written",
                found=complaint,
                remedy="do not use it; write it again: digitlab export RUN",
            )

    @property
    def takes_colour(self) -> bool:
        """Whether to decode pictures in colour."""
        return self.info.image.channels == 3

    def try_sizes(self, *sizes: int) -> None:
        """Test batches of these sizes (raises BundleError where the model fails)."""
        self._network.try_sizes(sizes, len(self.info.classes))

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities float32 [N, classes], not calibrated.

        Args:
            images: uint8 [N, height, width] or [N, height, width, 3] of the form `info.image`; digits in white ink on
                black, framed as in MNIST.  `answer` takes any picture.

        Raises:
            UsageError: an array of another form.
        """
        return self._network.probabilities(images)

    def evidence(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits, float32 [N, classes]."""
        return self._network.evidence(images)

    def run(self, outputs: tuple[str, ...], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Several of `outputs` in one pass, each float32 [N, classes]."""
        return self._network.run(outputs, images)

    def verdicts(self, images: NDArray[np.uint8]) -> list[Verdict]:
        """The verdict on each image; in the digits domain a blank image is rejected."""
        answers = verdicts(self.evidence(images), self.info.classes, self.info.calibration)
        if isinstance(self.info.preprocessing, Plain):  # a black image can belong to a class
            return answers
        return [answer if image.any() else answer.rejected() for answer, image in zip(answers, images, strict=True)]

    def answer(self, picture: NDArray[np.generic]) -> Verdict:
        """The verdict on a picture of any size, [height, width] or, for a model of colour, [height, width, 3]."""
        image = prepare(picture, self.info.preprocessing).image
        (verdict,) = self.verdicts(image[None])
        return verdict
