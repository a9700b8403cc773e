from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from digitlab.data import sources, synthetic
from digitlab.data.dataset import Dataset
from digitlab.data.named import FASHION_MNIST, MNIST, NamedSource
from digitlab.errors import DataError, DownloadError, UsageError

if TYPE_CHECKING:
    from tests.data.conftest import Mirror

NOBODY = "http://127.0.0.1:9/"
FIRST = "train-images-idx3-ubyte"


def save(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content, 1))
    return folder


def save_as_keras_does(small: NamedSource, digits: Dataset) -> Path:
    path = sources.keras_path(small)
    path.parent.mkdir(parents=True)
    train, test = digits.train, digits.test
    assert test is not None
    np.savez(path, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
    return path


def test_own_data_comes_first(
    small: NamedSource,
    small_files: dict[str, bytes],
    digits: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mirrors: tuple[Mirror, Mirror],
) -> None:
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path / "own"))
    save(tmp_path / "own" / "small", small_files)
    dataset = sources.load_named(small)
    assert dataset.sha256 == digits.sha256
    assert (dataset.name, dataset.class_names, dataset.notes) == ("small", tuple("0123456789"), ())
    assert mirrors[0].asked == []
    assert sources.find(small) == tmp_path / "own" / "small"


def test_own_data_that_is_damaged_is_an_error_that_names_the_file(
    small: NamedSource, small_files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path))
    damaged = small_files[FIRST][:-1] + b"x"
    folder = save(tmp_path / "small", small_files | {FIRST: damaged})
    with pytest.raises(DataError) as caught:
        sources.load_named(small)
    assert caught.value.problem == f"{folder / FIRST}.gz differs from the known file"
    assert caught.value.remedy == ("it is damaged or another file: download it again, or remove it and digitlab will")


def test_own_data_that_is_incomplete_is_an_error(
    small: NamedSource, small_files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path))
    folder = save(tmp_path / "small", {FIRST: small_files[FIRST]})
    with pytest.raises(DataError) as caught:
        sources.load_named(small)
    assert caught.value.problem == f"cannot read {folder}/train-labels-idx1-ubyte"


def test_a_variable_that_names_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError) as caught:
        sources.load("mnist")
    assert str(caught.value) == (
        "DIGITLAB_DATA is not a folder\n"
        f"  found: {tmp_path}/nowhere\n"
        "  to do: set it to the folder that holds mnist/, or unset it"
    )


def test_what_was_downloaded_is_read_from_the_cache(small: NamedSource, mirrors: tuple[Mirror, Mirror]) -> None:
    first, second = sources.load_named(small), sources.load_named(small)
    assert first.sha256 == second.sha256
    assert len(mirrors[0].asked) == 4
    assert sources.find(small) == sources.cache_folder() / "small"


