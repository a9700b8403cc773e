"""Keras → ONNX: the model's own TensorFlow graph, with its weights in it, written operation by operation.

So it does not matter how the model was put together: layers, a class with a `call` of its own, or plain TensorFlow.
Whether the outcome answers as the model does is not taken on trust: `parity` tries it.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from digitlab.export.onnx_graph import OnnxGraph
from digitlab.export.operations import OPERATIONS
from digitlab.export.serving import frozen_function
from digitlab.export.static import refused
from digitlab.training.setup import Trainable

_TAKEN_APART = dict.fromkeys(("Const", "Placeholder", "IdentityN", "NoOp"))  # by `_converted` itself


def to_onnx(trainable: Trainable) -> bytes:
    """The model as ONNX: images uint8 [N, *shape] → `probabilities` and, where a softmax makes them, its `evidence`.

    Raises:
        ExportError: it does something that has no counterpart in ONNX.
    """
    frozen, graph = frozen_function(trainable), OnnxGraph()
    operations = frozen.graph.get_operations()
    for op in operations:
        if op.type not in OPERATIONS | _TAKEN_APART:
            raise refused(op)
    names = {frozen.inputs[0].name: "images"}
    for op in operations:
        names |= zip((tensor.name for tensor in op.outputs), _converted(graph, op, names), strict=True)
    (answer,) = frozen.outputs
    return graph.finish(trainable.spec.shape, _results(graph, names[answer.name]), int(answer.shape[-1]))


def _converted(graph: OnnxGraph, op: Any, names: dict[str, str]) -> list[str]:
    """What the outputs of one operation are called in the new graph."""
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
