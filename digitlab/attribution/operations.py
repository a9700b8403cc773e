"""The operations of a bundle's model in NumPy, float64: linear ones and choices.

A choice (ReLU, max pooling) is two functions: one returns what each unit chooses, the other applies such a choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]
Attributes = dict[str, Any]


def _cast(inputs: list[Array], attributes: Attributes) -> Array:
    """All floats stay float64."""
    integers = {6: np.int32, 7: np.int64}
    return inputs[0].astype(integers.get(attributes["to"], np.float64))


def _reshape(inputs: list[Array], _: Attributes) -> Array:
    images, shape = inputs
    return images.reshape([images.shape[place] if side == 0 else side for place, side in enumerate(shape.tolist())])


def _slice(inputs: list[Array], _: Attributes) -> Array:
    images, starts, ends, axes, steps = inputs
    cut = [slice(None)] * images.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        cut[axis] = slice(start, end, step)
    return images[tuple(cut)]


def _padded(images: Array, pads: list[int], value: float) -> Array:
    top, left, bottom, right = pads
    return np.pad(images, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=value)


def _windows(images: Array, size: list[int], attributes: Attributes, value: float) -> Array:
    """[N, C, H, W] → [N, C, rows, columns, *size]: the window of a kernel at each place."""
    (down, across), (row_gap, column_gap) = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    reach = (size[0] - 1) * row_gap + 1, (size[1] - 1) * column_gap + 1
    padded = _padded(images, attributes.get("pads", [0, 0, 0, 0]), value)
    return sliding_window_view(padded, reach, axis=(2, 3))[:, :, ::down, ::across, ::row_gap, ::column_gap]


def _convolution(inputs: list[Array], attributes: Attributes) -> Array:
    images, kernel = inputs
    groups = attributes.get("group", 1)
    parts = zip(np.split(images, groups, axis=1), np.split(kernel, groups, axis=0), strict=True)
    maps = []
    for part, weights in parts:
        seen = _windows(part, list(kernel.shape[2:]), attributes, 0.0)
        maps.append(np.tensordot(seen, weights, axes=([1, 4, 5], [1, 2, 3])))  # [N, rows, columns, out]
    return np.concatenate(maps, axis=3).transpose(0, 3, 1, 2)


def _mean_pool(inputs: list[Array], attributes: Attributes) -> Array:
    """Padding does not count."""
    size = attributes["kernel_shape"]
    total = _windows(inputs[0], size, attributes, 0.0).sum(axis=(4, 5))
    counted: Array = total / _windows(np.ones_like(inputs[0][:1, :1]), size, attributes, 0.0).sum(axis=(4, 5))
    return counted


def _normalisation(inputs: list[Array], attributes: Attributes) -> Array:
    images, scale, shift, mean, variance = inputs
    factor = scale / np.sqrt(variance + attributes["epsilon"])
    scaled: Array = images * factor[:, None, None] + (shift - mean * factor)[:, None, None]
    return scaled


def _reduce(function: Callable[..., Array]) -> Callable[[list[Array], Attributes], Array]:
    return lambda inputs, attributes: function(
        inputs[0], axis=tuple(inputs[1].tolist()), keepdims=bool(attributes["keepdims"])
    )


LINEAR: dict[str, Callable[[list[Array], Attributes], Array]] = {
    "Add": lambda inputs, _: inputs[0] + inputs[1],
    "AveragePool": _mean_pool,
    "BatchNormalization": _normalisation,
    "Cast": _cast,
    "Concat": lambda inputs, attributes: np.concatenate(inputs, axis=attributes["axis"]),
    "Conv": _convolution,
    "Div": lambda inputs, _: inputs[0] / inputs[1],
    "Identity": lambda inputs, _: inputs[0],
    "MatMul": lambda inputs, _: inputs[0] @ inputs[1],
    "Mul": lambda inputs, _: inputs[0] * inputs[1],
    "Neg": lambda inputs, _: -inputs[0],
    "ReduceMean": _reduce(np.mean),
    "ReduceSum": _reduce(np.sum),
    "Reshape": _reshape,
    "Shape": lambda inputs, _: np.array(inputs[0].shape, np.int64),
    "Slice": _slice,
    "Squeeze": lambda inputs, _: np.squeeze(inputs[0], axis=tuple(inputs[1].tolist())),
    "Sub": lambda inputs, _: inputs[0] - inputs[1],
    "Transpose": lambda inputs, attributes: inputs[0].transpose(attributes["perm"]),
    "Unsqueeze": lambda inputs, _: np.expand_dims(inputs[0], axis=tuple(inputs[1].tolist())),
}


# Allowed only for constants, such as the variances of batch normalisation.
FIXED: dict[str, Callable[[list[Array], Attributes], Array]] = {
    "Reciprocal": lambda inputs, _: 1 / inputs[0],
    "Sqrt": lambda inputs, _: np.sqrt(inputs[0]),
}


def _argmax(images: Array, attributes: Attributes) -> Array:
    seen = _windows(images, attributes["kernel_shape"], attributes, -math.inf)
    places: Array = seen.reshape(*seen.shape[:4], -1).argmax(axis=4)
    return places


def _take(images: Array, places: Array, attributes: Attributes) -> Array:
    seen = _windows(images, attributes["kernel_shape"], attributes, 0.0)
    rows = seen.reshape(*seen.shape[:4], -1)
    taken: Array = np.take_along_axis(rows, np.broadcast_to(places, rows.shape[:4])[..., None], axis=4)[..., 0]
    return taken


# How a choice is made, on one image; how it is applied, on many.
CHOICES: dict[str, tuple[Callable[[Array, Attributes], Array], Callable[[Array, Array, Attributes], Array]]] = {
    "LeakyRelu": (
        lambda value, attributes: np.where(value > 0, 1.0, attributes["alpha"]),
        lambda value, held, _: value * held,
    ),
    "MaxPool": (_argmax, _take),
    "Relu": (lambda value, _: (value > 0).astype(np.float64), lambda value, held, _: value * held),
}
