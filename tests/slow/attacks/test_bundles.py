"""Bundles that burn time when they are read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx

from digitlab.data.dataset import Split
from tests.serve.test_reload import refused_while_others_are_read


def compute_for_minutes(graph: Any) -> None:
    """2 MB for 10 minutes: a thousand times the product of two matrices, before any image is there."""
    side = 700
    weights = np.random.default_rng(0).random((side, side), np.float32) / side
    graph.initializer.append(onnx.numpy_helper.from_array(weights, "m0"))
    for number in range(4_000):
        graph.node.insert(number, onnx.helper.make_node("MatMul", [f"m{number}", "m0"], [f"m{number + 1}"]))
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([0, 1]), "axes"))
    graph.node.append(onnx.helper.make_node("ReduceMean", ["m4000", "axes"], ["mean"], keepdims=0))
    graph.node[-2].output[0] = "before"
    graph.node.append(onnx.helper.make_node("Add", ["before", "mean"], ["evidence"]))


def test_one_that_computes_for_minutes_is_ended(held_out: Split, tmp_path: Path) -> None:
    refused_while_others_are_read(tmp_path, held_out.images, [compute_for_minutes])
