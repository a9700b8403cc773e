"""The dataset of digits drawn by program, for use without a network; kept in a cache."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.base.files import cannot_write, replacing
from digitlab.data.dataset import Dataset, Split
from digitlab.data.named import DIGITS
from digitlab.data.progress import Progress
from digitlab.errors import StorageError, UsageError
from digitlab.images.spec import MNIST
from digitlab.synthetic.digits import CLASSES, VERSION, blocks, draw
from digitlab.synthetic.manner import Manner
from digitlab.synthetic.strokes import MANNERS


def generate(
    seed: int,
    train: int = 60_000,
    test: int = 10_000,
    *,
    manners: Sequence[Manner] = MANNERS,
    progress: Progress | None = None,
) -> Dataset:
    """Draw a dataset of digits; the same arguments give the same bytes.

    Args:
        seed: not negative.
        train: number of training images; the ten classes are balanced and shuffled.
        test: number of test images, drawn in the same way.
        manners: at least one for each digit.
        progress: called with (images drawn, all images) after each block.

    Returns:
        A dataset "synthetic": images uint8 [N, 28, 28] white on black, labels int64 [N].

    Raises:
        UsageError: a negative seed, or a part with fewer than ten images.
    """
    _refuse_unusable(seed, train, test)
    rng = np.random.Generator(np.random.PCG64([seed, VERSION]))
    labels = np.concatenate([rng.permutation(np.arange(count, dtype=np.int64) % CLASSES) for count in (train, test)])
    images = np.empty((len(labels), *MNIST.shape), np.uint8)
    done = 0
    for manner, members in blocks(labels, manners, rng):
        images[members] = draw(manner, len(members), rng)
        done += len(members)
        if progress is not None:
            progress(done, len(labels))
    return _dataset(images, labels, train)


def cached(cache_dir: Path, seed: int = 0, *, progress: Progress | None = None) -> Dataset:
    """The 60,000 + 10,000 digits of this seed, read from `cache_dir` or drawn and kept there.

    A damaged file is replaced.  Where the cache cannot be written, a note says so.

    Raises:
        UsageError: a negative seed.
    """
    path = cache_dir / f"synthetic-v{VERSION}-seed{seed}.npz"
    dataset = _read(path)
    if dataset is not None:
        return dataset
    dataset = generate(seed, progress=progress)
    try:
        _write_cache(path, dataset)
    except StorageError as error:
        return replace(dataset, notes=(f"drawn again, since the cache cannot be written: {error.found}",))
    return dataset


def _read(path: Path) -> Dataset | None:
    """The cached dataset; None where it is missing or damaged (the zip container has checksums)."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels, train = arrays["images"], arrays["labels"], int(arrays["train"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    if images.dtype != np.uint8 or labels.dtype != np.int64 or images.shape != (len(labels), *MNIST.shape):
        return None
    return _dataset(images, labels, train)


def _write_cache(path: Path, dataset: Dataset) -> None:
    parts = [part for part in (dataset.train, dataset.test) if part is not None]
    images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error
    with replacing(path) as temporary:
        np.savez(temporary, images=images, labels=labels, train=len(dataset.train))


def _dataset(images: NDArray[np.uint8], labels: NDArray[np.int64], train: int) -> Dataset:
    return Dataset("synthetic", Split(images[:train], labels[:train]), Split(images[train:], labels[train:]), DIGITS)


def _refuse_unusable(seed: int, train: int, test: int) -> None:
    if seed < 0:
        raise UsageError("a seed cannot be negative", found=str(seed), remedy="give 0 or a larger whole number")
    if min(train, test) < CLASSES:
        raise UsageError(
            "too few synthetic digits to show every class",
            found=f"{train} to train on, {test} to test with",
            remedy=f"ask for at least {CLASSES} of each",
        )
