"""`mnist.load_data()` inside a user's file: a few of our images in place of a download."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras  # noqa: F401  (its data modules are found among the loaded ones)
import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Split, spread
from digitlab.programs.stage import replaced

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class Rows(NamedTuple):
    """How many images `load_data` gives."""

    train: int
    test: int


# A tenth of MNIST is enough for nearly every script, and takes a tenth of the time and memory to convert.
FEW_ROWS = Rows(6_000, 1_000)
# For scripts that need as many as there are in MNIST, with `reshape(60000, 784)` or `images[55000:]`.
MNIST_ROWS = Rows(60_000, 10_000)
TEST_EVERY = 7  # of our images, as in MNIST


@dataclass
class DataStub:
    """Replaces `load_data`; `loaded` becomes true when the file calls it."""

    data: Split
    rows: Rows
    loaded: bool = False

    def __call__(self, *_: Any, **__: Any) -> tuple[Arrays, Arrays]:
        """(x_train, y_train), (x_test, y_test): images uint8 [N, 28, 28], labels uint8 [N]."""
        self.loaded = True
        test = is_test_image(len(self.data))
        return self._take(np.flatnonzero(~test), self.rows.train), self._take(np.flatnonzero(test), self.rows.test)

    def _take(self, part: NDArray[np.int64], rows: int) -> Arrays:
        """Evenly spaced images of a part of the data, repeated if there are too few."""
        have = len(part)
        taken = self.data.take(part[np.arange(rows) % have if have < rows else spread(have, rows)])
        return taken.images, taken.labels.astype(np.uint8)


def is_test_image(count: int) -> NDArray[np.bool_]:
    """Which of `count` images `load_data` gives as the test part."""
    return np.asarray(np.arange(count) % TEST_EVERY == 0)


@contextmanager
def downloads_replaced(stub: DataStub) -> Iterator[None]:
    """Every `load_data` of MNIST and Fashion-MNIST is `stub` inside the block."""
    packages, names = ("keras.", "tensorflow."), ("datasets.mnist", "datasets.fashion_mnist")
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith(packages) and name.endswith(names):
                stack.enter_context(replaced(module, "load_data", stub))
        yield
