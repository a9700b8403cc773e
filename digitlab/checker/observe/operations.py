"""The operations of a traced model, whether it was written with layers, functions or raw `tf.nn`.

What counts is the type of an operation and what it depends on, never a name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.programs.graphs import SHAPE_ONLY, dependents, handle_id
from digitlab.programs.stage import line_by_line

WEIGHTED = {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Conv2D", "Conv3D", "Einsum"}
DEPTHWISE = {"DepthwiseConv2dNative"}
# These change shape, scale or offset: two weighted sums with only these between them are one weighted sum.
AFFINE = {
    "Identity", "Cast", "Reshape", "Transpose", "Squeeze", "ExpandDims", "BiasAdd", "BiasAddV1", "Add", "AddV2", "Sub",
    "Mul", "RealDiv", "AvgPool", "Mean", "Sum", "Pad", "PadV2", "MirrorPad", "StridedSlice", "Neg", "FusedBatchNormV3",
    "SpaceToBatchND", "BatchToSpaceND", "StopGradient", "PreventGradient", "EnsureShape", "GatherV2",
}  # fmt: skip
RELU = {"Relu", "Relu6", "Maximum"}


@dataclass(frozen=True)
class Weighted:
    """A weighted sum: a product of a tensor that depends on the images and one that does not."""

    op: Any  # the operation
    data: Any  # the tensor that depends on the images
    variable: Any  # what it is multiplied by; None where that is made of several variables
    kernel: tuple[int, ...]  # the shape of the weights: [..., inputs, outputs].
    depthwise: bool  # each channel is multiplied by itself


class Operations:
    """The operations between images and predictions.

    Args:
        call: images → predictions.
        images: a few, of the dtype and shape that it takes.
    """

    def __init__(self, call: Callable[[Any], Any], images: Any) -> None:
        with line_by_line():  # so that inner functions are inlined
            signature = [tf.TensorSpec([None, *images.shape[1:]], images.dtype)]
            self._function = tf.compat.v1.wrap_function(call, signature)
        self._input = self._function.inputs[0]
        self._variable_at = self._find_variables()
        self.operations = list(self._function.graph.get_operations())
        self._dependent = dependents(self.operations, self._input)

    def _find_variables(self) -> dict[str, Any]:
        variables = {id(variable.handle): variable for variable in self._function.graph.variables}
        return {
            inside.op.name: variables[id(outside)]
            for outside, inside in self._function.graph.captures
            if id(outside) in variables
        }

    @property
    def variables(self) -> list[Any]:
        """Every variable that is read."""
        return list(self._variable_at.values())

    def depends(self, tensor: Any) -> bool:
        """Whether the value of a tensor depends on the images."""
        return tensor.op.name in self._dependent

    @cached_property
    def weighted(self) -> list[Weighted]:
        """All weighted sums, in order."""
        found = (self._as_weighted(op) for op in self.operations if op.type in WEIGHTED | DEPTHWISE)
        return [one for one in found if one is not None]

    def _as_weighted(self, op: Any) -> Weighted | None:
        data = [one for one in op.inputs if self.depends(one)]
        factors = [one for one in op.inputs if not self.depends(one)]
        if len(data) != 1 or not factors:
            return None
        variables = self._variables_behind(factors[0])
        shape = tuple(factors[0].shape)
        if not shape or None in shape or not variables:
            return None
        if op.type == "MatMul" and op.get_attr("transpose_b"):
            shape = shape[::-1]
        variable = variables[0] if len(variables) == 1 else None
        return Weighted(op, data[0], variable, shape, op.type in DEPTHWISE)

    def _variables_behind(self, tensor: Any) -> list[Any]:
        names = (op.name for op in _behind(tensor.op))
        return [self._variable_at[name] for name in names if name in self._variable_at]

    @property
    def variables_of_outputs(self) -> set[int]:
        """The ids of the handles of the variables that the outputs depend on."""
        return {handle_id(one) for output in self._function.outputs for one in self._variables_behind(output)}

    def depends_on_weights(self, tensor: Any) -> bool:
        """Whether `tensor` depends on a trainable variable."""
        return any(variable.trainable for variable in self._variables_behind(tensor))

    def source_of(self, tensor: Any) -> tuple[Any, int]:
        """The operation that `tensor` comes from through affine operations only, and the maximal uses of any of these.

        A sum of two tensors that both depend on the images ends the path.
        """
        uses = 1
        while True:
            op = tensor.op
            uses = max(uses, len(self._consumers.get(tensor.name, ())))
            inputs = [one for one in op.inputs if self.depends(one)]
            divided = op.type == "RealDiv" and inputs and inputs[0] is not op.inputs[0]
            if op.type not in AFFINE or len(inputs) != 1 or divided:
                return op, uses
            tensor = inputs[0]

    @cached_property
    def _consumers(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for op in self.operations:
            if op.type not in SHAPE_ONLY:
                for one in op.inputs:
                    found.setdefault(one.name, []).append(op)
        return found

    @cached_property
    def relus(self) -> list[Any]:
        """The inputs of the ReLUs that come after weights."""
        weighted = {one.op.name for one in self.weighted}
        inputs = [[one for one in op.inputs if self.depends(one)] for op in self.operations if op.type in RELU]
        return [one[0] for one in inputs if len(one) == 1 and any(op.name in weighted for op in _behind(one[0].op))]

    def values(self, tensors: list[Any], images: Any) -> list[np.ndarray[Any, Any]]:
        """The values of `tensors` of the graph for `images`."""
        if not tensors:
            return []
        pruned = self._function.prune(self._input, tensors)
        return [np.asarray(value) for value in pruned(tf.constant(images))]

    def chains(self) -> Iterator[tuple[Weighted, Weighted]]:
        """Pairs of weighted sums with only affine operations between them, the first used by nothing else."""
        by_name = {one.op.name: one for one in self.weighted}
        for later in self.weighted:
            op, uses = self.source_of(later.data)
            if op.name in by_name and uses == 1:
                yield by_name[op.name], later


def _behind(op: Any) -> Iterator[Any]:
    """`op` and all operations that it depends on, each once."""
    todo, seen = [op], set()
    while todo:
        one = todo.pop()
        if one.name not in seen:
            seen.add(one.name)
            yield one
            todo.extend(tensor.op for tensor in one.inputs)
