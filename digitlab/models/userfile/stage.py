"""A stage for a user's program: it runs as if started from a shell, and leaves nothing behind."""

from __future__ import annotations

import gc
import io
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

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


@contextmanager
def line_by_line() -> Iterator[None]:
    """Compiled functions run as they are written inside the block, so that their frames lie on the stack."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@contextmanager
def variables_kept() -> Iterator[None]:
    """Every variable that there is, wherever the program keeps it, is after the block what it was before."""
    found = [one for one in gc.get_objects() if issubclass(type(one), tf.Variable)]
    values = [(variable, variable.numpy()) for variable in found if variable.shape.is_fully_defined()]
    try:
        yield
    finally:
        for variable, value in values:
            if value.shape == tuple(variable.shape):  # else it was never given a value
                variable.assign(value)


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """The attribute `name` of a class or module is `value` inside the block."""
    real = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, real)
