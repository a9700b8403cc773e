"""Model files that no export of ours has written: refused before the runtime sees them, or bounded when it does."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import digitlab
from digitlab.errors import BundleError
from digitlab.runtime import graph
from digitlab.runtime.bundle import MODEL, Bundle, make_bundle, write_bundle
from digitlab.runtime.golden import Golden
from digitlab.runtime.network import Network
from digitlab.runtime.places import INFO, SHIPPED

Change = Callable[[Any], None]


def changed(bundle: Bundle, change: Change) -> bytes:
    proto = onnx.load_model_from_string(bundle.model)
    change(proto.graph)
    return bytes(proto.SerializeToString())


def refused(model: bytes) -> str:
    with pytest.raises(BundleError) as caught:
        Network(model, "hostile", threads=1).try_sizes((1, 2, 16, 250), 10)
    problem, found, remedy = str(caught.value).split("\n")
    assert problem == "the model of the bundle hostile cannot be used"
    assert remedy == "  to do: write it again: digitlab export RUN"
    return found


def loops(graph: Any) -> None:
    body = helper.make_graph([], "body", [], [])
    graph.node.insert(0, helper.make_node("Loop", ["", ""], ["never"], body=body))


def runs_code_of_others(graph: Any) -> None:
    graph.node.insert(0, helper.make_node("Gelu", ["images"], ["x"], domain="com.microsoft"))


def hides_a_graph(graph: Any) -> None:
    graph.node[0].attribute.append(helper.make_attribute("g", helper.make_graph([], "inside", [], [])))


def is_shaped_by_pixels(graph: Any) -> None:
    graph.node.extend(
        [
            helper.make_node("Cast", ["images"], ["s"], to=TensorProto.INT64),
            helper.make_node("Reshape", ["s", "s"], ["z"]),
        ]
    )


def uses_what_comes_later(graph: Any) -> None:
    graph.node.insert(0, helper.make_node("Identity", ["probabilities"], ["early"]))


def has_many_operations(graph: Any) -> None:
    graph.node.extend(helper.make_node("Identity", ["images"], [f"i{number}"]) for number in range(6_000))


def doubles_itself(graph: Any) -> None:
    """25 kB for 100 GB: the pixels beside themselves, again and again."""
    add(graph, "flat", np.array([-1, 784]), "last", np.array([1]))
    graph.node.append(helper.make_node("Reshape", ["images", "flat"], ["d0"]))
    for number in range(27):
        graph.node.append(helper.make_node("Concat", [f"d{number}"] * 2, [f"d{number + 1}"], axis=1))
    graph.node.append(helper.make_node("Cast", ["d27"], ["floats"], to=TensorProto.FLOAT))
    graph.node.append(helper.make_node("ReduceMean", ["floats", "last"], ["evidence"], keepdims=1))


def gives_another_shape(graph: Any) -> None:
    add(graph, "few", np.array([0]), "end", np.array([5]), "axis", np.array([1]))
    graph.node.append(helper.make_node("Slice", ["probabilities", "few", "end", "axis"], ["evidence"]))


def gives_no_numbers(graph: Any) -> None:
    add(graph, "nothing", np.float32(0))
    graph.node.append(helper.make_node("Div", ["nothing", "nothing"], ["nan"]))
    graph.node.append(helper.make_node("Add", ["probabilities", "nan"], ["evidence"]))


def fails_at_two_images(graph: Any) -> None:
    add(graph, "ones", np.ones((1, 10), np.float32), "form", np.array([1, 10]))
    graph.node.append(helper.make_node("Reshape", ["probabilities", "form"], ["evidence"]))


def add(graph: Any, *parts: Any) -> None:
    for name, array in zip(parts[::2], parts[1::2], strict=True):
        graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
    del graph.node[-1]  # what gives the evidence


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (loops, "an operation that digitlab never writes: 'Loop'"),
        (runs_code_of_others, "an operation that digitlab never writes: 'Gelu'"),
        (hides_a_graph, "an attribute of Cast that is neither numbers nor text"),
        (is_shaped_by_pixels, "an operation Reshape with a shape that depends on the pixels"),
        (uses_what_comes_later, "an operation Identity whose input does not exist"),
        (has_many_operations, "operations, not 1 to 5,000"),
        (doubles_itself, "Concat"),
        (gives_another_shape, "'evidence' is float32 [1, 5] for 1 images and 10 classes"),
        (gives_no_numbers, "'evidence' has NaN or infinite values"),
        (fails_at_two_images, "Reshape"),
    ],
)
def test_what_no_export_writes_is_refused(bundle: Bundle, change: Change, found: str) -> None:
    assert found in refused(changed(bundle, change))


@pytest.mark.parametrize("name", ["softmax", "mlp-128", "robust"])
def test_what_is_shipped_is_read_as_the_library_reads_it(name: str) -> None:
    content = (SHIPPED / name / MODEL).read_bytes()
    assert graph.complaint(content) is None
    proto = onnx.load_model_from_string(content)
    for node in proto.graph.node:
        node.op_type = "Foreign"
        assert graph.complaint(proto.SerializeToString()) == "an operation that digitlab never writes: 'Foreign'"
        node.op_type = "Identity"


def test_a_graph_in_two_parts_is_one(bundle: Bundle) -> None:
    """Protobuf joins the parts, so what is hidden in the second counts."""
    second = onnx.ModelProto()
    second.graph.node.append(helper.make_node("Loop", ["", ""], ["x"]))
    assert graph.complaint(bundle.model + second.SerializeToString()) == (
        "an operation that digitlab never writes: 'Loop'"
    )


@given(st.binary(max_size=200), st.data())
def test_any_bytes_are_told_soon(bundle: Bundle, noise: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(bundle.model) - 1))
    for content in (noise, bundle.model[:place] + noise + bundle.model[place + len(noise) :]):
        assert graph.complaint(content) is None or len(str(graph.complaint(content))) < 200


def test_many_small_fields_are_not_walked_through() -> None:
    tensor = b"\x38\x01" * 2_000_000  # numbers of a weight, each a field of its own
    inside = b"\x2a" + varint(len(tensor)) + tensor
    node = b"\x0a\x00"
    content = b"\x3a" + varint(len(node + inside)) + node + inside
    begun = time.process_time()
    assert graph.complaint(content) == "more than 1,000,000 fields"
    assert time.process_time() - begun < 10


def varint(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def test_memory_has_an_end(bundle: Bundle, tmp_path: Path) -> None:
    """The bomb of above takes no more than the limit of the runtime, 2 GiB."""
    (tmp_path / "bomb.onnx").write_bytes(changed(bundle, doubles_itself))
    program = (
        "import sys; from pathlib import Path\n"
        "from digitlab.runtime.network import Network\n"
        "from digitlab.errors import BundleError\n"
        "try: Network(Path(sys.argv[1]).read_bytes(), 'b', 1).try_sizes((1,), 10)\n"
        # VmHWM, since ru_maxrss begins with what the process that started this one has taken
        "except BundleError: print(*Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[:1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "bomb.onnx"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""  # nor does the runtime write about it
    assert int(done.stdout) < 2_500 * 1024  # KiB


def test_all_that_the_export_writes_may_be_loaded() -> None:
    pytest.importorskip("tensorflow")
    from digitlab.export import convolutions, operations

    text = inspect.getsource(operations) + inspect.getsource(convolutions)
    written = set(re.findall(r'add\(\s*"(\w+)"', text)) | set(operations._RENAMED.values()) | set(operations._ALIKE)
    written |= {f"Reduce{name}" for name in ("Mean", "Sum", "Max", "Min", "Prod")} | {"MaxPool", "AveragePool"}
    assert len(written) > 40
    assert written <= graph.OPERATIONS


def with_pictures(bundle: Bundle, pictures: np.ndarray) -> Bundle:
    golden, info = bundle.golden, bundle.info
    answers = np.zeros((len(pictures), 10), np.float32)
    return make_bundle(
        bundle.model,
        Golden(golden.images, golden.image_probabilities, pictures, answers),
        classes=info.classes,
        preprocessing=info.preprocessing,
        calibration=info.calibration,
        origin=info.origin,
    )


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ((200_000, 5, 5), r"golden\.npz is damaged\n  found: arrays of another form"),
        ((3, 0, 5), r"gives other answers than when it was written\n  found: UsageError: the array is not a picture"),
    ],
)
def test_golden_pictures_are_few_and_pictures(
    bundle: Bundle, tmp_path: Path, shape: tuple[int, ...], problem: str
) -> None:
    write_bundle(tmp_path / "bundle", with_pictures(bundle, np.zeros(shape, np.uint8)))
    with pytest.raises(BundleError, match=problem):
        digitlab.load_model(tmp_path / "bundle")


@pytest.mark.parametrize("temperature", [5e-324, 0.001, 1e9])
def test_a_temperature_that_no_export_sets(folder: Path, temperature: float) -> None:
    info = json.loads((folder / INFO).read_text())
    info["calibration"]["temperature"] = temperature
    (folder / INFO).write_text(json.dumps(info))
    with pytest.raises(BundleError, match=r"bundle\.json is invalid"):
        digitlab.load_model(folder)
