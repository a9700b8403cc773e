"""Loading TensorFlow: without its start-up lines, and with a plain word where it is missing."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from digitlab.base.extras import require
from digitlab.errors import UsageError


def start_tensorflow(threads: int | None = None) -> None:
    """Load TensorFlow and Keras, once, silently.

    Args:
        threads: the most that it may compute with; counts before its first computation in this process only.

    Raises:
        MissingExtraError: they are not installed.
        UsageError: it is too late to set the threads.
    """
    if "tensorflow" not in sys.modules or "keras" not in sys.modules:
        _load()
    if threads is not None:
        _limit_threads(threads)


def _load() -> None:
    require("train", "training")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with quiet_standard_error():
        importlib.import_module("tensorflow")
        importlib.import_module("keras")


def _limit_threads(threads: int) -> None:
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        raise UsageError(
            "the number of threads can be set only before TensorFlow computes for the first time",
            found=f"threads={threads}, after a training in this process",
            remedy="set it in a fresh process, or leave it out",
        ) from None


@contextmanager
def quiet_standard_error() -> Iterator[None]:
    """Keep back what is written to file descriptor 2; show it after all when the block fails.

    TensorFlow prints lines that its own log settings do not reach, from C++, so `sys.stderr` cannot stop them.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except Exception:
            held_back.seek(0)
            os.write(kept, held_back.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
