"""The model of a bundle once more, in float64 with NumPy: exact enough to account for an answer pixel by pixel.

A network of weighted sums, ReLU and maximum pooling is linear around every image: which units are on, and which of a
pool's pixels is the greatest, does not change nearby.  `Held` remembers these choices at one image; with them held, the
network is an affine function of the pixels, whose weights and bias can be read off.
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
PIECEWISE = "digitlab explain accounts for Dense, Conv, ReLU, pooling and batch normalisation"


class LinearNetwork:
    """An ONNX model up to its `evidence`, run in float64.

    Args:
        model: the bytes of its file, checked before by `runtime.bundle`.

    Raises:
        UsageError: it has a part that is not linear anywhere, as a sigmoid.
    """

    def __init__(self, model: bytes) -> None:
        graph = onnx.load_model_from_string(model).graph
        self._constants = {tensor.name: _wide(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
        self._nodes = _needed(graph)
        for node in self._nodes:
            if node.op_type not in {*LINEAR, *FIXED, *CHOICES}:
                raise _not_linear(node.op_type)

    def choices(self, image: Array) -> tuple[Array, dict[str, Array]]:
        """Evidence float64 [classes] of one image, and which way every unit went."""
        held: dict[str, Array] = {}
        return self._run(image[None], held, record=True)["evidence"][0], held

    def affine(self, images: Array, held: dict[str, Array]) -> Array:
        """Evidence [N, classes] of images [N, *shape] with every unit held where it was."""
        return self._run(images, held, record=False)["evidence"]

    def layers(self, image: Array) -> list[tuple[str, Array]]:
        """What every ReLU and every pooling passes on for one image, with the operation's name, in order."""
        values = self._run(image[None], {}, record=True)
        return [(node.op_type, values[node.output[0]][0]) for node in self._nodes if node.op_type in CHOICES]

    @property
    def has_convolutions(self) -> bool:
        """Whether to send a pixel through it alone takes long."""
        return any(node.op_type == "Conv" for node in self._nodes)

    def _run(self, images: Array, held: dict[str, Array], *, record: bool) -> dict[str, Array]:
        """Every value in the network, by its name."""
        values: dict[str, Array] = {**self._constants, "images": images.astype(np.float64)}
        pictured = {"images"}  # the values that depend on the pixels
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
    """A sum of two values that depend on the pixels is linear; their product is not, nor the root of one."""
    if kind in FIXED and any(depends):
        raise _not_linear(kind)
    if (kind in ("Mul", "MatMul") and sum(depends) > 1) or (kind in ("Div", "Conv") and any(depends[1:])):
        raise _not_linear(f"{kind} of two values that both depend on the picture")


def _wide(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _not_linear(found: str) -> UsageError:
    return UsageError(
        "the answers of this network cannot be accounted for pixel by pixel",
        found=found,
        remedy=f"{PIECEWISE}; the rest of the page stands",
    )
