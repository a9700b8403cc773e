"""A model of a bundle as a function; the one file that knows onnxruntime."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import BundleError, UsageError
from digitlab.images.spec import ImageSpec
from digitlab.runtime.graph import complaint

# Since 1.29 its builds for Linux tell their maker about each model and machine, unless this is set before they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

BATCH = 250  # images a call: quickest, and memory stays bounded
FAINTEST = 1e-30  # a probability of 0 has no logarithm
OUTPUTS = {"probabilities", "evidence"}  # the second where a softmax makes the first of it
_NOTHING_BUT_FATAL = 4  # what it has to say comes with its exceptions, too
# Of all networks of this process together; those of the shipped bundles take 30 MiB at the largest batch.
_MOST_BYTES = 2 * 2**30

onnxruntime.set_default_logger_severity(_NOTHING_BUT_FATAL)
onnxruntime.create_and_register_allocator(
    onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    ),
    onnxruntime.OrtArenaCfg(
        {
            "max_mem": _MOST_BYTES,
            "arena_extend_strategy": -1,  # this and the next: as it is without us
            "initial_chunk_size_bytes": -1,
            "max_dead_bytes_per_chunk": -1,
        }
    ),
)


class Network:
    """An ONNX model that takes images uint8 [N, height, width] or [N, height, width, 3].

    Args:
        model: the bytes of its file.
        name: of what it belongs to, for errors.
        threads: that one call may use; None: one for each core.

    Raises:
        BundleError: the bytes are no such model.
    """

    def __init__(self, model: bytes, name: str, threads: int | None = None) -> None:
        self._name = name
        self._run_options = onnxruntime.RunOptions()
        strange = complaint(model)
        if strange:
            raise no_model(name, strange)
        try:
            self._session = onnxruntime.InferenceSession(model, _options(threads), providers=["CPUExecutionProvider"])
        except Exception as error:  # on damaged bytes the runtime raises kinds of its own, which share no base
            raise no_model(name, _in_words(error)) from None
        forms = [(value.name, value.type, value.shape[1:]) for value in self._session.get_inputs()]
        image = ImageSpec.of(tuple(forms[0][2])) if len(forms) == 1 else None
        given = {output.name: output.type for output in self._session.get_outputs()}
        self.outputs = tuple(given)
        is_ours = "probabilities" in given and given.keys() <= OUTPUTS and set(given.values()) == {"tensor(float)"}
        if image is None or forms[0][:2] != ("images", "tensor(uint8)") or not is_ours:
            raise no_model(name, f"a model from {forms} to {given}"[:300])
        self.image = image  # the form of those that it takes

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
        """Several outputs of one pass, each float32 [N, classes].

        Raises:
            UsageError: other images.
            BundleError: the network cannot answer so many.
        """
        _refuse_other_images(images, self.image)
        if len(images) <= BATCH:
            return self._call(outputs, images)
        parts = [self._call(outputs, images[first : first + BATCH]) for first in range(0, len(images), BATCH)]
        return [np.concatenate(output) for output in zip(*parts, strict=True)]

    def try_sizes(self, sizes: tuple[int, ...], classes: int) -> None:
        """Answer black images in batches of these sizes (raises BundleError: not as float32 [N, classes], finite)."""
        for size in sizes:
            answers = self.run(self.outputs, np.zeros((size, *self.image.shape), np.uint8))
            for name, answer in zip(self.outputs, answers, strict=True):
                form = f"{answer.dtype} {list(answer.shape)}"
                if form != f"float32 [{size}, {classes}]":
                    raise no_model(self._name, f"'{name}' is {form} for {size} images and {classes} classes")
                if not np.isfinite(answer).all():
                    raise no_model(self._name, f"'{name}' has values that are no numbers")

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Calls inside the block end after so long, between two operations (raises BundleError)."""
        timer = threading.Timer(seconds, setattr, (self._run_options, "terminate", True))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _call(self, outputs: tuple[str, ...], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        try:
            results: list[NDArray[np.float32]] = self._session.run(outputs, {"images": images}, self._run_options)
        except Exception as error:  # of its own kinds: too little memory, shapes that do not fit
            raise no_model(self._name, _in_words(error)) from None
        return results


def _options(threads: int | None) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = _NOTHING_BUT_FATAL
    # Threads that wait between calls by turning in circles cost a fifth of the speed where calls follow each other.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.load_model_format", "ONNX")  # not the runtime's own, told by its bytes
    options.add_session_config_entry("session.use_env_allocators", "1")  # the one with a limit
    return options


def _in_words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def no_model(name: str, found: str) -> BundleError:
    """The error for a model that no export of ours has written, or that does not answer."""
    return BundleError(
        f"the model of the bundle {name} cannot be used", found=found, remedy="write it anew: digitlab export RUN"
    )


def _refuse_other_images(images: NDArray[np.uint8], spec: ImageSpec) -> None:
    if isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.shape[1:] == spec.shape:
        return
    form = f"{images.dtype} {list(images.shape)}" if isinstance(images, np.ndarray) else type(images).__name__
    raise UsageError(
        f"images to predict are not {spec.in_words}",
        found=form,
        remedy="of values from 0 to 1 give (images * 255).astype('uint8'); of one image give image[None]",
    )
