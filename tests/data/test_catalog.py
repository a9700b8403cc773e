from __future__ import annotations

from pathlib import Path

import pytest

from digitlab.data import catalog
from digitlab.data.dataset import Dataset
from digitlab.errors import UsageError


def test_every_name_is_listed_with_its_images() -> None:
    entries = {entry.name: entry for entry in catalog.entries()}
    assert list(entries) == ["mnist", "fashion-mnist", "synthetic"]
    assert {(entry.train, entry.test) for entry in entries.values()} == {(60_000, 10_000)}
    assert entries["mnist"].path is None
    assert entries["synthetic"].built_in


def test_where_a_dataset_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_files: dict[str, bytes]) -> None:
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    for name, content in small_files.items():
        (tmp_path / "mnist" / name).write_bytes(content)
    entry = catalog.entries()[0]
    assert (entry.path, entry.size) == (tmp_path / "mnist", sum(map(len, small_files.values())))


def test_only_names_are_fetched(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown dataset"):
        catalog.fetch(str(tmp_path))


def test_what_is_here_is_verified(mnist: Dataset) -> None:
    dataset, path = catalog.fetch("mnist")
    assert dataset.sha256 == mnist.sha256
    assert path.name == "mnist"
