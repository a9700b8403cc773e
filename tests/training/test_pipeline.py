from __future__ import annotations

import numpy as np
import pytest

from digitlab.data.dataset import Split
from digitlab.errors import UsageError
from digitlab.training import to_tf_dataset


def test_batches_are_flat_scaled_and_one_hot(held_out: Split) -> None:
    images, labels = next(iter(to_tf_dataset(held_out, shuffle=False, batch_size=5)))
    np.testing.assert_allclose(images.numpy(), held_out.images[:5].reshape(5, 784) / 255, atol=1e-7)
    assert images.dtype == labels.dtype == "float32"
    assert labels.numpy().tolist() == np.eye(10)[held_out.labels[:5]].tolist()


def test_every_image_comes_once_an_epoch_in_an_order_that_changes(held_out: Split) -> None:
    pipeline = to_tf_dataset(held_out, batch_size=32)
    first, second = (np.concatenate([x.numpy() for x, _ in pipeline]) for _ in range(2))
    assert not np.array_equal(first, second)
    assert (
        sorted(map(bytes, first))
        == sorted(map(bytes, second))
        == sorted(map(bytes, held_out.images.reshape(200, 784).astype(np.float32) / np.float32(255)))
    )


def test_the_last_batch_is_the_rest(held_out: Split) -> None:
    sizes = [len(x) for x, _ in to_tf_dataset(held_out, batch_size=150)]
    assert sizes == [150, 50]


def test_a_label_without_a_place_is_refused(held_out: Split) -> None:
    with pytest.raises(UsageError) as caught:
        to_tf_dataset(held_out, classes=9)
    assert str(caught.value) == (
        "there are more classes than a one-hot label has places\n"
        "  found: label 9, classes=9\n"
        "  to do: give classes=len(dataset.class_names)"
    )
