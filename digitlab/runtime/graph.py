"""What a model file may contain, looked at before the runtime sees it: what digitlab's export writes, and no more.

No loops, no parts with code of their own, no other files; and no shape depends on what a picture shows, so that whoever
tries a model once with each number of images knows how much memory and time it takes.
"""

from __future__ import annotations

from typing import Any

import onnx

OPERATIONS = {
    *("Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Clip", "Concat", "Conv"),
    *("Div", "Einsum", "Elu", "Equal", "Erf", "Exp", "Floor", "Greater", "Identity"),
    *("LeakyRelu", "Less", "Log", "LogSoftmax", "MatMul", "Max", "MaxPool", "Min", "Mul"),
    *("Neg", "Pad", "Pow", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"),
    *("Relu", "Reshape", "Selu", "Shape", "Sigmoid", "Slice", "Softmax", "Softplus", "Softsign"),
    *("Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where"),
}
MOST_OPERATIONS = 5_000  # a residual network of 50 layers has 800
# Their inputs but the first say how the outcome is shaped.
_SHAPING = {
    *("Pad", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Reshape", "Slice", "Squeeze"),
    "Unsqueeze",
}
_PLAIN = frozenset({1, 2, 3, 6, 7, 8})  # types of an attribute: numbers and texts, one or several


def complaint(model: bytes) -> str | None:
    """What in a model file no export of ours has written; None where there is nothing."""
    try:
        proto = onnx.ModelProto.FromString(model)
    except Exception:  # of a kind of its own, which is not documented
        return "bytes that are no ONNX model"
    graph = proto.graph
    if proto.functions or proto.training_info or graph.sparse_initializer:
        return "a part that digitlab never writes: functions, training or sparse weights"
    if any(tensor.external_data or tensor.data_location for tensor in graph.initializer):
        return "weights in other files"
    if len(graph.node) > MOST_OPERATIONS:
        return f"{len(graph.node):,} operations, more than {MOST_OPERATIONS:,}"
    return next(filter(None, map(_strange, graph.node)), None) or _order_and_shapes(graph)


def _strange(node: Any) -> str | None:
    """What is wrong with one operation by itself."""
    if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATIONS:
        return f"an operation that digitlab never writes: {node.op_type[:60]!r}"
    if any(attribute.type not in _PLAIN for attribute in node.attribute):
        return f"an attribute of {node.op_type} that is neither numbers nor text"
    return None


def _order_and_shapes(graph: Any) -> str | None:
    """Whether each operation uses what is there before it, and none is shaped by the pixels."""
    known = {"", *(value.name for value in graph.input), *(tensor.name for tensor in graph.initializer)}
    pictured = {value.name for value in graph.input}  # what depends on the pixels
    for node in graph.node:
        if not known.issuperset(node.input):
            return f"an operation {node.op_type} whose input nothing has made before"
        if node.op_type in _SHAPING and pictured.intersection(node.input[1:]):
            return f"an operation {node.op_type} whose outcome has a shape that depends on the picture"
        known.update(node.output)
        if node.op_type != "Shape" and pictured.intersection(node.input):
            pictured.update(node.output)
    return None
