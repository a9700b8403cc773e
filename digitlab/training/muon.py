"""Muon for convolutional networks: a kernel moves as far where its gradient is small as where it is large."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

SCALE = 0.2  # brings an update to the size of Adam's: Liu et al. 2025, "Muon is scalable for LLM training"
ADAM = 2.0  # times the rate for what is Adam's: the one that these networks take alone


class ConvolutionMuon(keras.optimizers.Muon):
    """Keras' Muon for the kernels of convolutions that see more than one channel, Adam for all else.

    Keras' own takes nothing but matrices, which here is the last layer, the one that should be Adam's.  A kernel
    [height, width, before, after] is taken as the matrix [height × width × before, after].

    Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".
    """

    def __init__(self, learning_rate: Any) -> None:
        super().__init__(learning_rate, weight_decay=None, adam_weight_decay=None, adam_lr_ratio=ADAM, rms_rate=None)

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) != 4 or variable.shape[2] == 1

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """The gradient [height, width, before, after] with singular values made alike, scaled: the same shape."""
        matrix = ops.reshape(x, (-1, x.shape[-1]))
        even = super().zeropower_via_newtonschulz5(matrix, steps)
        return ops.reshape(SCALE * max(matrix.shape) ** 0.5 * even, x.shape)
