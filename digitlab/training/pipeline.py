"""The data as the lab feeds it to a loop of your own: a `tf.data` pipeline."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.errors import UsageError


def to_tf_dataset(
    split: Split, *, classes: int = 10, batch_size: int = 32, shuffle: bool = True, seed: int = 0
) -> tf.data.Dataset:
    """Flatten, scale, one-hot, shuffle anew every epoch, batch.

    Args:
        split: a part of a dataset, for example `digitlab.split(digitlab.load("mnist"), seed=0).train`.
        classes: how many there are; the width of a one-hot label.
        batch_size: images a batch; the last may be smaller.
        shuffle: off for validation and test.
        seed: of the order.

    Returns:
        Batches (images float32 [batch, values] in [0, 1], labels float32 [batch, classes]).

    Raises:
        UsageError: a label is not below `classes`.
    """
    if len(split) and split.labels.max() >= classes:
        raise UsageError(
            "there are more classes than a one-hot label has places",
            found=f"label {split.labels.max()}, classes={classes}",
            remedy="give classes=len(dataset.class_names)",
        )
    images = split.images.reshape(len(split), -1).astype(np.float32) / np.float32(255)
    labels = np.eye(classes, dtype=np.float32)[split.labels]
    pipeline = tf.data.Dataset.from_tensor_slices((images, labels))
    if shuffle:
        pipeline = pipeline.shuffle(len(split), seed=seed, reshuffle_each_iteration=True)
    return pipeline.batch(batch_size).prefetch(tf.data.AUTOTUNE)
