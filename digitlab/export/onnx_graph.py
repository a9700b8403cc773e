"""An ONNX graph while it is written: nodes and constants, with names of its own that follow from their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 10  # the least that goes with this opset; older runtimes read it, too


class OnnxGraph:
    """Collects nodes; every node has one output, whose name is returned."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node of this kind; returns the name of what it computes."""
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        """A stored array; returns its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        """A stored int64 vector: what ONNX takes as shape, axes or places."""
        return self.constant(np.array(values, np.int64))

    def source(self, name: str) -> onnx.NodeProto | None:
        """The node that computes `name`; None for a constant or an input."""
        return next((node for node in self._nodes if node.output[0] == name), None)

    def finish(self, image: tuple[int, ...], results: dict[str, str], classes: int) -> bytes:
        """The whole model: images uint8 [N, *image] → a float32 [N, classes] for each name in `results`."""
        for public, name in results.items():
            self._nodes.append(helper.make_node("Identity", [name], [public], name=public))
        inputs = [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", *image])]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", classes]) for name in results]
        used = {name for node in self._nodes for name in node.input}
        constants = [tensor for tensor in self._constants if tensor.name in used]  # axes and shapes are written anew
        graph = helper.make_graph(self._nodes, "digitlab", inputs, outputs, constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="digitlab",
        )
        onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString(deterministic=True)
        return content