def test_the_cache_has_plain_permissions(small: NamedSource, tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    sources.load_named(small)
    modes = {file.stat().st_mode for file in (sources.cache_folder() / "small").iterdir()}
    assert modes == {(tmp_path / "plain").stat().st_mode}


def test_a_damaged_cache_is_fetched_anew(small: NamedSource, digits: Dataset) -> None:
    sources.load_named(small)
    (sources.cache_folder() / "small" / FIRST).write_bytes(b"damaged")
    assert sources.load_named(small).sha256 == digits.sha256


def test_keras_cache_is_used_before_the_network(
    small: NamedSource, digits: Dataset, mirrors: tuple[Mirror, Mirror]
) -> None:
    path = save_as_keras_does(small, digits)
    assert sources.load_named(small).sha256 == digits.sha256
    assert sources.find(small) == path
    assert mirrors[0].asked == []


def test_a_damaged_keras_cache_is_passed_over(
    small: NamedSource, digits: Dataset, mirrors: tuple[Mirror, Mirror]
) -> None:
    save_as_keras_does(small, digits).write_bytes(b"damaged")
    assert sources.load_named(small).sha256 == digits.sha256
    assert len(mirrors[0].asked) == 4


def test_a_name_has_no_silent_substitute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_MIRROR", NOBODY)
    with pytest.raises(DownloadError, match=r"mnist could not be downloaded\n  found: 127\.0\.0\.1:9: cannot connect"):
        sources.load("mnist")


def test_without_a_name_synthetic_digits_stand_in_and_say_so(monkeypatch: pytest.MonkeyPatch, digits: Dataset) -> None:
    monkeypatch.setenv("DIGITLAB_MIRROR", NOBODY)
    monkeypatch.setattr(synthetic, "cached", lambda *args, **kwargs: digits)  # the whole set takes many seconds
    dataset = sources.load()
    assert dataset.sha256 == digits.sha256
    assert dataset.notes[0] == ("using synthetic digits, since MNIST is not available (127.0.0.1:9: cannot connect)")


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(UsageError) as caught:
        sources.load("minst")
    assert str(caught.value) == (
        "unknown dataset 'minst'\n"
        "  found: 'minst'\n"
        "  to do: did you mean 'mnist'? Known: fashion-mnist, mnist, synthetic"
    )


@pytest.mark.parametrize("name", ["nowhere/digits", "digits.npz"])
def test_a_path_that_does_not_exist(name: str) -> None:
    with pytest.raises(DataError) as caught:
        sources.load(name)
    assert str(caught.value) == (
        "no such file or folder\n"
        f"  found: {name}\n"
        "  to do: give a path that exists, or a name: mnist, fashion-mnist, synthetic"
    )


@pytest.mark.parametrize(
    ("name", "told", "found"),
    [
        ("x" * 5_000, f"{'x' * 60}…", "File name too long"),
        ("~nosuch/x", "~nosuch/x", "Could not determine home directory."),
    ],
)
def test_a_path_that_the_system_refuses(name: str, told: str, found: str) -> None:
    with pytest.raises(DataError) as caught:
        sources.load(name)
    assert str(caught.value) == (
        f"cannot read {told}\n"
        f"  found: {found}\n"
        "  to do: give a readable path, or a name: mnist, fashion-mnist, synthetic"
    )


def test_a_folder_that_may_not_be_read(
    tmp_path: Path, small_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(tmp_path / "closed" / "digits", small_files)
    folder.parent.chmod(0)
    try:
        if os.access(folder, os.R_OK):
            pytest.skip("this user may read everything")
        with pytest.raises(DataError, match="Permission denied"):
            sources.load(folder)
    finally:
        folder.parent.chmod(0o700)


def test_a_variable_with_an_unknown_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_DATA", "~nosuch/data")
    with pytest.raises(DataError, match="cannot read DIGITLAB_DATA"):
        sources.load("mnist")


@pytest.mark.parametrize("name", ["", "\0"])
def test_what_no_path_can_be(name: str) -> None:
    with pytest.raises(UsageError, match="unknown dataset"):
        sources.load(name)


def test_neither_a_text_nor_a_path() -> None:
    with pytest.raises(UsageError) as caught:
        sources.load(3)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "a dataset is loaded by name or path\n"
        "  found: 3, of type int\n"
        "  to do: give a str or a pathlib.Path; make a digitlab.Dataset from arrays"
    )


def test_a_path_is_as_good_as_its_text(tmp_path: Path, small_files: dict[str, bytes], digits: Dataset) -> None:
    assert sources.load(save(tmp_path / "digits", small_files)).sha256 == digits.sha256


def test_a_path_object_is_never_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="no such file or folder"):
        sources.load(Path("nothing"))


def test_the_name_of_a_path_is_good_from_every_folder(
    tmp_path: Path, small_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(tmp_path / "digits", small_files)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (".", "../digits", "~/digits"):
        assert sources.load(name).name == str(folder)


def test_a_file_of_another_format(tmp_path: Path) -> None:
    (tmp_path / "digits.mat").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        sources.load(str(tmp_path / "digits.mat"))
    assert str(caught.value) == (
        f"unknown format of {tmp_path}/digits.mat\n"
        "  found: a file that ends in '.mat'\n"
        "  to do: give an .npz, a .csv, a folder of IDX files, or one folder of pictures for each class"
    )


def test_a_path_names_its_dataset(tmp_path: Path, small_files: dict[str, bytes]) -> None:
    folder = save(tmp_path / "digits", small_files)
    assert sources.load(str(folder)).name == str(folder)


def test_the_real_one_is_what_the_field_knows(mnist: Dataset) -> None:
    assert mnist.test is not None
    assert (len(mnist.train), len(mnist.test)) == (60_000, 10_000)
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.train.images.mean() / 255 == pytest.approx(0.1307, abs=1e-4)  # as everybody normalises it


@pytest.mark.parametrize("source", [MNIST, FASHION_MNIST])
def test_known_sizes_are_those_of_60_000_and_10_000_images(source: NamedSource) -> None:
    assert [file.size for file in source.files] == [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000]
    assert len(source.class_names) == 10
