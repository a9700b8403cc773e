from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset
from digitlab.training.augment import draw_key, make_augment


def augmented(digits: Dataset, kind: str, *place: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The first 40 digits, as (seed, epoch, step) has them."""
    seed, epoch, step = place
    augment = make_augment(kind)
    assert augment is not None
    images = tf.constant(digits.train.images[:40].reshape(40, 784) / np.float32(255))
    key = draw_key(seed, tf.constant(epoch, tf.int64), tf.constant(step))
    moved, labels = augment(images, tf.one_hot(digits.train.labels[:40], 10), key)
    return moved.numpy(), labels.numpy()


def test_the_draw_follows_from_seed_epoch_and_step(digits: Dataset) -> None:
    once, _ = augmented(digits, "affine", 3, 2, 1)
    assert np.array_equal(once, augmented(digits, "affine", 3, 2, 1)[0])
    for other in [(4, 2, 1), (3, 3, 1), (3, 2, 2)]:
        assert not np.array_equal(once, augmented(digits, "affine", *other)[0])


def test_digits_move_a_little_and_stay_whole(digits: Dataset) -> None:
    moved, labels = augmented(digits, "affine", 0, 1, 0)
    before = digits.train.images[:40].reshape(40, 784) / 255
    assert moved.shape == (40, 784)
    assert (moved.min(), moved.max() <= 1) == (0, True)
    assert np.abs(moved.sum(axis=1) / before.sum(axis=1) - 1).max() < 0.6
    assert np.array_equal(labels.argmax(axis=1), digits.train.labels[:40])


def test_drawn_pictures_come_after_the_images(digits: Dataset) -> None:
    moved, labels = augmented(digits, "affine and drawn", 0, 1, 0)
    assert moved.shape == (60, 784)
    assert np.array_equal(labels[:40].argmax(axis=1), digits.train.labels[:40])
    assert labels.sum(axis=1) == pytest.approx(1)
    assert set(labels[40:].max(axis=1)) == {np.float32(0.1), np.float32(1)}


def test_without_augmentation_there_is_none() -> None:
    assert make_augment(None) is None
