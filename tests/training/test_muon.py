from __future__ import annotations

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.training.muon import ADAM, SCALE, ConvolutionMuon

Array = NDArray[np.float32]
RATE = 0.01


def moved(gradient: Array, optimizer: keras.optimizers.Optimizer) -> Array:
    """By how much one step with this gradient moves the weights."""
    weights = keras.Variable(np.zeros_like(gradient))
    optimizer.build([weights])
    optimizer.apply_gradients([(gradient, weights)])
    return np.asarray(weights.numpy())


def test_a_kernel_moves_against_its_gradient_by_the_same_in_every_direction() -> None:
    rng = np.random.default_rng(0)
    left, sizes, right = np.linalg.svd(rng.normal(size=(9 * 8, 16)), full_matrices=False)
    sizes = np.geomspace(1, 30, len(sizes))
    gradient = (left * sizes @ right).astype(np.float32).reshape(3, 3, 8, 16)
    move = moved(gradient, ConvolutionMuon(RATE)).reshape(-1, 16)
    along = -np.diag(left.T @ move @ right.T) / (RATE * SCALE * np.sqrt(9 * 8))
    assert along.min() > 0.6  # five rounds of the iteration come to between 0.7 and 1.2
    assert along.max() < 1.3
    np.testing.assert_allclose(left * np.diag(left.T @ move @ right.T) @ right, move, atol=1e-4)


@pytest.mark.parametrize("shape", [(128, 10), (10,), (3, 3, 1, 32)])
def test_all_but_kernels_of_several_channels_is_adams(shape: tuple[int, ...]) -> None:
    gradient = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    adam = moved(gradient, keras.optimizers.Adam(ADAM * RATE))
    np.testing.assert_allclose(moved(gradient, ConvolutionMuon(RATE)), adam, rtol=1e-4)
