from __future__ import annotations

import json
from pathlib import Path

import pytest

from digitlab.errors import BundleError
from digitlab.runtime.places import DEFAULT, SHIPPED, bundle_folder, shipped_names


def test_a_folder_goes_before_a_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bundle_folder(folder) == folder
    assert bundle_folder("mlp:128") == SHIPPED / "mlp-128"
    (folder.parent / "softmax").mkdir()
    monkeypatch.chdir(folder.parent)
    assert bundle_folder("softmax") == Path("softmax")


def test_the_default_is_shipped_and_small() -> None:
    assert DEFAULT in shipped_names()
    assert (SHIPPED / DEFAULT / "model.onnx").stat().st_size <= 1.5e6


def test_a_run_stands_for_its_bundle(folder: Path) -> None:
    run = folder.parent
    (run / "run.json").write_text(json.dumps({"no_bundle": None}))
    assert bundle_folder(run) == folder
    (folder / "bundle.json").unlink()
    with pytest.raises(
        BundleError, match=rf"the run {run} has no bundle\n  found: no bundle/ folder in it\n  to do: write one"
    ):
        bundle_folder(run)
