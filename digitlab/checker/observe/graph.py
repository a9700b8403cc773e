"""The operations of a model, whatever it was written with: layers, functions or raw `tf.nn`.

The model is traced once for inference.  What counts is the kind of operation and what it depends on, never a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.programs.stage import line_by_line

WEIGHTED = {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Conv2D", "Conv3D", "Einsum"}
DEPTHWISE = {"DepthwiseConv2dNative"}
# These change shape, scale or offset: two weighted sums with nothing else between them are one weighted sum.
AFFINE = {
    "Identity", "Cast", "Reshape", "Transpose", "Squeeze", "ExpandDims", "BiasAdd", "BiasAddV1", "Add", "AddV2", "Sub",
    "Mul", "RealDiv", "AvgPool", "Mean", "Sum", "Pad", "PadV2", "MirrorPad", "StridedSlice", "Neg", "FusedBatchNormV3",
    "SpaceToBatchND", "BatchToSpaceND", "StopGradient", "PreventGradient", "EnsureShape", "GatherV2",
}  # fmt: skip
NO_VALUE = {"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"}  # they tell a form, not a value
RELU = {"Relu", "Relu6", "Maximum"}


@dataclass(frozen=True)
class Weighted:
    """A weighted sum: a product of something that depends on the images with something that does not.

    Attributes:
        op: the operation.
        data: the tensor that depends on the images.
        variable: what it is multiplied with; None where it is made of several, or of none.
        kernel: the shape of the factor: [..., inputs, outputs].
        depthwise: each channel by itself.
    """

    op: Any
    data: Any
    variable: Any
    kernel: tuple[int, ...]
    depthwise: bool


class OpGraph:
    """The operations between images and predictions.

    Args:
        call: images → predictions.
        images: a few, of the type and shape that it takes.
    """

    def __init__(self, call: Callable[[Any], Any], images: Any) -> None:
        with line_by_line():  # so that inner functions are laid open
            signature = [tf.TensorSpec([None, *images.shape[1:]], images.dtype)]
            self._function = tf.compat.v1.wrap_function(call, signature)
        self._input = self._function.inputs[0]
        self._variable_at = self._find_variables()
        self.operations = list(self._function.graph.get_operations())
        self._dependent = self._find_dependent()

    def _find_variables(self) -> dict[str, Any]:
        """The variable behind each resource that the graph takes from outside."""
        variables = {id(variable.handle): variable for variable in self._function.graph.variables}
        return {
            inside.op.name: variables[id(outside)]
            for outside, inside in self._function.graph.captures
            if id(outside) in variables
        }

    @property
    def variables(self) -> list[Any]:
        """Every variable that the predictions are made with."""
        return list(self._variable_at.values())

    def _find_dependent(self) -> set[str]:
        found = {self._input.op.name}
        for op in self.operations:  # in the order in which they were made
            if op.type not in NO_VALUE and any(one.op.name in found for one in op.inputs):
                found.add(op.name)
        return found

    def depends(self, tensor: Any) -> bool:
        """Whether the value of a tensor depends on the images."""
        return tensor.op.name in self._dependent

    @cached_property
    def weighted(self) -> list[Weighted]:
        """All weighted sums, in the order in which they are done."""
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
        found, todo, seen = [], [tensor.op], set()
        while todo:
            op = todo.pop()
            if op.name in seen:
                continue
            seen.add(op.name)
            if op.name in self._variable_at:
                found.append(self._variable_at[op.name])
            todo.extend(one.op for one in op.inputs)
        return found

    def trained_behind(self, tensor: Any) -> bool:
        """Whether anything that is trained had a part in `tensor`."""
        return any(variable.trainable for variable in self._variables_behind(tensor))

    def source_of(self, tensor: Any) -> tuple[Any, int]:
        """The operation that `tensor` comes from through affine ones only, and the most that any of them is used.

        A sum of two things that both depend on the images is where the way ends.
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
            if op.type not in NO_VALUE:
                for one in op.inputs:
                    found.setdefault(one.name, []).append(op)
        return found

    @cached_property
    def relus(self) -> list[Any]:
        """What goes into the operations that cut off below zero."""
        inputs = [[one for one in op.inputs if self.depends(one)] for op in self.operations if op.type in RELU]
        return [one[0] for one in inputs if len(one) == 1 and self._after_weights(one[0].op)]

    def _after_weights(self, op: Any) -> bool:
        """Whether some weighted sum comes before `op`: it works on features, not on pixels."""
        todo, seen = [op], set()
        weighted = {one.op.name for one in self.weighted}
        while todo:
            one = todo.pop()
            if one.name in weighted:
                return True
            if one.name not in seen:
                seen.add(one.name)
                todo.extend(inner.op for inner in one.inputs if self.depends(inner))
        return False

    def values(self, tensors: list[Any], images: Any) -> list[np.ndarray[Any, Any]]:
        """What `tensors` of the graph are for `images`."""
        if not tensors:
            return []
        pruned = self._function.prune(self._input, tensors)
        return [np.asarray(value) for value in pruned(tf.constant(images))]

    def chains(self) -> Iterator[tuple[Weighted, Weighted]]:
        """Weighted sums that follow one another with only affine operations between, the first used by nothing else."""
        by_name = {one.op.name: one for one in self.weighted}
        for later in self.weighted:
            op, uses = self.source_of(later.data)
            if op.name in by_name and uses == 1:
                yield by_name[op.name], later
