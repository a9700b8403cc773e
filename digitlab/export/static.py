"""What is constant in a TensorFlow graph: shapes, axes, kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.errors import ExportError


def known(tensor: Any) -> NDArray[Any]:
    """The value of a tensor that does not depend on the images (raises ExportError if it does)."""
    if tensor.op.type == "ExpandDims":  # as Keras gives a one-dimensional kernel its second dimension
        return np.expand_dims(known(tensor.op.inputs[0]), int(known(tensor.op.inputs[1])))
    value = tf.get_static_value(tensor)
    if value is None:
        raise refused(tensor.op, "a shape, axis or kernel that is computed from the images")
    return np.asarray(value)


def refused(op: Any, found: str = "") -> ExportError:
    """The error for an operation without a counterpart in ONNX, or none in this form."""
    return not_onnx(f"{op.type} ({op.name})" + (f" with {found}" if found else ""))


def not_onnx(found: str) -> ExportError:
    """The error for a model that cannot be written as ONNX."""
    return ExportError(
        "the model cannot be written as ONNX",
        found=found,
        remedy="use other layers, or export it as saved-model; the run itself is complete",
    )
