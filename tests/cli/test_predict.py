from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from digitlab.cli.main import app
from digitlab.data.dataset import Split


def call(*arguments: str | Path, content: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=content)


@pytest.fixture(scope="module")
def folder(held_out: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three digits, dark on paper, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(3):
        image = Image.fromarray(255 - held_out.images[number]).resize((140, 140), Image.Resampling.BICUBIC)
        image.save(folder / f"{held_out.labels[number]}-{number}.png")
    (folder / "notes.txt").write_text("three digits")
    return folder


def test_a_folder_is_answered_file_by_file(folder: Path) -> None:
    result = call("predict", folder)
    assert result.exit_code == 0
    assert result.stderr == f"Left out of {folder}: 1 file (1 .txt), which are no pictures digitlab reads\n"
    files = sorted(folder.glob("*.png"))
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == [str(file) for file in files]
    for file, line in zip(files, result.stdout.splitlines(), strict=True):
        assert f": {file.name[0]} (" in line


def test_json_has_every_probability(folder: Path) -> None:
    files = sorted(folder.glob("*.png"))
    images = json.loads(call("predict", *files, "--json").stdout)["images"]
    assert [image["file"] for image in images] == [str(file) for file in files]
    for image, file in zip(images, files, strict=True):
        assert (image["status"], image["label"]) == ("digit", file.name[0])
        assert image["probability"] == max(image["probabilities"])
        assert sum(image["probabilities"]) == pytest.approx(1)


def test_what_cannot_be_read_is_told_and_the_others_are_answered(folder: Path, tmp_path: Path) -> None:
    good = next(folder.glob("*.png"))
    result = call("predict", tmp_path, tmp_path / "no.png", folder / "notes.txt", good, "--json")
    assert result.exit_code == 2
    assert [image["status"] for image in json.loads(result.stdout)["images"]] == ["error", "error", "error", "digit"]
    assert f"Error: no pictures in {tmp_path}\n  found: 0 other entries\n  to do: give a folder" in result.stderr
    no = tmp_path / "no.png"
    assert f"Error: no such file: {no}\n  found: nothing at this path\n  to do: check the path\n" in result.stderr
    assert "notes.txt is not a picture of a known format" in result.stderr


def test_a_folder_of_classes_names_its_folders(folder: Path) -> None:
    (folder / "classes" / "7").mkdir(parents=True)
    told = call("predict", folder / "classes").stderr
    assert (
        f"  found: 1 other entry\n  to do: give the folders in it, such as {folder / 'classes' / '*'}; or a folder"
        in told
    )


def test_standard_input_is_a_picture(folder: Path) -> None:
    good = next(folder.glob("*.png"))
    result = call("predict", "-", "--model", "softmax", content=good.read_bytes())
    assert result.exit_code == 0
    assert result.stdout.startswith("-: ")


def test_standard_input_has_a_limit() -> None:
    result = call("predict", "-", content=bytes(2**26 + 1))
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: standard input is too large\n  found: more than 64 MiB\n  to do: give a smaller picture\n",
    )


def test_blank_and_noise_are_no_digits(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (280, 280), dtype=np.uint8)
    for name, picture in {"blank": np.full((100, 100), 255, np.uint8), "noise": noise}.items():
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "png")
        (tmp_path / f"{name}.png").write_bytes(stream.getvalue())
    lines = call("predict", tmp_path).stdout.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["not a digit", "not a digit"]


def test_an_unknown_model_is_told(folder: Path) -> None:
    result = call("predict", folder, "--model", "best")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: unknown bundle 'best'\n  found: 'best'\n"
        "  to do: give the folder of a bundle or of a run, or one of mlp:128, robust, softmax\n"
    )


def test_a_pipe_or_a_device_in_a_folder_stops_nobody(held_out: Split, tmp_path: Path) -> None:
    Image.fromarray(255 - held_out.images[0]).resize((140, 140)).save(tmp_path / "b.png")
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "c.png").symlink_to("/dev/zero")
    result = call("predict", tmp_path)
    assert result.exit_code == 2
    assert result.stdout.startswith(f"{tmp_path}/b.png: ")
    for name, kind in (("a.png", "pipe"), ("c.png", "device")):
        assert f"Error: {tmp_path}/{name} is no regular file\n  found: a {kind}\n" in result.stderr


def test_of_a_document_the_page_that_is_answered_is_named(folder: Path, tmp_path: Path) -> None:
    pages = [Image.open(path) for path in sorted(folder.glob("*.png"))]
    pages[0].save(tmp_path / "scan.tiff", save_all=True, append_images=pages[1:])
    first = call("predict", sorted(folder.glob("*.png"))[0]).stdout.partition(": ")[2].strip()
    told = call("predict", tmp_path / "scan.tiff").stdout
    assert told == f"{tmp_path}/scan.tiff: {first} (page 1 of 3; --text reads all)\n"


def test_no_picture_of_a_phone_is_left_out_of_a_folder(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    path = sorted(folder.glob("*.png"))[0]
    Image.open(path).convert("RGB").save(tmp_path / "IMG_1.HEIC", "HEIF", quality=90)
    (tmp_path / "IMG_2.heic").write_bytes(b"nothing")
    result = call("predict", tmp_path)
    assert result.stdout.startswith(f"{tmp_path}/IMG_1.HEIC: {path.name[0]} (")
    assert (result.exit_code, "IMG_2.heic is not a picture of a known format" in result.stderr) == (2, True)
