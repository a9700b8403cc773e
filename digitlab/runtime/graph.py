"""What a model file may contain, looked at before the runtime sees it: what digitlab's export writes, and no more.

No loops, no parts with code of their own, no other files; and no shape depends on what a picture shows, so that whoever
tries a model once with each number of images knows how much memory and time it takes.

An ONNX file is a protobuf message.  Its few fields that matter are read here by their numbers (onnx.proto): to import
`onnx` for it would take as long as to answer a picture.
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
MOST_OPERATIONS = 5_000  # a residual network of 50 layers has 800
# Their inputs but the first say how the outcome is shaped.
_SHAPING = {
    *("Pad", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Reshape", "Slice", "Squeeze"),
    "Unsqueeze",
}
_MOST_FIELDS = 1_000_000  # of the file; weights are one field, not one for each number
_PLAIN = {1, 2, 3, 4, 7, 8, 9, 13, 20}  # of an attribute: its name, and numbers or texts, one or several

Fields = dict[int, list[bytes]]


class _Node(NamedTuple):
    """One operation."""

    kind: str
    inputs: list[bytes]
    outputs: list[bytes]


class _StrangeError(Exception):
    """What no export of ours has written, in words."""


def complaint(model: bytes) -> str | None:
    """What in a model file no export of ours has written; None where there is nothing."""
    try:
        _check(model)
    except _StrangeError as error:
        return str(error)
    except (IndexError, ValueError):
        return "bytes that are no ONNX model"
    return None


def _check(model: bytes) -> None:
    counter = count()
    whole = _fields(model, counter)
    if {20, 25} & whole.keys():
        raise _StrangeError("functions, or what trains")
    graph: Fields = {}
    for part in whole.get(7, []):  # parts of one graph, as the runtime sees it
        for number, values in _fields(part, counter).items():
            graph.setdefault(number, []).extend(values)
    if not graph.get(1) or len(graph[1]) > MOST_OPERATIONS:
        raise _StrangeError(f"{len(graph.get(1, [])):,} operations, not 1 to {MOST_OPERATIONS:,}")
    weights = [_fields(part, counter) for part in graph.get(5, [])]
    if 15 in graph or any({13, 14} & tensor.keys() for tensor in weights):
        raise _StrangeError("weights in other files, or packed")
    given = {_last(_fields(part, counter), 1) for part in graph.get(11, [])}
    nodes = [_node(part, counter) for part in graph[1]]
    _check_order_and_shapes(nodes, given, {_last(tensor, 8) for tensor in weights})


def _node(content: bytes, counter: Iterator[int]) -> _Node:
    fields = _fields(content, counter)
    kind, domain = (_last(fields, number).decode(errors="replace") for number in (4, 7))
    if domain not in ("", "ai.onnx") or kind not in OPERATIONS:
        raise _StrangeError(f"an operation that digitlab never writes: {kind[:60]!r}")
    if any(_fields(part, counter).keys() - _PLAIN for part in fields.get(5, [])):
        raise _StrangeError(f"an attribute of {kind} that is neither numbers nor text")
    return _Node(kind, fields.get(1, []), fields.get(2, []))


def _check_order_and_shapes(nodes: list[_Node], images: set[bytes], weights: set[bytes]) -> None:
    """Each operation uses what is there before it, and none is shaped by the pixels."""
    known, pictured = {b"", *images, *weights}, set(images)  # the second: what depends on the pixels
    for node in nodes:
        if not known.issuperset(node.inputs):
            raise _StrangeError(f"an operation {node.kind} whose input nothing has made before")
        if node.kind in _SHAPING and pictured.intersection(node.inputs[1:]):
            raise _StrangeError(f"an operation {node.kind} whose outcome has a shape that depends on the picture")
        known.update(node.outputs)
        if node.kind != "Shape" and pictured.intersection(node.inputs):
            pictured.update(node.outputs)


def _last(fields: Fields, number: int) -> bytes:
    """Of what is there once, the last counts."""
    return fields.get(number, [b""])[-1]


def _fields(content: bytes, counter: Iterator[int]) -> Fields:
    """The fields of a message by their numbers; those that are no text, bytes or message count as empty.

    Raises:
        IndexError: the message ends within a field.
        ValueError: it has a field of a kind that there is not.
        _StrangeError: more fields than any export writes.
    """
    found: Fields = {}
    place = 0
    while place < len(content):
        if next(counter) > _MOST_FIELDS:
            raise _StrangeError(f"more than {_MOST_FIELDS:,} fields")
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
                raise ValueError("no such kind")
        if place > len(content):
            raise IndexError
        found.setdefault(key >> 3, []).append(value)
    return found


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise ValueError("a number without end")
