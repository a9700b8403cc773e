from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from digitlab.config import RunConfig, TrainingConfig, checked
from digitlab.errors import UsageError


def test_the_defaults_are_the_labs() -> None:
    config = TrainingConfig()
    assert (config.epochs, config.batch_size, config.learning_rate) == (25, 32, 0.01)


def test_json_round_trip() -> None:
    config = RunConfig(recipe="softmax", data="mnist", training=TrainingConfig(epochs=3, seed=5))
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"epochs": 0}, "invalid value for --epochs\n  found: 0\n  to do: give a number that is greater than"),
        ({"batch_size": -1}, "invalid value for --batch-size\n  found: -1\n"),
        ({"learning_rate": math.nan}, "invalid value for --learning-rate\n  found: nan\n"),
        ({"learning_rate": math.inf}, "invalid value for --learning-rate\n  found: inf\n"),
        ({"learning_rate": 0.0}, "invalid value for --learning-rate\n  found: 0.0\n"),
        ({"seed": -1}, "invalid value for --seed\n  found: -1\n"),
        (
            {"epoch": 3},
            "unknown setting 'epoch'\n  found: 'epoch'\n  to do: did you mean 'epochs'? Known: augm",
        ),
        (
            {"optimizer": "adm"},
            "invalid value for --optimizer\n  found: 'adm'\n  to do: give 'sgd', 'adam', 'muon' or 'own'",
        ),
        (
            {"precision": "half"},
            "invalid value for --precision\n  found: 'half'\n  to do: give 'float32' or 'bfloat16'",
        ),
        ({"averaging": 1.0}, "invalid value for --averaging\n  found: 1.0\n  to do: give a number that is less"),
        ({"epochs": 2.5}, "invalid value for --epochs\n  found: 2.5\n  to do: give a whole number"),
        ({"epochs": "3"}, "invalid value for --epochs\n  found: '3'\n  to do: give a whole number"),
        ({"learning_rate": "x"}, "invalid value for --learning-rate\n  found: 'x'\n  to do: give a number"),
        (
            {"batch_size": 10**6 + 1},
            "invalid value for --batch-size\n  found: 1000001\n  to do: give a number that",
        ),
        (
            {"learning_rate": 1e4},
            "invalid value for --learning-rate\n  found: 10000.0\n  to do: give a number that",
        ),
    ],
)
def test_a_wrong_value_is_told_in_our_words(values: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked(TrainingConfig, **values)
    assert str(caught.value).startswith(text)


def test_numpys_numbers_are_numbers() -> None:
    config = checked(TrainingConfig, epochs=np.int64(3), learning_rate=np.float64(0.5), stratified=np.bool_(True))
    assert config == TrainingConfig(epochs=3, learning_rate=0.5, stratified=True)


@pytest.mark.parametrize("threads", [0, 1025])
def test_threads_have_bounds(threads: int) -> None:
    with pytest.raises(UsageError, match=f"invalid value for --threads\n  found: {threads}\n"):
        checked(RunConfig, recipe="softmax", data="mnist", threads=threads)
