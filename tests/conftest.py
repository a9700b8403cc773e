"""What many tests need: a few hundred digits, real MNIST where it is, and a machine without caches."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from digitlab.data import synthetic
from digitlab.data.dataset import Dataset, Split
from digitlab.data.sources import load

# A shell that starts the tests in the background has them ignore Ctrl-C, and with them every program that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Where digitlab remembers which programs may run: of these tests only, and of every process that they start.
_STATE = tempfile.TemporaryDirectory(prefix="digitlab-state-")
os.environ["XDG_STATE_HOME"] = _STATE.name

# Examples have no time limit: on a busy machine any of them may take long.
settings.register_profile("digitlab", deadline=None)
settings.load_profile("digitlab")


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """600 + 200 synthetic digits."""
    return synthetic.generate(seed=0, train=600, test=200)


@pytest.fixture(scope="session")
def held_out(digits: Dataset) -> Split:
    """The 200 test digits."""
    assert digits.test is not None
    return digits.test


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """Real MNIST, from $DIGITLAB_DATA."""
    folder = os.environ.get("DIGITLAB_DATA")
    if not folder or not (Path(folder) / "mnist").is_dir():
        pytest.skip("needs real MNIST: set DIGITLAB_DATA to a folder that holds mnist/")
    return load("mnist")


@pytest.fixture(scope="session")
def digits_file(digits: Dataset, held_out: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same digits as a file that `--data` takes."""
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    train = digits.train
    np.savez(path, x_train=train.images, y_train=train.labels, x_test=held_out.images, y_test=held_out.labels)
    return path
