"""What a batch becomes before the model sees it, inside the compiled epoch: images moved, drawn pictures added.

The draw follows from (seed, epoch, step) alone, so that a resumed training sees the same images as one that
never stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.data import synthetic
from digitlab.images.spec import MNIST, ImageSpec
from digitlab.synthetic.continental import CONTINENTAL
from digitlab.synthetic.non_digits import non_digits
from digitlab.synthetic.scans import scanned
from digitlab.synthetic.strokes import MANNERS
from digitlab.training.transforms import ASPECT, ROTATION, SCALE, SHEAR, SHIFT

# (images float32 [batch, *image_shape] in [0, 1], labels float32 [batch, classes], key) → both, perhaps with more rows
Augment = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

SEED = 2**20  # of the drawn pictures; no dataset uses it
DIGITS, SCANS, OTHERS = 16_000, 6_000, 2_000  # drawn digits, how many of them scanned, pictures of a kind of no digit
IMAGES_FOR_ONE = 2  # images in a batch for one of these


def make_augment(kind: str | None, spec: ImageSpec = MNIST, *, black: bool = True) -> Augment | None:
    """What `TrainingConfig.augmentation` asks for.

    Args:
        kind: none, affine, or affine and drawn, which is for digits alone.
        spec: of the images.
        black: outside an image all is black, as around a digit of MNIST; else as its nearest pixel.
    """
    if kind is None:
        return None
    moved = affine(spec, black=black)
    return moved if kind == "affine" else with_drawn(moved, *drawn_pictures())


@cache  # seconds of work, which all networks of an ensemble share
def drawn_pictures() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures drawn by program, uint8 [N, 28, 28], and their classes; −1 for those of no digit."""
    manners = [replace(manner, share=1) for manner in (*MANNERS, *CONTINENTAL)]  # rare ways of writing are the point
    digits, others = synthetic.generate(SEED, train=DIGITS, test=10, manners=manners).train, non_digits(OTHERS, SEED)
    digits.images[:SCANS] = scanned(digits.images[:SCANS], np.random.default_rng(SEED))
    return np.concatenate([digits.images, others]), np.concatenate([digits.labels, np.full(len(others), -1)])


def draw_key(seed: int, epoch: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
    """From what everything random in this step is drawn: int64 [2]."""
    return tf.random.experimental.stateless_fold_in(tf.stack([tf.constant(seed, tf.int64), epoch]), step)


def affine(spec: ImageSpec = MNIST, *, black: bool = True) -> Augment:
    """Turned, scaled, sheared and shifted, evenly in the ranges of `moves`; sampled bilinearly."""

    def augment(images: tf.Tensor, labels: tf.Tensor, key: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=tf.reshape(images, [-1, spec.height, spec.width, spec.channels]),
            transforms=_maps(tf.random.stateless_uniform([6, tf.shape(images)[0]], key, -1.0, 1.0), spec),
            output_shape=[spec.height, spec.width],
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT" if black else "NEAREST",
        )
        return tf.reshape(moved, tf.shape(images)), labels

    return augment


def with_drawn(moved: Augment, pictures: NDArray[np.uint8], classes: NDArray[np.int64]) -> Augment:
    """`moved`, after some of `pictures` were added; for one of class −1 every class is as right as any other."""
    pool, numbers = tf.constant(pictures), tf.constant(classes, tf.int32)

    def augment(images: tf.Tensor, labels: tf.Tensor, key: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        count, width = tf.shape(images)[0] // IMAGES_FOR_ONE, tf.shape(labels)[1]
        chosen = tf.random.stateless_uniform([count], key + 1, 0, len(pictures), tf.int32)
        added = tf.cast(tf.gather(pool, chosen), tf.float32) / 255.0
        added = tf.reshape(added, tf.concat([[count], tf.shape(images)[1:]], 0))
        named, even = tf.one_hot(tf.gather(numbers, chosen), width), 1.0 / tf.cast(width, tf.float32)
        targets = tf.where(tf.gather(numbers, chosen)[:, None] < 0, even, named)
        return moved(tf.concat([images, added], 0), tf.concat([labels, targets], 0), key)

    return augment


def _maps(draw: tf.Tensor, spec: ImageSpec) -> tf.Tensor:
    """From [6, batch] in (−1, 1) the map of each image, from new to old places, float32 [batch, 8]."""
    turn, size, aspect, shear = ROTATION * draw[0], SCALE * draw[1], ASPECT / 2 * draw[2], SHEAR * draw[3]
    wide, high = tf.exp(size + aspect), tf.exp(size - aspect)
    a, b = wide * tf.cos(turn), wide * (shear * tf.cos(turn) - tf.sin(turn))
    c, d = high * tf.sin(turn), high * (shear * tf.sin(turn) + tf.cos(turn))
    across, along = (spec.width - 1) / 2, (spec.height - 1) / 2
    right = across - a * across - b * along + SHIFT * spec.width / MNIST.width * draw[4]
    down = along - c * across - d * along + SHIFT * spec.height / MNIST.height * draw[5]
    none = tf.zeros_like(turn)
    return tf.stack([a, b, right, c, d, down, none, none], axis=1)
