"""Convolution, pooling and batch normalisation in ONNX.

TensorFlow has the channels last, ONNX second; so each stands between two transposes, which the runtime merges.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from digitlab.export.onnx_graph import OnnxGraph
from digitlab.export.static import known, refused

TO_SECOND, TO_LAST = [0, 3, 1, 2], [0, 2, 3, 1]


def _convolution(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    kernel = known(op.inputs[1])  # [height, width, channels in, channels out]
    groups = int(op.inputs[0].shape[3]) // kernel.shape[2]
    return _spatial(graph, op, inputs[0], kernel.transpose(3, 2, 0, 1), groups)


def _depthwise(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    kernel = known(op.inputs[1])  # [height, width, channels, multiplier]
    height, width, channels, multiplier = kernel.shape
    stacked = kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return _spatial(graph, op, inputs[0], stacked, channels)


def _spatial(graph: OnnxGraph, op: Any, images: str, kernel: Any, groups: int) -> str:
    strides, dilations = op.get_attr("strides")[1:3], op.get_attr("dilations")[1:3]
    reach = [(size - 1) * gap + 1 for size, gap in zip(kernel.shape[2:], dilations, strict=True)]
    sizes = {"strides": strides, "dilations": dilations, "group": groups, "pads": _pads(op, reach, strides)}
    return _channels_second(graph, "Conv", images, graph.constant(kernel), **sizes)


def _pool(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    size, strides = op.get_attr("ksize")[1:3], op.get_attr("strides")[1:3]
    kind = {"MaxPool": "MaxPool", "AvgPool": "AveragePool"}[op.type]
    sizes = {"kernel_shape": size, "strides": strides, "pads": _pads(op, size, strides)}
    return _channels_second(graph, kind, inputs[0], **sizes)


def _normalisation(graph: OnnxGraph, op: Any, inputs: list[str]) -> str:
    return _channels_second(graph, "BatchNormalization", *inputs, epsilon=op.get_attr("epsilon"))


def _channels_second(graph: OnnxGraph, kind: str, images: str, *others: str, **attributes: Any) -> str:
    """An operation of ONNX on images of TensorFlow."""
    result = graph.add(kind, graph.add("Transpose", images, perm=TO_SECOND), *others, **attributes)
    return graph.add("Transpose", result, perm=TO_LAST)


def _pads(op: Any, reach: list[int], strides: list[int]) -> list[int]:
    """Rows above, columns left, rows below, columns right; "same" puts the odd one below and right."""
    if op.get_attr("data_format") != b"NHWC":
        raise refused(op, "channels first")
    padding = op.get_attr("padding")
    if padding == b"VALID":
        return [0, 0, 0, 0]
    sides = op.inputs[0].shape[1:3]
    if padding != b"SAME" or any(side is None and stride > 1 for side, stride in zip(sides, strides, strict=True)):
        raise refused(op, "padding that depends on the size of the images")
    totals = [
        size - 1 if stride == 1 else max((-(-side // stride) - 1) * stride + size - side, 0)
        for side, size, stride in zip(sides, reach, strides, strict=True)
    ]
    before = [total // 2 for total in totals]
    return [*before, *(np.array(totals) - before).tolist()]


CONVOLUTIONS = {
    "Conv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "MaxPool": _pool,
    "AvgPool": _pool,
    "FusedBatchNormV3": _normalisation,
}
