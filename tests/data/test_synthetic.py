import hashlib
from pathlib import Path

import numpy as np
import pytest

from digitlab.data import synthetic
from digitlab.data.dataset import Dataset
from digitlab.errors import UsageError
from digitlab.synthetic.digits import VERSION
from digitlab.synthetic.strokes import MANNERS


@pytest.fixture(scope="module")
def small() -> Dataset:
    return synthetic.generate(seed=0, train=4000, test=1000)


def test_same_seed_gives_the_same_bytes(small: Dataset) -> None:
    assert synthetic.generate(seed=0, train=4000, test=1000).sha256 == small.sha256


def test_another_seed_gives_other_bytes(small: Dataset) -> None:
    assert synthetic.generate(seed=1, train=4000, test=1000).sha256 != small.sha256


def test_other_pixels_need_another_version() -> None:
    """Caches are told apart by VERSION alone: where this fails, raise it and write the new fingerprint here."""
    fingerprints = {1: "c1907def053f173d59c358ca29084ccd6da1a07731888295dacf319d37392420"}
    assert synthetic.generate(seed=0, train=20, test=10).sha256 == fingerprints[VERSION]


def test_shapes_types_and_names(small: Dataset) -> None:
    assert small.test is not None
    assert small.name == "synthetic"
    assert small.class_names == tuple("0123456789")
    assert small.train.images.shape == (4000, 28, 28)
    assert small.test.images.shape == (1000, 28, 28)
    assert small.train.images.dtype == np.uint8
    assert small.train.labels.dtype == np.int64


def test_classes_are_balanced_and_shuffled(small: Dataset) -> None:
    assert small.test is not None
    assert np.bincount(small.train.labels).tolist() == [400] * 10
    assert np.bincount(small.test.labels).tolist() == [100] * 10
    assert len(np.unique(small.train.labels[:50])) == 10


def test_ink_is_white_on_black_and_fits_the_box_of_mnist(small: Dataset) -> None:
    assert (small.train.images.max(axis=(1, 2)) > 200).all()
    for image in small.train.images:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)  # a pale last row may round to zero


def test_centre_of_mass_is_at_index_14(small: Dataset) -> None:
    images = small.train.images.astype(float)
    rows, columns = np.mgrid[:28, :28]
    mass = images.sum(axis=(1, 2))
    centres = np.array([(images * index).sum(axis=(1, 2)) / mass for index in (rows, columns)])
    np.testing.assert_allclose(centres.mean(axis=1), 14.0, atol=0.1)
    np.testing.assert_allclose(centres, 14.0, atol=0.51)  # shifted by whole pixels


def test_no_image_comes_twice(small: Dataset) -> None:
    assert small.test is not None
    both = np.concatenate([small.train.images, small.test.images])
    assert len({hashlib.sha256(image.tobytes()).digest() for image in both}) == len(both)


def test_a_linear_classifier_learns_most_but_not_all(small: Dataset) -> None:
    assert small.test is not None
    features = small.train.images.reshape(-1, 784) / 255
    targets = np.eye(10)[small.train.labels]
    weights = np.linalg.solve(features.T @ features + 10 * np.eye(784), features.T @ targets)
    accuracy = np.mean((small.test.images.reshape(-1, 784) @ weights).argmax(axis=1) == small.test.labels)
    assert 0.75 < accuracy < 0.93


def test_every_manner_draws_every_shape_in_the_frame() -> None:
    assert sorted({manner.digit for manner in MANNERS}) == list(range(10))
    for manner in MANNERS:
        places = manner.basis @ manner.points  # [shapes, samples, 2]
        assert np.ptp(places[..., 1], axis=1).min() > 0.8
        np.testing.assert_allclose(manner.basis.sum(axis=1), 1)


def test_a_smooth_stroke_passes_through_its_points() -> None:
    manner = MANNERS[0]
    places = manner.basis @ manner.points[0]
    gaps = np.linalg.norm(places[:, None] - manner.points[0], axis=2).min(axis=0)
    np.testing.assert_allclose(gaps, 0, atol=1e-12)


def test_progress_ends_at_the_number_of_images() -> None:
    seen: list[tuple[int, int]] = []
    synthetic.generate(0, train=30, test=10, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40)
    assert seen == sorted(seen)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = synthetic.generate
    monkeypatch.setattr(synthetic, "generate", lambda seed, progress=None: whole(seed, 40, 20, progress=progress))


@pytest.mark.usefixtures("few")
def test_cache_gives_back_what_was_drawn(tmp_path: Path) -> None:
    drawn = synthetic.cached(tmp_path / "new", seed=3)
    files = list((tmp_path / "new").iterdir())
    assert [file.name for file in files] == [f"synthetic-v{VERSION}-seed3.npz"]
    (tmp_path / "plain").touch()
    assert files[0].stat().st_mode == (tmp_path / "plain").stat().st_mode
    before = files[0].stat().st_mtime_ns
    assert synthetic.cached(tmp_path / "new", seed=3).sha256 == drawn.sha256
    assert files[0].stat().st_mtime_ns == before


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: str) -> None:
    drawn = synthetic.cached(tmp_path)
    file = next(tmp_path.iterdir())
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes({"cut": content[:-100], "flip": content, "empty": bytearray()}[damage]))
    assert synthetic.cached(tmp_path).sha256 == drawn.sha256
    with np.load(file) as arrays:
        assert arrays["images"].shape == (60, 28, 28)


@pytest.mark.usefixtures("few")
def test_a_cache_that_cannot_be_written_is_said_aloud(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    dataset = synthetic.cached(blocked / "cache")
    assert len(dataset.train) == 40
    assert dataset.notes[0].startswith("drawn again, since the cache cannot be written")


@pytest.mark.parametrize(
    ("seed", "train", "text"),
    [
        (-1, 60, "a seed cannot be negative\n  found: -1\n  to do: give 0 or a larger whole number"),
        (0, 3, "too few synthetic digits to show every class\n  found: 3 to train on, 20 to test with\n"),
    ],
)
def test_useless_arguments_are_refused(seed: int, train: int, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        synthetic.generate(seed, train, 20)
    assert str(caught.value).startswith(text)
