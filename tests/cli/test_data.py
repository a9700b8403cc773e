from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from digitlab.cli.main import app
from digitlab.data.dataset import Dataset


@pytest.fixture
def digits_path(digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """600 + 200 digits as an .npz in the current folder; no data of one's own, empty caches, no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("DIGITLAB_MIRROR", "http://127.0.0.1:9/")
    monkeypatch.delenv("DIGITLAB_DATA", raising=False)
    train, test = digits.train, digits.test
    assert test is not None
    path = tmp_path / "digits.npz"
    np.savez(path, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["data", *arguments])


def test_list_says_what_is_not_here_and_how_to_get_it(digits_path: Path) -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["name", "images", "size", "where"]
    assert lines[1] == "mnist          60,000 + 10,000  55 MB  not here: digitlab data fetch mnist"
    assert lines[3].endswith("built in")


def test_list_as_json(digits_path: Path) -> None:
    entries = json.loads(run("list", "--json").stdout)
    assert [entry["name"] for entry in entries] == ["mnist", "fashion-mnist", "synthetic"]
    assert entries[0] == {
        "name": "mnist", "train": 60_000, "test": 10_000, "path": None, "size": 54_950_048, "built_in": False
    }  # fmt: skip


def test_fetch_without_a_network(digits_path: Path) -> None:
    result = run("fetch", "mnist")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: mnist could not be downloaded\n  found: 127.0.0.1:9: cannot connect\n" in result.stderr


def test_fetch_of_what_is_here(mnist: Dataset) -> None:
    document = json.loads(run("fetch", "mnist", "--json").stdout)
    assert (document["images"], document["sha256"]) == ({"train": 60_000, "test": 10_000}, mnist.sha256)


def test_show_prints_the_whole_matrix(digits_path: Path, digits: Dataset) -> None:
    result = run("show", "digits.npz", "--index", "5")
    label = digits.train.labels[5]
    assert result.stdout.startswith(f"# digits.npz, train image 5: label {label}\n")
    np.testing.assert_array_equal(np.loadtxt(result.stdout.splitlines()), digits.train.images[5])
    assert result.stderr == "Ten samples of each class: digits-samples.png\n"


def test_show_draws_the_samples(digits_path: Path, tmp_path: Path) -> None:
    run("show", "digits.npz", "--out", "some.png")
    with Image.open(tmp_path / "some.png") as sheet:
        assert sheet.width > 10 * 84
        assert sheet.height > 10 * 84


def test_show_replaces_no_picture_without_being_asked(digits_path: Path) -> None:
    first = Path("digits-samples.png")
    first.write_bytes(b"mine")
    for _ in range(2):  # the same picture again
        assert run("show", "digits.npz").stderr == "Ten samples of each class: digits-samples-2.png\n"
    assert first.read_bytes() == b"mine"
    run("show", "digits.npz", "--out", str(first))
    assert first.read_bytes() != b"mine"


def test_show_of_the_current_folder_takes_its_name(
    digits_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = digits_path.parent / "mine.v2"
    for name in ("0", "1"):
        (folder / name).mkdir(parents=True)
        Image.fromarray(digits.train.images[int(name)]).save(folder / name / "a.png")
    monkeypatch.chdir(folder)
    assert run("show", ".").stderr == "Ten samples of each class: mine.v2-samples.png\n"


def test_show_draws_nothing_but_png(digits_path: Path) -> None:
    result = run("show", "digits.npz", "--out", "x.jpg")
    assert (result.exit_code, result.stdout, Path("x.jpg").exists()) == (2, "", False)
    assert result.stderr == (
        "Error: the samples are drawn as a PNG\n"
        "  found: --out x.jpg\n"
        "  to do: give a name that ends in .png\n"
    )  # fmt: skip


def test_show_as_json(digits_path: Path, digits: Dataset) -> None:
    assert digits.test is not None
    document = json.loads(run("show", "digits.npz", "--test", "--index", "2", "--json").stdout)
    assert (document["part"], document["label"]) == ("test", digits.test.labels[2])
    np.testing.assert_array_equal(document["pixels"], digits.test.images[2])


@pytest.mark.parametrize("index", ["600", "-1"])
def test_show_of_an_image_that_is_not_there(digits_path: Path, index: str) -> None:
    result = run("show", "digits.npz", "--index", index)
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: no image has this index\n"
        f"  found: {index}\n"
        "  to do: give --index 0 to 599\n"
    )  # fmt: skip
    assert not (digits_path.parent / "digits-samples.png").exists()


def test_show_of_a_part_that_is_not_there(digits_path: Path, digits: Dataset) -> None:
    np.savez("train.npz", x_train=digits.train.images, y_train=digits.train.labels)
    result = run("show", "train.npz", "--test")
    assert result.stderr == (
        "Error: the dataset has no test part\n"
        "  found: train.npz\n"
        "  to do: leave out --test\n"
    )  # fmt: skip


def test_check_of_good_data(digits_path: Path, digits: Dataset) -> None:
    result = run("check", "digits.npz")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].split() == ["class", "train", "test"]
    assert lines[11].split() == ["all", "600", "200"]
    assert lines[-1] == "No problems found (12 checks)."


def test_check_of_black_images_is_a_no(digits_path: Path, digits: Dataset) -> None:
    np.savez("black.npz", x_train=digits.train.images // 255, y_train=digits.train.labels)
    result = run("check", "black.npz")
    assert result.exit_code == 1
    assert "DD101 error: the images are black: they seem to be scaled twice\n" in result.stdout
    document = json.loads(run("check", "black.npz", "--json").stdout)
    first = document["findings"][0]
    assert (first["code"], first["slug"], first["severity"]) == ("DD101", "scaled-twice", "error")
    assert list(document["counts"]) == ["train"]


def test_notes_go_to_standard_error(digits_path: Path, digits: Dataset) -> None:
    np.savez("floats.npz", x_train=digits.train.images / 255, y_train=digits.train.labels)
    assert run("check", "floats.npz").stderr == "Note: pixel values from 0 to 1 were multiplied by 255\n"


def test_bad_data_is_told_in_three_parts(digits_path: Path) -> None:
    digits_path.write_bytes(b"damaged")
    result = run("check", "digits.npz")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: cannot read digits.npz\n"
        "  found: File is not a zip file\n"
        "  to do: the file is damaged or not an .npz: save it again with np.savez\n"
    )
