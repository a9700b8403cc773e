from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.base.mapped import Mapped
from digitlab.data.dataset import Dataset
from digitlab.errors import StorageError


def test_a_dataset_comes_back_and_its_arrays_are_the_file(digits: Dataset, tmp_path: Path) -> None:
    stored = Mapped.write(digits, tmp_path / "dataset")
    read: Dataset = stored.read()
    assert read.sha256 == digits.sha256
    assert len(stored.head) < 10_000 < digits.train.images.nbytes <= stored.file.stat().st_size
    with pytest.raises(ValueError, match="read-only"):
        read.train.images[0] = 0


def test_a_value_without_arrays_needs_none(tmp_path: Path) -> None:
    assert Mapped.write({"a": 1}, tmp_path / "value").read() == {"a": 1}


def test_several_arrays_keep_their_order(tmp_path: Path) -> None:
    arrays: list[NDArray[Any]] = [np.arange(3), np.zeros((2, 2), np.uint8), np.arange(5.0)]
    for read, array in zip(Mapped.write(arrays, tmp_path / "value").read(), arrays, strict=True):
        assert np.array_equal(read, array)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_named() -> None:
    with pytest.raises(StorageError) as caught:
        Mapped.write(np.zeros(10**6, np.uint8), Path("/dev/full"))
    assert (caught.value.problem, caught.value.found) == ("cannot write /dev/full", "No space left on device")
