"""Keras → ONNX: the model's frozen TensorFlow graph, converted operation by operation.

So layers, a class with its own `call` and plain TensorFlow are all alike.  `parity` tests the result.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from digitlab.export.onnx_graph import OnnxGraph
from digitlab.export.operations import OPERATIONS
from digitlab.export.serving import frozen_function, frozen_graph
from digitlab.export.static import refused
from digitlab.training.setup import Trainable

_STRUCTURE = {"Const", "Placeholder", "IdentityN", "NoOp"}  # handled by `_converted` itself


def to_onnx(trainable: Trainable) -> bytes:
    """The model as ONNX: images uint8 [N, *shape] → `probabilities`, and `evidence` (logits) if a softmax comes last.

    Raises:
        ExportError: an operation has no counterpart in ONNX.
    """
    graph, names = converted(frozen := frozen_function(trainable))
    (answer,) = frozen.outputs
    return graph.finish(trainable.spec.shape, _results(graph, names[answer.name]), [int(answer.shape[-1])])


def line_reader_to_onnx(model: Any) -> bytes:
    """A network of `models.lines` as ONNX: strips uint8 [N, height, width] → `probabilities` [N, places, classes].

    Raises:
        ExportError: it does something that has no counterpart in ONNX.
    """
    height, classes = model.input_shape[1], model.output_shape[-1]

    @tf.function(input_signature=[tf.TensorSpec([None, height, None], tf.uint8)], jit_compile=False)
    def serve(strips: tf.Tensor) -> tf.Tensor:
        return tf.nn.softmax(model(tf.expand_dims(tf.cast(strips, tf.float32), -1) / 255.0, training=False))

    frozen = frozen_graph(serve)
    graph, names = converted(frozen)
    (answer,) = frozen.outputs
    return graph.finish([height, "width"], {"probabilities": names[answer.name]}, ["places", classes])


def converted(frozen: Any) -> tuple[OnnxGraph, dict[str, str]]:
    """The operations of a frozen function, and what its tensors are called among them."""
    graph = OnnxGraph()
    operations = frozen.graph.get_operations()
    for op in operations:
        if op.type not in {*OPERATIONS, *_STRUCTURE}:
            raise refused(op)
    names = {frozen.inputs[0].name: "images"}
    for op in operations:
        names |= zip((tensor.name for tensor in op.outputs), _converted(graph, op, names), strict=True)
    return graph, names


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
