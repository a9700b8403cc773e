"""A bundle at work: answers without TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import BundleError
from digitlab.preprocess.pipeline import prepare
from digitlab.preprocess.settings import Plain
from digitlab.runtime.bundle import Bundle, read_bundle
from digitlab.runtime.network import Network, no_model
from digitlab.runtime.places import DEFAULT, bundle_folder
from digitlab.runtime.verdict import Verdict, verdicts

SECONDS_TO_TRY = 60.0  # a bundle when it is loaded; the shipped ones take 0.1


def load_model(path: Path | str = DEFAULT, *, threads: int | None = None) -> Predictor:
    """The model of a bundle, ready to predict; loads no TensorFlow.

    Args:
        path: a bundle's folder, a run's folder, or the name of a bundle that ships with digitlab.
        threads: that one call may use; None: one for each core.

    Raises:
        BundleError: there is none, or it is damaged, or answers otherwise than when it was written.
    """
    folder = bundle_folder(path)
    return Predictor(read_bundle(folder), str(folder), threads)


class Predictor:
    """Answers with the model of a bundle.

    Args:
        bundle: its golden images are answered at once, and must come out as they did.
        name: of the bundle, for errors.
        threads: as for `load_model`.
    """

    def __init__(self, bundle: Bundle, name: str, threads: int | None = None) -> None:
        self.bundle = bundle
        self.info = bundle.info
        self._name = name
        self._network = Network(bundle.model, name, threads)
        if self._network.image != self.info.image:
            raise no_model(name, f"images {self._network.image.in_words} where {self.info.image.in_words} is told")
        self.outputs = self._network.outputs  # what the model file gives, by name
        with self._network.at_most(SECONDS_TO_TRY):
            self.try_sizes(1, 2)
            self._refuse_other_answers()

    def _refuse_other_answers(self) -> None:
        try:
            complaint = self.bundle.golden.complaint(self.info.preprocessing, self.predict)
        except BundleError:
            raise
        except Exception as error:  # of golden pictures that are none
            complaint = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        if complaint:
            raise BundleError(
                f"the bundle {self._name} does not answer as it did when it was written",
                found=complaint,
                remedy="do not use it; write it anew: digitlab export RUN",
            )

    @property
    def takes_colour(self) -> bool:
        """Whether pictures are to be decoded in colour."""
        return self.info.image.channels == 3

    def try_sizes(self, *sizes: int) -> None:
        """Answer batches of these sizes (raises BundleError: it cannot, or not with a number for each class)."""
        self._network.try_sizes(sizes, len(self.info.classes))

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities float32 [N, classes], as the network gives them.

        Args:
            images: uint8 [N, height, width] or [N, height, width, 3], as `info.image` says; those of digits with white
                ink on black, framed as MNIST's are.  `answer` takes any picture.

        Raises:
            UsageError: an array of another form.
        """
        return self._network.probabilities(images)

    def evidence(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the softmax makes the probabilities of: float32 [N, classes]."""
        return self._network.evidence(images)

    def run(self, outputs: tuple[str, ...], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Several of `outputs` in one pass, each float32 [N, classes]."""
        return self._network.run(outputs, images)

    def verdicts(self, images: NDArray[np.uint8]) -> list[Verdict]:
        """What is said about each image; where digits are read, one without ink is none."""
        answers = verdicts(self.evidence(images), self.info.classes, self.info.calibration)
        if isinstance(self.info.preprocessing, Plain):  # a black picture can be of a class
            return answers
        return [answer if image.any() else answer.rejected() for answer, image in zip(answers, images, strict=True)]

    def answer(self, picture: NDArray[np.generic]) -> Verdict:
        """What is said about a picture of any size, [height, width] or, for a model of colour, [height, width, 3]."""
        image = prepare(picture, self.info.preprocessing).image
        (verdict,) = self.verdicts(image[None])
        return verdict
