"""The model of a bundle as a function; the only file that uses onnxruntime."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import BundleError, UsageError, in_words
from digitlab.images.spec import ImageSpec
from digitlab.runtime.graph import complaint

# Since 1.29 the Linux builds send telemetry about model and machine, unless this is set before the import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

BATCH = 250  # images per call: the fastest, with bounded memory
MIN_PROBABILITY = 1e-30  # before a logarithm
OUTPUTS = {"probabilities", "evidence"}  # evidence (logits) only where a softmax follows it
_FATAL_ONLY = 4  # log level; exceptions carry the same messages
# Of all networks in this process; those of the shipped bundles take 30 MiB at the largest batch.
_MAX_BYTES = 2 * 2**30

onnxruntime.set_default_logger_severity(_FATAL_ONLY)
onnxruntime.create_and_register_allocator(
    onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    ),
    onnxruntime.OrtArenaCfg(
        {
            "max_mem": _MAX_BYTES,
            "arena_extend_strategy": -1,  # this and the next two: the defaults
            "initial_chunk_size_bytes": -1,
            "max_dead_bytes_per_chunk": -1,
        }
    ),
)


class Network:
    """An ONNX model that takes images uint8 [N, height, width] or [N, height, width, 3].

    Args:
        model: the bytes of its file.
        name: of its bundle, for errors.
        threads: for one call; None: one for each core.

    Raises:
        BundleError: the bytes are not such a model.
    """

    def __init__(self, model: bytes, name: str, threads: int | None = None) -> None:
        self._name = name
        self._run_options = onnxruntime.RunOptions()
        self._session = session(model, name, threads)
        forms = [(value.name, value.type, value.shape[1:]) for value in self._session.get_inputs()]
        image = ImageSpec.of(tuple(forms[0][2])) if len(forms) == 1 else None
        given = {output.name: output.type for output in self._session.get_outputs()}
        self.outputs = tuple(given)
        is_ours = "probabilities" in given and given.keys() <= OUTPUTS and set(given.values()) == {"tensor(float)"}
        if image is None or forms[0][:2] != ("images", "tensor(uint8)") or not is_ours:
            raise no_model(name, f"inputs {forms}, outputs {given}"[:300])
        self.image = image  # the form of its input

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Float32 [N, classes] (raises UsageError for images of another form)."""
        return self.run(("probabilities",), images)[0]

    def evidence(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits, float32 [N, classes]; without a softmax at the end, the logarithms of the probabilities."""
        if "evidence" in self.outputs:
            return self.run(("evidence",), images)[0]
        logarithms: NDArray[np.float32] = np.log(np.maximum(self.probabilities(images), np.float32(MIN_PROBABILITY)))
        return logarithms

    def run(self, outputs: tuple[str, ...], images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Several outputs of one pass, each float32 [N, classes].

        Raises:
            UsageError: images of another form.
            BundleError: the runtime fails, for example for lack of memory.
        """
        _refuse_other_images(images, self.image)
        if len(images) <= BATCH:
            return self._call(outputs, images)
        parts = [self._call(outputs, images[first : first + BATCH]) for first in range(0, len(images), BATCH)]
        return [np.concatenate(output) for output in zip(*parts, strict=True)]

    def try_sizes(self, sizes: tuple[int, ...], classes: int) -> None:
        """Run batches of these sizes (raises BundleError: an output is not float32 [N, classes], or not finite)."""
        for size in sizes:
            answers = self.run(self.outputs, np.zeros((size, *self.image.shape), np.uint8))
            for name, answer in zip(self.outputs, answers, strict=True):
                form = f"{answer.dtype} {list(answer.shape)}"
                if form != f"float32 [{size}, {classes}]":
                    raise no_model(self._name, f"'{name}' is {form} for {size} images and {classes} classes")
                if not np.isfinite(answer).all():
                    raise no_model(self._name, f"'{name}' has NaN or infinite values")

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Abort calls inside the block after this time, between two operations (raises BundleError)."""
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
        except Exception as error:  # many kinds: too little memory, shapes that do not fit
            raise no_model(self._name, in_words(error)) from None
        return results


def session(model: bytes, name: str, threads: int | None) -> onnxruntime.InferenceSession:
    """What runs a model file, looked through before (raises BundleError: it is no such model)."""
    strange = complaint(model)
    if strange:
        raise no_model(name, strange)
    try:
        return onnxruntime.InferenceSession(model, _options(threads), providers=["CPUExecutionProvider"])
    except Exception as error:  # on damaged bytes the runtime raises kinds of its own, which share no base
        raise no_model(name, in_words(error)) from None


def _options(threads: int | None) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = _FATAL_ONLY
    # Threads that spin between calls cost a fifth of the speed of consecutive calls.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.load_model_format", "ONNX")  # never its own format
    options.add_session_config_entry("session.use_env_allocators", "1")  # with the limit above
    return options


def no_model(name: str, found: str) -> BundleError:
    """The error for a model that digitlab did not export, or that fails."""
    return BundleError(
        f"the model of the bundle {name} cannot be used", found=found, remedy="write it again: digitlab export RUN"
    )


def _refuse_other_images(images: NDArray[np.uint8], spec: ImageSpec) -> None:
    if isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.shape[1:] == spec.shape:
        return
    form = f"{images.dtype} {list(images.shape)}" if isinstance(images, np.ndarray) else type(images).__name__
    raise UsageError(
        f"images to predict are not {spec.in_words}",
        found=form,
        remedy="convert values from 0 to 1 by (images * 255).astype('uint8'), and one image by image[None]",
    )
