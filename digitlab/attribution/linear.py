"""The model of a bundle in float64 with NumPy, precise enough to attribute an answer to its pixels.

A network of weighted sums, ReLU and max pooling is linear around every image: nearby, the same units are active and the
same pixel of each pool is the maximum.  With these choices held, the network is an affine function of the pixels, with
weights and a bias.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from digitlab.attribution.operations import CHOICES, FIXED, LINEAR
from digitlab.errors import UsageError

Array = NDArray[Any]
PIECEWISE = "digitlab explain supports Dense, Conv, ReLU, pooling and batch normalisation"


class LinearNetwork:
    """An ONNX model up to its `evidence`, run in float64.

    Args:
        model: the bytes of its file, checked by `runtime.bundle`.

    Raises:
        UsageError: an operation is not piecewise linear, such as a sigmoid.
    """

    def __init__(self, model: bytes) -> None:
        graph = onnx.load_model_from_string(model).graph
        self._constants = {tensor.name: _wide(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
        self._nodes = _needed(graph)
        for node in self._nodes:
            if node.op_type not in {*LINEAR, *FIXED, *CHOICES}:
                raise _not_linear(node.op_type)

    def choices(self, image: Array) -> tuple[Array, dict[str, Array]]:
        """Evidence float64 [classes] of one image, and the choice of every unit."""
        held: dict[str, Array] = {}
        return self._run(image[None], held, record=True)["evidence"][0], held

    def affine(self, images: Array, held: dict[str, Array]) -> Array:
        """Evidence [N, classes] of images [N, *shape] with all choices held."""
        return self._run(images, held, record=False)["evidence"]

    def layers(self, image: Array) -> list[tuple[str, Array]]:
        """The output of every ReLU and max pooling for one image, with the operation's name, in order."""
        values = self._run(image[None], {}, record=True)
        return [(node.op_type, values[node.output[0]][0]) for node in self._nodes if node.op_type in CHOICES]

    @property
    def has_convolutions(self) -> bool:
        """Whether passing pixels through one at a time is slow."""
        return any(node.op_type == "Conv" for node in self._nodes)

    def _run(self, images: Array, held: dict[str, Array], *, record: bool) -> dict[str, Array]:
        """Every value in the network, by its name."""
        values: dict[str, Array] = {**self._constants, "images": images.astype(np.float64)}
        pictured = {"images"}  # names of values that depend on the pixels
        for node in self._nodes:
            inputs, (name,) = [values[key] for key in node.input], node.output
            depends = [key in pictured for key in node.input]
            attributes = {part.name: onnx.helper.get_attribute_value(part) for part in node.attribute}
            if node.op_type in CHOICES:
                choose, hold = CHOICES[node.op_type]
                if record:
                    held[name] = choose(inputs[0], attributes)
                values[name] = hold(inputs[0], held[name], attributes)
            else:
                _refuse_curves(node.op_type, depends)
                values[name] = (LINEAR | FIXED)[node.op_type](inputs, attributes)
            if any(depends) and node.op_type != "Shape":
                pictured.add(name)
        return values


def _needed(graph: Any) -> list[Any]:
    """The nodes that lead to the evidence, in order."""
    wanted, nodes = {"evidence"}, []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            nodes.append(node)
    if not nodes:
        raise _not_linear("an answer without a softmax at its end")
    return nodes[::-1]


def _refuse_curves(kind: str, depends: list[bool]) -> None:
    """A sum of two values that depend on the pixels is linear; a product of two or a root of one is not."""
    if kind in FIXED and any(depends):
        raise _not_linear(kind)
    if (kind in ("Mul", "MatMul") and sum(depends) > 1) or (kind in ("Div", "Conv") and any(depends[1:])):
        raise _not_linear(f"{kind} of two values that both depend on the picture")


def _wide(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _not_linear(found: str) -> UsageError:
    return UsageError(
        "the answers of this network cannot be attributed to pixels",
        found=found,
        remedy=f"{PIECEWISE}; the rest of the page is valid",
    )
