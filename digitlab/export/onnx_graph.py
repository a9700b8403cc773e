"""A builder of ONNX graphs: nodes and constants, named by their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 10  # the lowest for this opset, which older runtimes read too


class OnnxGraph:
    """Collects nodes, each with one output."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node of this kind; returns the name of its output."""
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        """Store an array; returns its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        """Store an int64 vector, such as a shape or axes; returns its name."""
        return self.constant(np.array(values, np.int64))

    def source(self, name: str) -> onnx.NodeProto | None:
        """The node that computes `name`; None for a constant or an input."""
        return next((node for node in self._nodes if node.output[0] == name), None)

    def finish(self, image: Sequence[int | str], results: dict[str, str], answer: Sequence[int | str]) -> bytes:
        """The whole model: images uint8 [N, *image] → a float32 [N, *answer] for each name in `results`.

        A side that is a name may have any length.
        """
        for public, name in results.items():
            self._nodes.append(helper.make_node("Identity", [name], [public], name=public))
        inputs = [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", *image])]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *answer]) for name in results]
        used = {name for node in self._nodes for name in node.input}
        constants = [tensor for tensor in self._constants if tensor.name in used]  # axes and shapes were rewritten
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
