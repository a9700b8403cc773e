"""Digits drawn by program, so that everything runs without a network.

Each image is written as a hand writes it: a manner of writing the digit (`strokes.py`), its points jittered, bent,
slanted and stretched, drawn with a pen whose pressure changes on the way, and brought into the frame of MNIST: white
ink on black, the ink box fitted into 20×20 pixels, the centre of mass at pixel index 14.0.

The numbers below were chosen by eye and by trial beside the training part of MNIST; nothing is read from it.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import IMAGE_SIZE, Dataset, Split
from digitlab.data.manner import Array, Manner
from digitlab.data.progress import Progress
from digitlab.data.raster import REACH, centre, fit, rasterise
from digitlab.data.strokes import MANNERS
from digitlab.errors import StorageError, UsageError
from digitlab.files import cannot_write, replacing

# In the name of the cache file: raise it whenever a change here or in what is imported here changes a single pixel.
VERSION = 1
CLASSES = 10
# Images that are drawn together: enough to be fast, few enough to stay in the processor's cache.
BLOCK = 512
# How pure the mixtures of a manner's shapes are (Dirichlet's parameter): small, so that most are near one shape.
PURITY = 0.25
# Half the width of the line in pixels: its median, and the standard deviation of its logarithm (that of 1 varies most).
HALF_WIDTH = 1.25
HALF_WIDTH_SPREAD = 0.28
HALF_WIDTH_SPREAD_OF_1 = 0.4
# Median distance of a point from where it belongs, in heights of the digit.
SLOPPINESS = 0.045


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
        train: how many images to train on; the ten classes are as even as can be, shuffled.
        test: how many images to test with, drawn in the same way.
        manners: ways of writing, at least one for each digit.
        progress: called with (images drawn, images in all) after each block.

    Returns:
        A dataset "synthetic": images uint8 [N, 28, 28] white on black, labels int64 [N].

    Raises:
        UsageError: a negative seed, or a part with fewer than ten images.
    """
    _refuse_unusable(seed, train, test)
    rng = np.random.Generator(np.random.PCG64([seed, VERSION]))
    labels = np.concatenate([rng.permutation(np.arange(count, dtype=np.int64) % CLASSES) for count in (train, test)])
    images = np.empty((len(labels), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    done = 0
    for manner, members in _blocks(labels, manners, rng):
        images[members] = draw(manner, len(members), rng)
        done += len(members)
        if progress is not None:
            progress(done, len(labels))
    return _dataset(images, labels, train)


def cached(cache_dir: Path, seed: int = 0, *, progress: Progress | None = None) -> Dataset:
    """The 60,000 + 10,000 digits of this seed, read from `cache_dir` or drawn and kept there.

    A damaged file is made anew.  Where the cache cannot be written the digits are returned all the same, with a note.

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
        return replace(dataset, notes=(f"drawn anew, since the cache cannot be written: {error.found}",))
    return dataset


def _read(path: Path) -> Dataset | None:
    """What the cache holds, or None where it holds nothing that can be trusted (the zip container has checksums)."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels, train = arrays["images"], arrays["labels"], int(arrays["train"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    if images.dtype != np.uint8 or labels.dtype != np.int64 or images.shape != (len(labels), IMAGE_SIZE, IMAGE_SIZE):
        return None
    return _dataset(images, labels, train)


def _write_cache(path: Path, dataset: Dataset) -> None:
    parts = [part for part in (dataset.train, dataset.test) if part is not None]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error
    with replacing(path) as temporary:
        np.savez(
            temporary,
            images=np.concatenate([part.images for part in parts]),
            labels=np.concatenate([part.labels for part in parts]),
            train=len(dataset.train),
        )


def _dataset(images: NDArray[np.uint8], labels: NDArray[np.int64], train: int) -> Dataset:
    names = tuple(str(digit) for digit in range(CLASSES))
    return Dataset("synthetic", Split(images[:train], labels[:train]), Split(images[train:], labels[train:]), names)


def _refuse_unusable(seed: int, train: int, test: int) -> None:
    if seed < 0:
        raise UsageError("a seed cannot be negative", found=str(seed), remedy="give 0 or a larger whole number")
    if min(train, test) < CLASSES:
        raise UsageError(
            "too few synthetic digits to show every class",
            found=f"{train} to train on, {test} to test with",
            remedy=f"ask for at least {CLASSES} of each",
        )


def _blocks(
    labels: NDArray[np.int64], manners: Sequence[Manner], rng: np.random.Generator
) -> Iterator[tuple[Manner, NDArray[np.int64]]]:
    """Choose a manner for each label; yield each manner with the numbers of up to BLOCK images that are written so."""
    chosen = np.empty(len(labels), np.int64)
    for digit in range(CLASSES):
        numbers = [number for number, manner in enumerate(manners) if manner.digit == digit]
        shares = np.array([manners[number].share for number in numbers])
        members = labels == digit
        chosen[members] = rng.choice(numbers, members.sum(), p=shares / shares.sum())
    for number, manner in enumerate(manners):
        members = np.flatnonzero(chosen == number)
        for start in range(0, len(members), BLOCK):
            yield manner, members[start : start + BLOCK]


def draw(manner: Manner, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """`count` images of one manner, uint8 [count, 28, 28]."""
    places = _write(manner, count, rng)
    radius = _press(manner, count, rng)
    places, radius = fit(places, radius, rng)
    ink = rasterise(places, radius)
    return centre(np.rint(ink * 255).astype(np.uint8))


def _write(manner: Manner, count: int, rng: np.random.Generator) -> Array:
    """Where the pen goes: float64 [count, samples, 2], the digit about one high around the origin."""
    mixture = rng.dirichlet(np.full(len(manner.points), PURITY), count)
    points = np.einsum("cs,spk->cpk", mixture, manner.points)
    points += _jitter(points.shape, rng)
    places = np.einsum("sp,cpk->csk", manner.basis, points)
    places -= (places.min(axis=1, keepdims=True) + places.max(axis=1, keepdims=True)) / 2
    return _lean(_bend(places, rng), manner, rng)


def _jitter(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """How far each point is off: it follows the ones before and after it, so that curves stay round."""
    noise = rng.standard_normal(shape)
    together = noise.copy()
    together[:, 1:] += noise[:, :-1]
    together[:, :-1] += noise[:, 1:]
    off = together / np.sqrt(3) + 0.4 * rng.standard_normal(shape)
    off = np.clip(off, -1.6, 1.6)  # a far outlier would make another digit of it
    sloppy: Array = rng.lognormal(np.log(SLOPPINESS), 0.3, (shape[0], 1, 1)) * off
    return sloppy


def _bend(places: Array, rng: np.random.Generator) -> Array:
    """Displace by two long waves across the digit (a small elastic warp)."""
    count = len(places)
    bent = places.copy()
    for _ in range(2):
        wave = 2 * np.pi * rng.normal(0, 0.6, (2, count, 1))
        phase = rng.uniform(0, 2 * np.pi, (count, 1))
        height = rng.normal(0, 0.04, (count, 1, 2))
        across = places[..., 0] * wave[0] + places[..., 1] * wave[1] + phase
        bent += np.sin(across)[..., None] * height
    return bent


def _lean(places: Array, manner: Manner, rng: np.random.Generator) -> Array:
    """Stretch, slant and turn."""
    count = len(places)
    aspect = np.exp(rng.normal(0, 0.2, (count, 1)))
    slant = rng.normal(0.25 if manner.digit == 1 else 0.12, 0.25, (count, 1))
    turn = rng.normal(0, 0.08, (count, 1))
    x, y = places[..., 0] * aspect, places[..., 1]
    x = x - slant * y
    return np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=-1)


def _press(manner: Manner, count: int, rng: np.random.Generator) -> Array:
    """Half the width of the line at each sample, in pixels: float64 [count, samples]."""
    spread = HALF_WIDTH_SPREAD_OF_1 if manner.digit == 1 else HALF_WIDTH_SPREAD
    half = np.clip(rng.lognormal(np.log(HALF_WIDTH), spread, (count, 1)), 0.6, 3.0)
    way = np.linspace(0, 1, len(manner.basis))
    turns = rng.uniform(0.5, 2, (count, 1)) * way + rng.uniform(0, 1, (count, 1))
    pressure = 1 + rng.uniform(0, 0.2, (count, 1)) * np.sin(2 * np.pi * turns)
    taper = rng.uniform(-0.1, 0.35, (count, 1)) * np.exp(-manner.end_distance / 0.08)
    return np.clip(half * pressure * (1 - taper), 0.5, REACH - 0.5)
