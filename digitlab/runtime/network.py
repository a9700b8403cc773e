"""A model of a bundle as a function; the one file that knows onnxruntime."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import BundleError, UsageError

# Since 1.29 its builds for Linux tell their maker about each model and machine, unless this is set before they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

SIDE = 28
BATCH = 250  # images a call: quickest, and memory stays bounded
FAINTEST = 1e-30  # a probability of 0 has no logarithm
_ONLY_ERRORS = 3


class Network:
    """An ONNX model that takes images uint8 [N, 28, 28].

    Args:
        model: the bytes of its file.
        name: of what it belongs to, for errors.
        threads: that one call may use; None: one for each core.

    Raises:
        BundleError: the bytes are no such model.
    """

    def __init__(self, model: bytes, name: str, threads: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.log_severity_level = _ONLY_ERRORS
        # Threads that wait between calls by turning in circles cost a fifth of the speed where calls follow each other.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # on damaged bytes the runtime raises kinds of its own, which share no base
            raise _no_model(name, " ".join(str(error).split())[:200]) from None
        forms = [(value.name, value.type, value.shape[1:]) for value in self._session.get_inputs()]
        self.outputs = tuple(output.name for output in self._session.get_outputs())
        if forms != [("images", "tensor(uint8)", [SIDE, SIDE])] or "probabilities" not in self.outputs:
            raise _no_model(name, f"a model from {forms} to {sorted(self.outputs)}")

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Float32 [N, classes], as the network gives them (raises UsageError for other images)."""
        return self.run(("probabilities",), images)[0]

    def evidence(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the softmax makes the probabilities of: float32 [N, classes]; where there is none, their logarithms."""
        if "evidence" in self.outputs:
            return self.run(("evidence",), images)[0]
        logarithms: NDArray[np.float32] = np.log(np.maximum(self.probabilities(images), np.float32(FAINTEST)))
        return logarithms

    def run(self, outputs: tuple[str, ...], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Several outputs of one pass, each float32 [N, classes] (raises UsageError for other images)."""
        _refuse_other_images(images)
        if len(images) <= BATCH:
            return self._call(outputs, images)
        parts = [self._call(outputs, images[first : first + BATCH]) for first in range(0, len(images), BATCH)]
        return [np.concatenate(output) for output in zip(*parts, strict=True)]

    def _call(self, outputs: tuple[str, ...], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        results: list[NDArray[np.float32]] = self._session.run(outputs, {"images": images})
        return results


def _no_model(name: str, found: str) -> BundleError:
    return BundleError(
        f"the model of the bundle {name} cannot be used", found=found, remedy="write it anew: digitlab export RUN"
    )


def _refuse_other_images(images: NDArray[np.uint8]) -> None:
    if isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.shape[1:] == (SIDE, SIDE):
        return
    form = f"{images.dtype} {list(images.shape)}" if isinstance(images, np.ndarray) else type(images).__name__
    raise UsageError(
        "images to predict are not uint8 [N, 28, 28]",
        found=form,
        remedy="of values from 0 to 1 give (images * 255).astype('uint8'); of one image give image[None]",
    )
