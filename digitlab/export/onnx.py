"""Keras → ONNX: the model's frozen TensorFlow graph, converted operation by operation.

So layers, a class with its own `call` and plain TensorFlow are all alike.  `parity` tests the result.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from digitlab.export.onnx_graph import OnnxGraph
from digitlab.export.operations import OPERATIONS
from digitlab.export.serving import frozen_function
from digitlab.export.static import refused
from digitlab.training.setup import Trainable

_STRUCTURE = {"Const", "Placeholder", "IdentityN", "NoOp"}  # handled by `_converted` itself


def to_onnx(trainable: Trainable) -> bytes:
    """The model as ONNX: images uint8 [N, *shape] → `probabilities`, and `evidence` (logits) if a softmax comes last.

    Raises:
        ExportError: an operation has no counterpart in ONNX.
    """
    frozen, graph = frozen_function(trainable), OnnxGraph()
    operations = frozen.graph.get_operations()
    for op in operations:
        if op.type not in {*OPERATIONS, *_STRUCTURE}:
            raise refused(op)
    names = {frozen.inputs[0].name: "images"}
    for op in operations:
        names |= zip((tensor.name for tensor in op.outputs), _converted(graph, op, names), strict=True)
    (answer,) = frozen.outputs
    return graph.finish(trainable.spec.shape, _results(graph, names[answer.name]), int(answer.shape[-1]))


def _converted(graph: OnnxGraph, op: Any, names: dict[str, str]) -> list[str]:
    """The names of the outputs of one operation in the ONNX graph."""
    inputs = [names[tensor.name] for tensor in op.inputs]
    if op.type == "Const":
        return [graph.constant(tf.make_ndarray(op.get_attr("value")))]
    if op.type == "Placeholder":
        return [names[tensor.name] for tensor in op.outputs]
    if op.type in ("IdentityN", "NoOp"):
        return inputs
    return [OPERATIONS[op.type](graph, op, inputs), *[""] * (len(op.outputs) - 1)]


def _results(graph: OnnxGraph, probabilities: str) -> dict[str, str]:
    node = graph.source(probabilities)
    evidence = {"evidence": node.input[0]} if node is not None and node.op_type == "Softmax" else {}
    return {"probabilities": probabilities, **evidence}
