"""TensorFlow's operations in ONNX: a function for each family, and the table of all.

Each takes the graph, the TensorFlow operation and the names of its inputs, and returns the name of its output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import helper

from digitlab.export.convolutions import CONVOLUTIONS
from digitlab.export.onnx_graph import OnnxGraph
from digitlab.export.static import known, refused

Convert = Callable[[OnnxGraph, Any, list[str]], str]


def _same(kind: str) -> Convert:
    return lambda graph, op, inputs: graph.add(kind, *inputs)


def _skip(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return inputs[0]


def _reduce(kind: str) -> Convert:
    def convert(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
        axes = graph.integers(*np.atleast_1d(known(op.inputs[1])).tolist())
        return graph.add(kind, inputs[0], axes, keepdims=int(op.get_attr("keep_dims")))

    return convert


def _matmul(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    flags = ("transpose_a", "transpose_b") if op.type == "MatMul" else ("adj_x", "adj_y")
    sides = []
    for name, tensor, flag in zip(inputs, op.inputs, flags, strict=True):
        rank = tensor.shape.rank
        swapped = [*range(rank - 2), rank - 1, rank - 2]
        sides.append(graph.add("Transpose", name, perm=swapped) if op.get_attr(flag) else name)
    return graph.add("MatMul", *sides)


def _cast(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return _to(graph, inputs[0], op.get_attr("DstT").as_numpy_dtype)


def _to(graph: OnnxGraph, name: str, kind: Any) -> str:
    return graph.add("Cast", name, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))


def _shape(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return _to(graph, graph.add("Shape", inputs[0]), op.outputs[0].dtype.as_numpy_dtype)


def _reshape(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return graph.add("Reshape", inputs[0], _to(graph, inputs[1], np.int64))


def _transpose(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return graph.add("Transpose", inputs[0], perm=known(op.inputs[1]).tolist())


def _expand(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return graph.add("Unsqueeze", inputs[0], graph.integers(int(known(op.inputs[1]))))


def _squeeze(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return graph.add("Squeeze", inputs[0], graph.integers(*op.get_attr("squeeze_dims")))


def _concatenate(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return graph.add("Concat", *inputs[:-1], axis=int(known(op.inputs[-1])))


def _pack(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    axis = op.get_attr("axis")
    return graph.add("Concat", *(graph.add("Unsqueeze", name, graph.integers(axis)) for name in inputs), axis=axis)


def _slice(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    """`tensor[1:, 0]`: ranges and single indices."""
    if op.get_attr("ellipsis_mask") or op.get_attr("new_axis_mask"):
        raise refused(op, "an ellipsis or a new axis")
    first, last, step = (known(tensor).tolist() for tensor in op.inputs[1:])
    axes = range(len(first))
    single = [axis for axis in axes if op.get_attr("shrink_axis_mask") >> axis & 1]
    largest = np.iinfo(np.int64).max
    starts = [0 if op.get_attr("begin_mask") >> axis & 1 else first[axis] for axis in axes]
    ends = [largest if op.get_attr("end_mask") >> axis & 1 else last[axis] for axis in axes]
    for axis in single:
        ends[axis] = starts[axis] + 1 or largest  # the index after −1 is the end
    part = graph.add("Slice", inputs[0], *(graph.integers(*values) for values in (starts, ends, axes, step)))
    return graph.add("Squeeze", part, graph.integers(*single)) if single else part


def _pad(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    widths = graph.integers(*known(op.inputs[1]).T.ravel().tolist())
    return graph.add("Pad", inputs[0], widths, *inputs[2:], mode="constant")


def _relu6(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return graph.add("Clip", inputs[0], _number(graph, 0), _number(graph, 6))


def _number(graph: OnnxGraph, value: float) -> str:
    return graph.constant(np.array(value, np.float32))


_SKIPPED = ("Identity", "StopGradient", "PreventGradient", "Snapshot", "EnsureShape", "CheckNumerics")
_ALIKE = (
    *("Abs", "Add", "Ceil", "Elu", "Equal", "Erf", "Exp", "Floor", "Greater", "Less", "Log", "LogSoftmax", "Mul"),
    *("Neg", "Pow", "Reciprocal", "Relu", "Selu", "Sigmoid", "Softmax", "Softplus", "Softsign", "Sqrt", "Sub", "Tanh"),
)
_RENAMED = {"AddV2": "Add", "BiasAdd": "Add", "Maximum": "Max", "Minimum": "Min", "RealDiv": "Div", "SelectV2": "Where"}

OPERATIONS: dict[str, Convert] = {
    **dict.fromkeys(_SKIPPED, _skip),
    **{name: _same(name) for name in _ALIKE},
    **{name: _same(kind) for name, kind in _RENAMED.items()},
    **{name: _reduce(f"Reduce{name}") for name in ("Mean", "Sum", "Max", "Min", "Prod")},
    **CONVOLUTIONS,
    "MatMul": _matmul,
    "BatchMatMulV2": _matmul,
    "Einsum": lambda graph, op, inputs: graph.add("Einsum", *inputs, equation=op.get_attr("equation").decode()),
    "Erfc": lambda graph, op, inputs: graph.add("Sub", _number(graph, 1), graph.add("Erf", *inputs)),
    "LeakyRelu": lambda graph, op, inputs: graph.add("LeakyRelu", *inputs, alpha=op.get_attr("alpha")),
    "Relu6": _relu6,
    "Rsqrt": lambda graph, op, inputs: graph.add("Reciprocal", graph.add("Sqrt", *inputs)),
    "Square": lambda graph, op, inputs: graph.add("Mul", inputs[0], inputs[0]),
    "SquaredDifference": lambda graph, op, inputs: graph.add("Pow", graph.add("Sub", *inputs), _number(graph, 2)),
    "Cast": _cast,
    "Shape": _shape,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "ExpandDims": _expand,
    "Squeeze": _squeeze,
    "ConcatV2": _concatenate,
    "Pack": _pack,
    "StridedSlice": _slice,
    "Pad": _pad,
    "PadV2": _pad,
}
