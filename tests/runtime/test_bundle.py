from __future__ import annotations

import dataclasses
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import digitlab
from digitlab.errors import BundleError
from digitlab.runtime import bundle as module
from digitlab.runtime.bundle import GOLDEN, MODEL, Bundle, make_bundle, read_bundle, write_bundle
from digitlab.runtime.golden import Golden
from digitlab.runtime.places import INFO
from tests.runtime.conftest import model


def test_it_comes_back_as_it_was_written(bundle: Bundle, folder: Path) -> None:
    read = read_bundle(folder)
    assert (read.info, read.model) == (bundle.info, bundle.model)
    assert read.golden.to_bytes() == bundle.golden.to_bytes()


def refused(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        digitlab.load_model(folder)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize("name", [MODEL, INFO, GOLDEN])
def test_a_missing_part_is_told(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refused(folder) == (
        f"the bundle {folder} cannot be used: {name} cannot be read\n  found: No such file or directory\n"
        "  to do: write it again: digitlab export RUN; or copy it again"
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_model_or_golden_answers_is_refused(folder: Path, data: st.DataObject) -> None:
    path = folder / data.draw(st.sampled_from([MODEL, GOLDEN]))
    whole = path.read_bytes()
    place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
    assert f"{path.name} has changed since the bundle was written\n  found: sha256 " in refused(folder)
    path.write_bytes(whole)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda inner: st.dictionaries(st.sampled_from(
        ["format", "classes", "preprocessing", "calibration", "origin", "sha256"]), inner), max_leaves=8
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_stands_in_bundle_json_is_a_plain_error(folder: Path, content: bytes) -> None:
    (folder / INFO).write_bytes(content)
    assert f"{INFO} is invalid\n  found: " in refused(folder)


@settings(max_examples=80)
@given(content=st.binary(max_size=300))
def test_whatever_stands_in_golden_npz_is_a_plain_error(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"golden\.npz is damaged\n  found: "):
        Golden.from_bytes(content, 10, Path(GOLDEN))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda arrays: {**arrays, "more": np.zeros(1)}, "unexpected arrays"),
        (lambda arrays: {**arrays, "images": np.zeros((20, 27, 28), np.uint8)}, "arrays of another form"),
        (lambda arrays: {**arrays, "images": np.zeros((0, 28, 28), np.uint8)}, "arrays of another form"),
        (lambda arrays: {**arrays, "images": arrays["images"].astype(float)}, "arrays of another form"),
    ],
)
def test_golden_arrays_of_another_form_are_refused(bundle: Bundle, change: Callable[..., Any], found: str) -> None:
    stream = io.BytesIO()
    np.savez(stream, **change(dataclasses.asdict(bundle.golden)))
    with pytest.raises(BundleError, match=f"golden.npz is damaged\n  found: {found}") as caught:
        Golden.from_bytes(stream.getvalue(), 10, Path(GOLDEN))
    assert caught.value.remedy == "write the bundle again: digitlab export RUN; or copy it again"


def test_packed_arrays_and_python_objects_are_refused(bundle: Bundle) -> None:
    packed, pickled = io.BytesIO(), io.BytesIO()
    np.savez_compressed(packed, **dataclasses.asdict(bundle.golden))
    np.savez(pickled, **{**dataclasses.asdict(bundle.golden), "images": np.array([{}])})
    for stream, found in ((packed, "compressed parts"), (pickled, "Object arrays cannot be loaded")):
        with pytest.raises(BundleError, match=found):
            Golden.from_bytes(stream.getvalue(), 10, Path(GOLDEN))


def test_a_part_that_is_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.MAX_BYTES, MODEL, 1_000)
    assert "model.onnx is too large\n  found: more than 0 MiB" in refused(folder)


@pytest.mark.timeout(30)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("name", [MODEL, INFO, GOLDEN])
def test_a_pipe_in_place_of_a_part_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert f"{name} is not a regular file\n  found: a pipe" in refused(folder)


def written(folder: Path, bundle: Bundle, content: bytes) -> Path:
    """The bundle with another model, its fingerprint set right."""
    info = bundle.info
    parts = {"classes": info.classes, "preprocessing": info.preprocessing, "calibration": info.calibration}
    write_bundle(folder, make_bundle(content, bundle.golden, origin=info.origin, **parts))  # type: ignore[arg-type]
    return folder


def test_other_weights_are_seen_by_the_golden_images(folder: Path, bundle: Bundle, kernel: np.ndarray) -> None:
    assert refused(written(folder, bundle, model(-kernel))) == (
        f"the bundle {folder} gives other answers than when it was written\n"
        "  found: other answers to 20 of the 20 golden images\n"
        "  to do: do not use it; write it again: digitlab export RUN"
    )


def test_another_preprocessing_is_seen_by_the_golden_pictures(folder: Path) -> None:
    info = json.loads((folder / INFO).read_text())
    info["preprocessing"]["centre"] = False
    (folder / INFO).write_text(json.dumps(info))
    assert "golden raw pictures, so the preprocessing differs" in refused(folder)


def test_a_model_that_reads_other_files_is_refused(folder: Path, bundle: Bundle) -> None:
    proto = onnx.load_model_from_string(bundle.model)
    tensor = proto.graph.initializer[-1]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")
    text = refused(written(folder, bundle, proto.SerializeToString()))
    assert f"the model of the bundle {folder} cannot be used\n  found: weights in other files, or sparse" in text


@pytest.mark.parametrize("content", [b"", b"\x08\x0anonsense", b"\x00" * 100])
def test_bytes_that_are_no_model_are_refused(folder: Path, bundle: Bundle, content: bytes) -> None:
    assert f"the model of the bundle {folder} cannot be used\n  found: " in refused(written(folder, bundle, content))
