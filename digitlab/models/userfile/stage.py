"""A stage for a user's program: it runs as if started from a shell, and leaves nothing behind."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import keras

from digitlab.models.userfile.source import SourceFile


@contextmanager
def staged(source: SourceFile) -> Iterator[None]:
    """In an empty folder, silently, without waiting; Keras' settings and the process are afterwards as before."""
    kept = sys.argv, list(sys.path), Path.cwd(), time.sleep, os.environ.get("MPLBACKEND")
    policy, floats = keras.config.dtype_policy(), keras.config.floatx()
    sys.argv, time.sleep = [str(source.path)], lambda _: None
    sys.path.insert(0, str(source.path.parent))
    os.environ["MPLBACKEND"] = "Agg"  # no windows
    try:
        with tempfile.TemporaryDirectory() as empty, redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            os.chdir(empty)
            try:
                yield
            finally:
                os.chdir(kept[2])
    finally:
        sys.argv, sys.path[:], _, time.sleep, drawing = kept
        os.environ.pop("MPLBACKEND")
        if drawing is not None:
            os.environ["MPLBACKEND"] = drawing
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floats)
