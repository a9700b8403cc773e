"""`tensorflow_datasets.load("mnist")` inside a user's program: our images, in place of a download."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.programs.datasets import MNIST_ROWS, DataStub

SLICE = re.compile(r"(?P<part>train|test)(?:\[(?P<first>\d*%?):(?P<last>\d*%?)\])?")


def tensorflow_datasets(stub: DataStub, loaded: Callable[[], None]) -> dict[str, Any]:
    """The names of the package that programs use; `loaded` is called when one loads images."""

    def load(name: str, *, split: Any = None, with_info: bool = False, **options: Any) -> Any:
        if re.split("[:/]", name)[0] not in ("mnist", "fashion_mnist"):
            raise ValueError(f"tensorflow_datasets.load({name!r}): only mnist and fashion_mnist are available here")
        loaded()
        parts = dict(zip(("train", "test"), stub(), strict=True))
        wanted = {"train": "train", "test": "test"} if split is None else split
        result = tf.nest.map_structure(lambda one: _dataset(*_rows(parts, str(one).strip()), **options), wanted)
        return (result, _info(parts)) if with_info else result

    return {"load": load, "as_numpy": _as_numpy, "Split": SimpleNamespace(TRAIN="train", TEST="test")}


def _dataset(images: Any, labels: Any, *, as_supervised: bool = False, batch_size: int | None = None, **_: Any) -> Any:
    """Images and labels in the form in which `load` returns them."""
    rows: Any = images[..., None], labels.astype(np.int64)
    rows = rows if as_supervised else {"image": rows[0], "label": rows[1]}
    if batch_size == -1:
        return tf.nest.map_structure(tf.constant, rows)
    dataset = tf.data.Dataset.from_tensor_slices(rows)
    return dataset if batch_size is None else dataset.batch(batch_size)


def _rows(parts: dict[str, Any], text: str) -> Any:
    """The rows of a split such as "train[:80%]"; numbers of rows count as in the whole of MNIST."""
    form = SLICE.fullmatch(text)
    if form is None:
        raise ValueError(f"tensorflow_datasets: unknown split {text!r}; known are splits like train[:80%]")
    images, labels = parts[form["part"]]
    whole = MNIST_ROWS.train if form["part"] == "train" else MNIST_ROWS.test
    first, last = (_row(form[end], len(images), whole) for end in ("first", "last"))
    return images[first:last], labels[first:last]


def _row(text: str | None, rows: int, whole: int) -> int | None:
    if not text:
        return None
    return rows * int(text[:-1]) // 100 if text.endswith("%") else rows * int(text) // whole


def _info(parts: dict[str, Any]) -> Any:
    splits = {name: SimpleNamespace(num_examples=len(images)) for name, (images, _) in parts.items()}
    features = {"image": SimpleNamespace(shape=(28, 28, 1)), "label": SimpleNamespace(num_classes=10)}
    return SimpleNamespace(splits=splits, features=features)


def _as_numpy(value: Any) -> Any:
    if isinstance(value, tf.data.Dataset):
        return value.as_numpy_iterator()
    return tf.nest.map_structure(np.asarray, value)
