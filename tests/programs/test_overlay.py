"""The overlay of a folder: all of it can be read, and no change in it reaches the folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from digitlab.programs.overlay import overlay_of

ARRAY = np.arange(6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a file, and one two folders further down."""
    (tmp_path / "logs" / "old").mkdir(parents=True)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "logs" / "old" / "first.txt").write_text("first")
    np.save(tmp_path / "digits.npy", ARRAY)
    return tmp_path


def refuse(*_: object) -> None:
    raise OSError("a required privilege is not held by the client")


@pytest.fixture(params=["links", "copies"])
def inside(folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder is its overlay, which is made of copies where the system refuses links."""
    if request.param == "copies":
        monkeypatch.setattr(Path, "symlink_to", refuse)
    before = Path.cwd()
    with overlay_of(folder) as overlay:
        os.chdir(overlay)
        yield overlay
        os.chdir(before)


def contents(folder: Path) -> dict[str, bytes]:
    files = (Path(place, name) for place, _, names in os.walk(folder, followlinks=True) for name in names)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def append(text: str) -> None:
    with Path("notes.txt").open("a") as file:
        file.write(text)


def test_everything_can_be_read(inside: Path) -> None:
    assert Path("notes.txt").read_text() == "mine"
    assert (np.load("digits.npy") == ARRAY).all()
    assert [path.name for path in Path("logs").iterdir()] == ["old"]
    assert Path("logs/old/first.txt").read_text() == "first"


CHANGES: dict[str, Callable[[], object]] = {
    "write over": lambda: Path("notes.txt").write_text("gone"),
    "append": lambda: append("more"),
    "write deep down": lambda: Path("logs/old/first.txt").write_text("gone"),
    "a new file": lambda: Path("logs/new.txt").write_text("new"),
    "a file in a new folder": lambda: shutil.copytree("logs/old", "logs/new/er"),
    "an absolute path": lambda: Path("logs/new.txt").absolute().write_text("new"),
    "remove": lambda: Path("logs/old/first.txt").unlink(),
    "rename": lambda: Path("notes.txt").rename("logs/notes.txt"),
    "remove a folder": lambda: shutil.rmtree("logs"),
    "save an array": lambda: np.savez("digits.npy", ARRAY),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_reaches_the_folder(folder: Path, inside: Path, change: str) -> None:
    before, seen = contents(folder), contents(inside)
    CHANGES[change]()
    assert contents(folder) == before
    assert contents(inside) != seen


def test_what_is_appended_follows_what_was_there(inside: Path) -> None:
    append(" and yours")
    assert Path("notes.txt").read_text() == "mine and yours"


def test_it_is_gone_afterwards_and_the_folder_can_be_written_again(folder: Path) -> None:
    with overlay_of(folder) as overlay:
        pass
    assert not overlay.exists()
    (folder / "notes.txt").write_text("changed")
    assert (folder / "notes.txt").read_text() == "changed"
