"""What a model predicts: at its start, at random weights, in training mode, in another batch."""

from functools import cached_property

import numpy as np
import tensorflow as tf

from digitlab.checker.observe.losses import Rows, logits_of
from digitlab.checker.observe.probe import PROBE_IMAGES, Probe
from digitlab.programs.outputs import are_probabilities

COMPARED_IMAGES = 16  # that stand in both batches
MANY_IMAGES = 256  # where a share of them counts
SEEDS = (1, 2, 3)  # of random weights: with some, units may be zero for every image by chance
SATURATING = 30.0  # random weights times this: every certain prediction is at its limit
SMALLEST_PROBABILITY = 1e-10  # smaller ones are cut off, which would bend the logits
RANK_TOLERANCE = 1e-4  # of the largest singular value


class Answers:
    """Observes predictions, each [images, classes] float64; None where the model raises."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    @cached_property
    def at_start(self) -> Rows | None:
        """With the weights that the program starts with."""
        return self._probe.predictions(PROBE_IMAGES)

    @property
    def usable(self) -> bool:
        """Whether the model gives one number per class for each image."""
        rows = self.at_start
        return rows is not None and rows.shape == (PROBE_IMAGES, self._probe.subject.classes)

    @cached_property
    def random(self) -> Rows | None:
        """At random weights."""
        with self._probe.random_weights():
            return self._probe.predictions(self._probe.images)

    @cached_property
    def saturated(self) -> Rows | None:
        """At random weights so large that every certain prediction is at its limit."""
        with self._probe.random_weights(times=SATURATING):
            return self._probe.predictions(self._probe.images)

    @cached_property
    def in_training(self) -> tuple[Rows, Rows] | None:
        """In training mode, twice, at random weights."""
        return self._twice(training=True)

    @cached_property
    def repeated(self) -> tuple[Rows, Rows] | None:
        """In inference mode, twice, at random weights."""
        return self._twice(training=False)

    def _twice(self, *, training: bool) -> tuple[Rows, Rows] | None:
        size = self._probe.images
        with self._probe.random_weights():
            first, second = (self._probe.predictions(size, training=training) for _ in range(2))
        return None if first is None or second is None else (first, second)

    @cached_property
    def in_two_batches(self) -> tuple[Rows, Rows] | None:
        """For the same images in two batches whose other images differ, at random weights."""
        size = self._probe.images
        images, _ = self._probe.subject.batch(0, size)
        others, _ = self._probe.subject.batch(PROBE_IMAGES, size)
        mixed = tf.concat([images[:COMPARED_IMAGES], others[: size - COMPARED_IMAGES]], axis=0)
        with self._probe.random_weights():
            first, second = self._probe.predict(images), self._probe.predict(mixed)
        return None if first is None or second is None else (first[:COMPARED_IMAGES], second[:COMPARED_IMAGES])

    @cached_property
    def rank(self) -> int | None:
        """The rank of the logits of many images at random weights, see `rank_of`."""
        ranks = []
        for seed in SEEDS:
            rows = self._soft(seed)
            if not self.usable or rows is None or not np.isfinite(rows).all():
                return None
            ranks.append(rank_of(rows))
        return max(ranks)

    def _soft(self, seed: int) -> Rows | None:
        """Predictions for many images at random weights that are scaled down until no probability is cut off."""
        rows = None
        for times in (1.0, 0.5, 0.25, 0.1):
            with self._probe.random_weights(times=times, seed=seed):
                rows = self._probe.predictions(MANY_IMAGES // 4 if self._probe.slow else MANY_IMAGES)
            if rows is None or not are_probabilities(rows) or rows.min() > SMALLEST_PROBABILITY:
                break
        return rows


def rank_of(rows: Rows) -> int:
    """The rank of the logits [images, classes] without the mean of each image and of each class."""
    logits = logits_of(rows)
    logits = logits - logits.mean(axis=1, keepdims=True)
    logits = logits - logits.mean(axis=0, keepdims=True)
    sizes = np.linalg.svd(logits, compute_uv=False)
    return int((sizes > RANK_TOLERANCE * max(sizes[0], 1e-9)).sum())
