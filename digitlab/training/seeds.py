"""Initial weights that follow from the seed alone, whatever other threads draw from Python's `random`."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras.src.random import seed_generator


class _Source(threading.local):
    """What this thread's layers draw their seeds from: the module `random`, as in Keras, unless it is set."""

    def __init__(self) -> None:
        self.generator: Any = random

    def randint(self, low: int, high: int) -> int:
        return int(self.generator.randint(low, high))


_source = _Source()


@contextmanager
def layers_seeded(seed: int) -> Iterator[None]:
    """Set every seed as `keras.utils.set_random_seed` does; layers made in the block draw theirs from it alone.

    Keras draws the seed of a layer without one from the module `random` (`seed_generator.make_default_seed`), which
    all threads of a process share: a single draw of another thread would change all weights that follow.  Here the
    numbers are the same, from a generator of the block's own.
    """
    keras.utils.set_random_seed(seed)
    seed_generator.python_random = _source
    _source.generator = random.Random(seed)
    try:
        yield
    finally:
        _source.generator = random
