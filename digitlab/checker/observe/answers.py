"""What a model answers: at its start, at random weights, as in training, in other company."""

from functools import cached_property

import numpy as np
import tensorflow as tf

from digitlab.checker.observe.core import LOOKED_AT, Core
from digitlab.checker.observe.losses import Rows, are_probabilities

COMPANY = 16  # images that are asked for twice
MANY = 256  # where a share of them counts
SHAKES = (1, 2, 3)  # different random weights: with some, units may be zero for every image by chance


class Answers(Core):
    """Looks at what comes out."""

    @cached_property
    def at_start(self) -> Rows | None:
        """Predictions with the weights that the program starts with."""
        return self.answers(LOOKED_AT)

    @property
    def usable(self) -> bool:
        """Whether the model gives a row of numbers for each image, one a class."""
        rows = self.at_start
        return rows is not None and rows.shape == (LOOKED_AT, self.subject.classes)

    @cached_property
    def when_shaken(self) -> Rows | None:
        """Predictions with random weights."""
        with self.shaken():
            return self.answers(self.some)

    @cached_property
    def when_saturated(self) -> Rows | None:
        """Predictions with random weights, so large that every certain answer is at its limit."""
        with self.shaken(times=30.0):
            return self.answers(self.some)

    @cached_property
    def while_training(self) -> tuple[Rows, Rows] | None:
        """Predictions as in training, twice, with random weights."""
        return self._twice(training=True)

    @cached_property
    def answered_twice(self) -> tuple[Rows, Rows] | None:
        """Predictions twice, not as in training, with random weights."""
        return self._twice(training=False)

    def _twice(self, *, training: bool) -> tuple[Rows, Rows] | None:
        with self.shaken():
            first, second = self.answers(self.some, training=training), self.answers(self.some, training=training)
        return None if first is None or second is None else (first, second)

    @cached_property
    def in_other_company(self) -> tuple[Rows, Rows] | None:
        """Predictions for the same images in two batches whose other images differ."""
        images, _ = self.subject.batch(0, self.some)
        others, _ = self.subject.batch(LOOKED_AT, self.some)
        mixed = tf.concat([images[:COMPANY], others[: self.some - COMPANY]], axis=0)
        with self.shaken():
            first, second = self.answers_to(images), self.answers_to(mixed)
        return None if first is None or second is None else (first[:COMPANY], second[:COMPANY])

    def _soft(self, seed: int) -> Rows | None:
        """Predictions for many images at random weights, none too small for a logarithm."""
        rows = None
        for times in (1.0, 0.5, 0.25, 0.1):
            with self.shaken(times=times, seed=seed):
                rows = self.answers(MANY // 4 if self.slow else MANY)
            if rows is None or _is_soft(rows):
                break
        return rows

    @cached_property
    def rank_of_evidence(self) -> int | None:
        """In how many directions the evidence for the classes moves over many images, at random weights."""
        ranks = []
        for seed in SHAKES:
            rows = self._soft(seed)
            if not self.usable or rows is None or not np.isfinite(rows).all():
                return None
            ranks.append(rank_of(rows))
        return max(ranks)


def _is_soft(rows: Rows) -> bool:
    """Whether no probability is so small that its logarithm is cut off, which would bend the evidence."""
    return not are_probabilities(rows) or bool(rows.min() > 1e-10)


def rank_of(rows: Rows) -> int:
    """The rank of the evidence [N, classes], what all classes of an image or all images of a class share taken away."""
    evidence = np.log(np.clip(rows, 1e-12, None)) if are_probabilities(rows) else rows
    evidence = evidence - evidence.mean(axis=1, keepdims=True)
    evidence = evidence - evidence.mean(axis=0, keepdims=True)
    sizes = np.linalg.svd(evidence, compute_uv=False)
    return int((sizes > 1e-4 * max(sizes[0], 1e-9)).sum())
