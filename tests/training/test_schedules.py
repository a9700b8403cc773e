from __future__ import annotations

import keras
import numpy as np
import pytest

from digitlab.config import TrainingConfig
from digitlab.errors import UsageError
from digitlab.training.schedules import OneCycle, rate_of


def test_one_cycle_rises_for_a_fifth_and_falls_to_nothing() -> None:
    rates = np.array([float(OneCycle(0.5, 100)(step)) for step in range(100)])
    assert rates.argmax() in (19, 20)
    assert rates.max() == pytest.approx(0.5 * 79.5 / 80, rel=1e-5)
    np.testing.assert_allclose(np.diff(rates[:20]), 0.5 / 20, rtol=1e-4)
    np.testing.assert_allclose(np.diff(rates[20:]), -0.5 / 80, rtol=1e-3)
    assert 0 < rates[-1] < 0.004


def test_its_length_is_that_of_the_training() -> None:
    config = TrainingConfig(epochs=3, batch_size=32, schedule="one-cycle")
    assert rate_of(config, 0.1, images=100).get_config() == {"peak": 0.1, "steps": 12}
    assert rate_of(config, 0.1, images=10).get_config() == {"peak": 0.1, "steps": 3}


def test_a_constant_rate_is_a_number_until_it_settles() -> None:
    assert rate_of(TrainingConfig(), 0.1, images=100) == 0.1
    settling = rate_of(TrainingConfig(epochs=3, batch_size=10, settling=1), 0.1, images=100)
    assert [float(settling(step)) for step in (0, 19, 20, 29)] == pytest.approx([0.1, 0.1, 0.01, 0.01])


def test_one_cycle_does_not_settle() -> None:
    with pytest.raises(UsageError) as caught:
        rate_of(TrainingConfig(schedule="one-cycle", settling=2), 0.1, images=100)
    assert str(caught.value) == (
        "one cycle ends at a rate of nothing and cannot settle\n"
        "  found: schedule=one-cycle, settling=2\n"
        "  to do: leave settling out, or take schedule=constant"
    )


def test_keras_can_store_it() -> None:
    stored = keras.saving.serialize_keras_object(OneCycle(0.5, 100))
    assert keras.saving.deserialize_keras_object(stored).get_config() == {"peak": 0.5, "steps": 100}
