from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from digitlab.base.files import cannot_write, read_capped, remove_leftovers, replacing, write_bytes, write_text
from digitlab.errors import DataError, PlaceError, StorageError, TooLargeError, UsageError


def test_the_new_content_replaces_the_old(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "a.txt", "new é")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new é"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_the_temporary_file_lies_beside_with_the_same_suffix(tmp_path: Path) -> None:
    with replacing(tmp_path / "model.keras") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".keras")
        temporary.write_bytes(b"x")


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    old = os.umask(0o022)
    write_bytes(tmp_path / "a", b"")
    os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text(f"half {1 / 0}")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_too_large_for_the_disk_is_told(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            write_bytes(tmp_path / "a.txt", b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(caught.value) == (
        f"cannot write {tmp_path / 'a.txt'}\n  found: File too large\n"
        "  to do: free some space or choose another folder; files written before are untouched"
    )
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file or directory"):
        write_text(tmp_path / "nowhere" / "a.txt", "")


def test_a_file_in_the_way_is_wrong_use(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "")
    with pytest.raises(UsageError) as caught:
        write_text(tmp_path / "a" / "b.txt", "")
    assert str(caught.value) == (
        f"cannot write {tmp_path / 'a' / 'b.txt'}\n  found: Not a directory\n"
        "  to do: choose a folder; something else is in the way"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("number", "kind", "remedy"),
    [
        (errno.EISDIR, PlaceError, "choose a folder; something else is in the way"),
        (errno.EROFS, PlaceError, "choose a folder that you may write"),
        (errno.ENOSPC, StorageError, "free some space or choose another folder; files written before are untouched"),
        (errno.EIO, StorageError, "choose another folder"),
    ],
)
def test_each_refusal_has_its_remedy(number: int, kind: type[StorageError], remedy: str) -> None:
    error = cannot_write(Path("a"), OSError(number, os.strerror(number)))
    assert (type(error), error.remedy) == (kind, remedy)


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    for name in (".history-ab3_efgh.csv", ".lock", "history.csv", ".hidden.csv"):
        write_text(tmp_path / name, "")
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "history.csv", ".hidden.csv"}


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a folder"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    with pytest.raises(DataError) as caught:
        read_capped(path, 100)
    assert str(caught.value) == f"{path} is no regular file\n  found: {kind}\n  to do: give a regular file"


def test_a_file_of_the_limit_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(2**20))
    assert read_capped(path, 2**20) == bytes(2**20)
    path.write_bytes(bytes(2**20 + 1))
    with pytest.raises(TooLargeError, match=r"is too large\n  found: 1\.0 MiB\n  to do: give at most 1 MiB"):
        read_capped(path, 2**20)
