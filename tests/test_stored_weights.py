"""The weights after one epoch are the same bytes, release after release.

The sums of float32 depend on how wide a processor's vectors are and on the libraries that compute them, so the stored
values are of one kind of processor and of the tested versions; elsewhere the test says why it skips.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digitlab.base import machine

STORED = {
    "softmax": "a4d5ae41253f0ba9eb9138f579bc8628422fbfff91c1845c0252b0705b852848",
    "mlp:128": "1359f5e6d22a733d7df2793ede92e10b07a216f556aa587831881e96def2327a",
    "cnn": "ab97529a4e12b5afea9d5f0f89ca1a88b52e464f9c68bf4171c3b5a5dffad4d4",
    "fast": "60960a29d2ffa8234b0103881493c86c619d196608a1e503ba0e5730d41523a3",
}
# A process of its own, since the number of threads is set before TensorFlow computes for the first time.
TRAIN = """
import hashlib, sys
import digitlab
from digitlab.data.synthetic import generate
from digitlab.experiments.train import keras_model

data = generate(seed=0, train=6_000, test=200)
run = digitlab.train(sys.argv[1], data, out=sys.argv[2], threads=1, epochs=1, seed=7, test=False, listeners=())
weights = b"".join(variable.numpy().tobytes() for variable in keras_model(run.path, data).variables)
print(hashlib.sha256(weights).hexdigest())
"""


def other_machine() -> str | None:
    """Why the stored values do not count here; None where they do."""
    if not str(machine.describe()["processor"]).startswith("AMD EPYC") or not machine.multiplies_bfloat16():
        return "the stored weights are of an AMD EPYC with AVX512_BF16"
    found = {name.removesuffix("-cpu"): version for name, version in machine.versions().items()}
    if (found["tensorflow"], found["keras"]) != ("2.21.0", "3.15.1"):
        return "the stored weights are of TensorFlow 2.21.0 and Keras 3.15.1"
    return None


@pytest.mark.parametrize("spec", STORED)
def test_an_epoch_gives_the_stored_weights(spec: str, tmp_path: Path) -> None:
    if reason := other_machine():
        pytest.skip(reason)
    command = [sys.executable, "-c", TRAIN, spec, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == STORED[spec]
