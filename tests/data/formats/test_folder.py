from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digitlab.data import formats
from digitlab.data.formats import folder
from digitlab.data.formats.shape import Form
from digitlab.errors import DataError
from digitlab.images.decode import open_picture
from digitlab.images.spec import MNIST


def picture(path: Path, value: int = 0, mode: str = "L", size: tuple[int, int] = (28, 28)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).convert(mode).save(path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        formats.read(path)
    return str(caught.value).replace(str(path), "FOLDER")


def test_numbers_are_sorted_as_numbers(tmp_path: Path) -> None:
    for name in ("10", "9", "2"):
        picture(tmp_path / name / "a.png", int(name))
    dataset = formats.read(tmp_path)
    assert dataset.class_names == ("2", "9", "10")
    assert dataset.train.images[:, 0, 0].tolist() == [2, 9, 10]
    assert dataset.train.labels.tolist() == [0, 1, 2]


def test_train_and_test_folders(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("test", 2)):
        for name in ("cat", "bird"):
            for i in range(count):
                picture(tmp_path / part / name / f"{i}.jpeg")
    dataset = formats.read(tmp_path)
    assert dataset.test is not None
    assert (dataset.class_names, len(dataset.train), len(dataset.test)) == (("bird", "cat"), 6, 4)


def test_what_was_changed_is_said(tmp_path: Path) -> None:
    picture(tmp_path / "0" / "a.png", size=(64, 64))
    picture(tmp_path / "0" / "b.png", size=(32, 16))
    Image.new("RGB", (28, 28), "red").save(picture(tmp_path / "1" / "a.png"))
    Image.new("RGBA", (28, 28), (0, 0, 0, 0)).save(picture(tmp_path / "1" / "b.png"))
    (tmp_path / "1" / "readme.txt").write_text("not a picture")
    dataset = formats.read(tmp_path)
    assert dataset.notes == (
        "files that are neither PNG nor JPEG were skipped (1 file)",
        "images of 3 sizes were resized to 30×28, their median",
    )
    assert str(dataset.spec) == "30×28 in colour"
    assert dataset.train.images[2].reshape(-1, 3).max(axis=0).tolist() == [255, 0, 0]


def test_pictures_keep_the_size_and_colour_that_they_have(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    for name in ("0", "1"):
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / "a.png")
    dataset = formats.read(tmp_path)
    assert dataset.notes == ()
    np.testing.assert_array_equal(dataset.train.images, [pixels, pixels])


def test_a_form_can_be_asked_for(tmp_path: Path) -> None:
    for name in ("0", "1"):
        Image.new("RGB", (300, 600), "red").save(picture(tmp_path / name / "a.png"))
    dataset = formats.read(tmp_path)
    assert (str(dataset.spec), dataset.notes) == (
        "128×256 in colour", ("images of 300×600 were resized to 128×256, the longer side at most 256",)
    )  # fmt: skip
    dataset = formats.read(tmp_path, Form(size=32, gray=True))
    assert (str(dataset.spec), dataset.notes) == ("32×32", ("images of 300×600 were resized to 32×32",))
    assert (dataset.train.images == 76).all()  # 0.299 · 255, ITU-R BT.601


def test_a_picture_lies_on_its_side_as_its_camera_says(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    for name in ("0", "1"):
        (tmp_path / name).mkdir()
        Image.new("L", (40, 20)).save(tmp_path / name / "a.jpg", exif=turned)
    assert str(formats.read(tmp_path).spec) == "20×40"


def test_white_ink_on_transparency_is_no_blank_image(tmp_path: Path) -> None:
    drawn = np.zeros((28, 28, 4), np.uint8)
    drawn[..., :3] = 255
    drawn[10:18, 10:18, 3] = 255
    for name in ("0", "1"):
        (tmp_path / name).mkdir()
        Image.fromarray(drawn).save(tmp_path / name / "a.png")
    image = formats.read(tmp_path).train.images[0]
    assert (image[14, 14], image[0, 0]) == (255, 0)
    np.testing.assert_array_equal(image, np.rint(open_picture(tmp_path / "0" / "a.png") * 255))


def test_grey_pictures_saved_in_colour_are_grey(tmp_path: Path) -> None:
    for name in ("0", "1"):
        picture(tmp_path / name / "a.png", 77, "RGB")
    dataset = formats.read(tmp_path)
    assert (dataset.spec, dataset.notes) == (MNIST, ())
    assert (dataset.train.images == 77).all()


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    Image.fromarray(np.full((28, 28), 65535, np.uint16)).save(tmp_path / "a.png")
    assert folder.read_picture(tmp_path / "a.png", MNIST)[0, 0] == 255


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "0" / "a.png")
    (picture(tmp_path / "1" / "b.png")).write_bytes(b"no picture")
    text = refused(tmp_path)
    assert text.startswith("cannot read FOLDER/1/b.png\n  found: cannot identify image file")
    assert text.endswith("to do: replace the picture or remove it from the folder")


def test_other_formats_are_refused_whatever_their_name(tmp_path: Path) -> None:
    picture(tmp_path / "0" / "a.png")
    Image.new("L", (28, 28)).save(tmp_path / "a.gif")
    (tmp_path / "1").mkdir()
    (tmp_path / "a.gif").rename(tmp_path / "1" / "a.png")
    assert "found: cannot identify image file" in refused(tmp_path)


@pytest.mark.parametrize("side", [5_000, 60_000])
def test_a_decompression_bomb_is_not_unpacked(tmp_path: Path, side: int) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b""))
    with pytest.raises(DataError, match=r"is too large|decompression bomb"):
        folder.read_picture(path, MNIST)


