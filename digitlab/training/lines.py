"""Training of the line reader: for each place of a line, which character is there.

Composed lines say where each character is, so no alignment has to be found as in CTC (Graves et al. 2006); the
predictions are decoded as with CTC.  Keras only, so that every backend of Keras trains it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from digitlab.synthetic.canvas import IGNORED

WEIGHT_DECAY, CLIP_NORM, AVERAGING = 0.01, 1.0, 0.999
WARM_UP = 0.05  # share of the steps in which the rate rises


def train(
    model: keras.Model,
    canvases: NDArray[np.uint8],
    answers: NDArray[np.int8],
    *,
    batch: int,
    steps: int,
    rate: float,
    seed: int,
    progress: Callable[[int, float], None],
) -> None:
    """Train a network of `models.lines` by AdamW; it ends with the running mean of its weights.

    Args:
        model: new, or trained before.
        canvases: uint8 [N, 32, width].
        answers: int8 [N, width / 4], as `synthetic.canvas` makes them.
        batch: canvases of a step.
        steps: of the training.
        rate: the highest learning rate; it rises linearly and falls as a cosine.
        seed: of the order.
        progress: called with (steps done, loss) twenty times.
    """
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=WEIGHT_DECAY, clipnorm=CLIP_NORM, use_ema=True, ema_momentum=AVERAGING
    )
    model.compile(optimizer, loss=_loss)
    rng = np.random.default_rng(seed)
    order = np.empty(0, np.int64)
    for step in range(steps):
        if len(order) < batch:
            order = rng.permutation(len(canvases))
        chosen, order = np.sort(order[:batch]), order[batch:]
        optimizer.learning_rate = rate * _share(step, steps)
        model.reset_metrics()
        strips = canvases[chosen][..., None] / np.float32(255)
        loss = model.train_on_batch(strips, answers[chosen].astype(np.int32))
        if (step + 1) % max(1, steps // 20) == 0:
            progress(step + 1, float(loss))
    optimizer.finalize_variable_values(model.trainable_variables)


def _share(step: int, steps: int) -> float:
    """Of the highest rate: a linear warm-up, then half a cosine."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 + 0.5 * math.cos(math.pi * (step - warm) / max(1, steps - warm))


def _loss(answers: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """The mean cross-entropy of the places that count."""
    counts = ops.cast(ops.not_equal(answers, IGNORED), "float32")
    losses = keras.losses.sparse_categorical_crossentropy(ops.maximum(answers, 0), logits, from_logits=True)
    return ops.sum(counts * losses) / ops.sum(counts)
