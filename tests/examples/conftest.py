"""The scripts in examples/, run as they are; Keras finds its download of MNIST already made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitlab.data import synthetic
from digitlab.data.dataset import Dataset

EXAMPLES = Path(__file__).parents[2] / "examples"

# `load_data` takes a file in its cache only if it is the one archive whose SHA-256 Keras knows.  Ours holds other
# digits, or the same ones packed by another program; so that check, and nothing else, is switched off.
RUNNER = """
import runpy, sys
from keras.src.utils import file_utils
file_utils.validate_file = lambda *_, **__: True
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

Example = Callable[[str, Dataset], str]


@pytest.fixture(scope="session")
def drawn() -> Dataset:
    """Synthetic digits: the 5,000 that the lab validates with, 3,000 to train on, 200 to test with."""
    return synthetic.generate(seed=0, train=8_000, test=200)


@pytest.fixture
def one_epoch(tmp_path: Path) -> Example:
    """A function from a script's name and a dataset to what the script prints."""

    def run(script: str, dataset: Dataset) -> str:
        return run_example(EXAMPLES / script, dataset, tmp_path)

    return run


def run_example(script: Path, dataset: Dataset, place: Path) -> str:
    """What a script prints that trains for one epoch on this dataset, in the folder `place`."""
    _fill_cache(place, dataset)
    command = [sys.executable, "-c", RUNNER, str(script), "1"]
    environment = {**os.environ, "KERAS_HOME": str(place), "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return process.stdout


def _fill_cache(home: Path, dataset: Dataset) -> None:
    train, test = dataset.train, dataset.test
    assert test is not None
    (home / "datasets").mkdir()
    np.savez(
        home / "datasets" / "mnist.npz",
        x_train=train.images,
        y_train=train.labels.astype(np.uint8),
        x_test=test.images,
        y_test=test.labels.astype(np.uint8),
    )
