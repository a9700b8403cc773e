"""What a model file may contain, checked before the runtime loads it: only what digitlab's export writes.

No loops, no functions, no external files.  No shape depends on the pixels, so that one trial with each batch size shows
how much memory and time a model takes.

An ONNX file is a protobuf message.  The few fields that matter are read here by their numbers (onnx.proto): importing
`onnx` would take as long as answering a picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

OPERATIONS = {
    *("Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Clip", "Concat", "Conv"),
    *("Div", "Einsum", "Elu", "Equal", "Erf", "Exp", "Floor", "Greater", "Identity"),
    *("LeakyRelu", "Less", "Log", "LogSoftmax", "MatMul", "Max", "MaxPool", "Min", "Mul"),
    *("Neg", "Pad", "Pow", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"),
    *("Relu", "Reshape", "Selu", "Shape", "Sigmoid", "Slice", "Softmax", "Softplus", "Softsign"),
    *("Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where"),
}
MAX_OPERATIONS = 5_000  # a residual network of 50 layers has 800
# Operations whose inputs after the first determine the shape of the output.
_SHAPING = {
    *("Pad", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Reshape", "Slice", "Squeeze"),
    "Unsqueeze",
}
_MAX_FIELDS = 1_000_000  # of the file; a weight array is one field
_ALLOWED = {1, 2, 3, 4, 7, 8, 9, 13, 20}  # fields of an attribute: its name, and one or more numbers or texts

Fields = dict[int, list[bytes]]


class _Node(NamedTuple):
    """One operation."""

    kind: str
    inputs: list[bytes]
    outputs: list[bytes]


class _ForeignError(Exception):
    """A part that digitlab never exports, in words."""


def complaint(model: bytes) -> str | None:
    """Which part of a model file digitlab never exports, in words; None if all is allowed."""
    try:
        _check(model)
    except _ForeignError as error:
        return str(error)
    except (IndexError, ValueError):
        return "not an ONNX model"
    return None


def _check(model: bytes) -> None:
    counter = count()
    whole = _fields(model, counter)
    if {20, 25} & whole.keys():
        raise _ForeignError("functions or training information")
    graph: Fields = {}
    for part in whole.get(7, []):  # several parts count as one graph, as in the runtime
        for number, values in _fields(part, counter).items():
            graph.setdefault(number, []).extend(values)
    if not graph.get(1) or len(graph[1]) > MAX_OPERATIONS:
        raise _ForeignError(f"{len(graph.get(1, [])):,} operations, not 1 to {MAX_OPERATIONS:,}")
    weights = [_fields(part, counter) for part in graph.get(5, [])]
    if 15 in graph or any({13, 14} & tensor.keys() for tensor in weights):
        raise _ForeignError("weights in other files, or sparse")
    given = {_last(_fields(part, counter), 1) for part in graph.get(11, [])}
    nodes = [_node(part, counter) for part in graph[1]]
    _check_order_and_shapes(nodes, given, {_last(tensor, 8) for tensor in weights})


def _node(content: bytes, counter: Iterator[int]) -> _Node:
    fields = _fields(content, counter)
    kind, domain = (_last(fields, number).decode(errors="replace") for number in (4, 7))
    if domain not in ("", "ai.onnx") or kind not in OPERATIONS:
        raise _ForeignError(f"an operation that digitlab never writes: {kind[:60]!r}")
    if any(_fields(part, counter).keys() - _ALLOWED for part in fields.get(5, [])):
        raise _ForeignError(f"an attribute of {kind} that is neither numbers nor text")
    return _Node(kind, fields.get(1, []), fields.get(2, []))


def _check_order_and_shapes(nodes: list[_Node], images: set[bytes], weights: set[bytes]) -> None:
    """Each operation uses only earlier outputs, and no shape depends on the pixels."""
    known, pictured = {b"", *images, *weights}, set(images)  # pictured: depends on the pixels
    for node in nodes:
        if not known.issuperset(node.inputs):
            raise _ForeignError(f"an operation {node.kind} whose input does not exist")
        if node.kind in _SHAPING and pictured.intersection(node.inputs[1:]):
            raise _ForeignError(f"an operation {node.kind} with a shape that depends on the pixels")
        known.update(node.outputs)
        if node.kind != "Shape" and pictured.intersection(node.inputs):
            pictured.update(node.outputs)


def _last(fields: Fields, number: int) -> bytes:
    """Of a field that may occur once, the last value counts."""
    return fields.get(number, [b""])[-1]


def _fields(content: bytes, counter: Iterator[int]) -> Fields:
    """The fields of a message by their numbers; values other than text, bytes or messages are empty.

    Raises:
        IndexError: the message ends within a field.
        ValueError: a field of an unknown kind.
        _ForeignError: more fields than any export writes.
    """
    found: Fields = {}
    place = 0
    while place < len(content):
        if next(counter) > _MAX_FIELDS:
            raise _ForeignError(f"more than {_MAX_FIELDS:,} fields")
        key, place = _varint(content, place)
        value = b""
        match key & 7:
            case 0:  # a number
                _, place = _varint(content, place)
            case 1:  # eight bytes
                place += 8
            case 5:  # four
                place += 4
            case 2:  # text, bytes or a message, with its length before it
                length, place = _varint(content, place)
                value = content[place : place + length]
                place += length
            case _:
                raise ValueError("unknown kind")
        if place > len(content):
            raise IndexError
        found.setdefault(key >> 3, []).append(value)
    return found


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits per byte, lowest first, and the index after it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise ValueError("a number without end")
