from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitlab.config import TrainingConfig
from digitlab.training.plan import Pace, epoch_order, settling_step, step_count


@given(st.integers(1, 500), st.integers(0, 2**32 - 1), st.integers(1, 100))
def test_an_epoch_visits_each_image_once(images: int, seed: int, epoch: int) -> None:
    assert sorted(epoch_order(images, seed, epoch)) == list(range(images))


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    assert np.array_equal(epoch_order(100, 1, 2), epoch_order(100, 1, 2))
    assert not np.array_equal(epoch_order(100, 1, 2), epoch_order(100, 1, 3))
    assert not np.array_equal(epoch_order(100, 1, 2), epoch_order(100, 2, 2))


@given(st.integers(1, 10_000), st.integers(1, 500))
def test_steps_hold_all_images_and_none_is_empty(images: int, batch_size: int) -> None:
    assert (step_count(images, batch_size) - 1) * batch_size < images <= step_count(images, batch_size) * batch_size


def test_settling_begins_with_an_epoch() -> None:
    config = TrainingConfig(epochs=5, settling=2, batch_size=10)
    assert settling_step(config, images=95) == 3 * 10
    assert settling_step(config.model_copy(update={"settling": 9}), images=95) == 0


def test_pace_aims_at_half_a_second_a_call() -> None:
    pace = Pace()
    pace.took(pace.next(10_000), 32 / 1_000)
    assert pace.next(10_000) == 500
    assert pace.next(7) == 7


def test_pace_does_at_least_one_step_however_slow() -> None:
    pace = Pace()
    pace.took(1, 60.0)
    assert pace.next(100) == 1
