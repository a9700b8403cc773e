"""A bundle that was written by hand with nothing but ONNX: ten weighted sums and a softmax."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitlab.export.onnx_graph import OnnxGraph
from digitlab.preprocess.settings import Digits
from digitlab.runtime.bundle import Bundle, Origin, make_bundle, write_bundle
from digitlab.runtime.golden import Golden
from digitlab.runtime.network import Network
from digitlab.runtime.verdict import Calibration

CALIBRATION = Calibration(temperature=1.0, least_strength=0.0, least_probability=0.5)


def model(kernel: np.ndarray) -> bytes:
    graph = OnnxGraph()
    scaled = graph.add("Div", graph.add("Cast", "images", to=1), graph.constant(np.array(255, np.float32)))
    rows = graph.add("Reshape", scaled, graph.integers(-1, 784))
    evidence = graph.add("MatMul", rows, graph.constant(kernel.astype(np.float32)))
    return graph.finish((28, 28), {"probabilities": graph.add("Softmax", evidence), "evidence": evidence}, [10])


@pytest.fixture(scope="session")
def kernel() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((784, 10)) / 10


@pytest.fixture(scope="session")
def bundle(kernel: np.ndarray, digits_pictures: np.ndarray) -> Bundle:
    content = model(kernel)
    predict = Network(content, "hand").probabilities
    return make_bundle(
        content,
        Golden.answered(digits_pictures[:20], digits_pictures[20:30], Digits(), predict),
        classes=tuple("0123456789"),
        preprocessing=Digits(),
        calibration=CALIBRATION,
        origin=Origin(
            run="hand", recipe="hand", seed=0, epochs=0, dataset="none", dataset_sha256="", validation_accuracy=0.1,
            versions={},
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def digits_pictures() -> np.ndarray:
    from digitlab.data import synthetic

    return synthetic.generate(3, train=100, test=10).train.images


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    write_bundle(tmp_path / "bundle", bundle)
    return tmp_path / "bundle"