@given(st.sampled_from([".png", ".jpg"]), st.integers(0, 10**6), st.integers(0, 255), st.booleans())
def test_a_damaged_picture_is_read_or_refused_in_our_words(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, where: int, value: int, cut: bool
) -> None:
    path = picture(tmp_path_factory.getbasetemp() / f"damaged{suffix}", 99)
    content = bytearray(path.read_bytes())
    content[where % len(content)] = value
    path.write_bytes(content[: where % len(content)] if cut else content)
    try:
        image = folder.read_picture(path, MNIST)
    except DataError:
        return
    assert image.shape == (28, 28)


def test_a_folder_without_classes(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    assert refused(tmp_path) == (
        "FOLDER holds no dataset\n"
        "  found: 0 folders inside, and no IDX file\n"
        "  to do: make one folder for each class, with its PNG or JPEG pictures inside; "
        "optionally inside train/ and test/"
    )


def test_an_empty_class(tmp_path: Path) -> None:
    picture(tmp_path / "0" / "a.png")
    (tmp_path / "1").mkdir()
    assert refused(tmp_path).startswith("FOLDER/1 holds no pictures\n  found: 0 other files")


def test_a_class_that_only_the_test_part_has(tmp_path: Path) -> None:
    for name in ("train/0", "train/1", "test/0", "test/1", "test/2"):
        picture(tmp_path / name / "a.png")
    assert refused(tmp_path) == (
        "FOLDER/test has a class that the training part lacks\n"
        "  found: a folder '2'\n"
        "  to do: give both parts the same class folders"
    )


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, kind: str) -> None:
    def make(path: Path) -> Path:
        if kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to("/dev/zero")
        return path

    for name in ("data.npz", "data.csv"):
        with pytest.raises(DataError, match=rf"{name} is no regular file\n  found: a {kind}"):
            formats.read(make(tmp_path / name))
    picture(tmp_path / "classes" / "0" / "a.png")
    picture(tmp_path / "classes" / "1" / "a.png")
    make(tmp_path / "classes" / "1" / "b.png")
    with pytest.raises(DataError, match=rf"b\.png is no regular file\n  found: a {kind}"):
        formats.read(tmp_path / "classes")


def test_more_pictures_than_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_IMAGES", 3)
    for name in ("0", "1"):
        for i in range(2):
            picture(tmp_path / name / f"{i}.png")
    assert refused(tmp_path) == "FOLDER holds too many pictures\n  found: 4\n  to do: give at most 3"
