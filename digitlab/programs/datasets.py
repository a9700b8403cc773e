"""`mnist.load_data()` inside a user's file: a few of our images, in place of a download."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras  # noqa: F401  (its data modules are found among the loaded ones)
import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Split
from digitlab.programs.stage import replaced

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class Rows(NamedTuple):
    """How many images `load_data` gives."""

    train: int
    test: int


# A tenth of MNIST is enough for nearly every script, and takes a tenth of the time and memory to convert.
FEW = Rows(6_000, 1_000)
# As many as in MNIST: for scripts that count on it, with `reshape(60000, 784)` or `images[55000:]`.
ALL = Rows(60_000, 10_000)


@dataclass
class Served:
    """Replaces `load_data`; `asked` is true once the file has called it."""

    data: Split
    rows: Rows
    asked: bool = False

    def __call__(self, *_: Any, **__: Any) -> tuple[Arrays, Arrays]:
        """(x_train, y_train), (x_test, y_test): images uint8 [N, 28, 28], labels uint8 [N]."""
        self.asked = True
        is_test = is_served_as_test(len(self.data))
        return self._take(np.flatnonzero(~is_test), self.rows.train), self._take(
            np.flatnonzero(is_test), self.rows.test
        )

    def _take(self, part: NDArray[np.int64], rows: int) -> Arrays:
        """Take rows evenly from a part of the data, which may be sorted; repeat it if it is short."""
        have = len(part)
        indices = np.arange(rows) % have if have < rows else np.linspace(0, have - 1, rows).astype(np.int64)
        taken = self.data.take(part[indices])
        return taken.images, taken.labels.astype(np.uint8)


def is_served_as_test(count: int) -> NDArray[np.bool_]:
    """Which of `count` images are the test part: every seventh, as in MNIST."""
    return np.asarray(np.arange(count) % 7 == 0)


@contextmanager
def in_place_of_downloads(served: Served) -> Iterator[None]:
    """Every `load_data` of MNIST and Fashion-MNIST is `served` inside the block."""
    packages, names = ("keras.", "tensorflow."), ("datasets.mnist", "datasets.fashion_mnist")
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith(packages) and name.endswith(names):
                stack.enter_context(replaced(module, "load_data", served))
        yield
