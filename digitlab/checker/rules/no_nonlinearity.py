"""DL301: layers with weights follow one another, and nothing between them bends."""

from __future__ import annotations

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.graph import OpGraph, Weighted
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import model_line

RULE = Rule(
    code="DL301",
    slug="no-nonlinearity",
    severity="error",
    title="two layers follow one another without a non-linearity between them",
    why="A weighted sum of weighted sums is a weighted sum: W2(W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2). Two "
    "such layers can do nothing that one cannot. Dropout, batch normalisation, reshaping and averaging in "
    "between do not change that. Dense layers without ReLU reach 92% on MNIST, as softmax regression does; "
    "with ReLU 96 to 98%.",
    wrong="x = layers.Dense(128)(x)\noutputs = layers.Dense(10)(x)",
    right="x = layers.Dense(128, activation='relu')(x)\noutputs = layers.Dense(10)(x)",
    explains={"cannot-learn-by-heart"},
)


def check(seen: Observations) -> Finding | None:
    """Pairs of weighted sums with affine operations between, that are not a cheap form of a larger one."""
    graph = seen.graph
    if graph is None:
        return None
    pairs = [pair for pair in graph.chains() if _wasted(graph, *pair)]
    if not pairs:
        return None
    first, second = pairs[0]
    more = f", and {len(pairs) - 1} more such pairs" if len(pairs) > 1 else ""
    return RULE.finding(
        f"the weights {_shape(first)} are followed by {_shape(second)}, and between them are only operations "
        "that scale, "
        f"shift or reshape{more}",
        f"put a ReLU after the layer of {first.kernel[-1]} units: activation='relu', or tf.nn.relu(…)",
        line=model_line(seen.subject),
    )


def _shape(one: Weighted) -> str:
    return "×".join(map(str, one.kernel))


def _wasted(graph: OpGraph, first: Weighted, second: Weighted) -> bool:
    """Whether the pair does no more than one layer would, at no lower price.

    Meant are: depthwise with pointwise convolutions, a narrow middle (a matrix of low rank), row with column
    convolutions, weights that are not trained, and the output projection of an attention.
    """
    if first.depthwise or second.depthwise or first.variable is None or not first.variable.trainable:
        return False
    if _factorised(first.kernel, second.kernel) or _after_attention(graph, first):
        return False
    inputs, middle, outputs = first.kernel[-2], first.kernel[-1], second.kernel[-1]
    return middle >= min(inputs, outputs)


def _factorised(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """A 1×k kernel with a k×1 one."""
    if len(first) != 4 or len(second) != 4:
        return False
    return 1 in first[:2] and 1 in second[:2] and first[:2] != second[:2] and max(*first[:2], *second[:2]) > 1


def _after_attention(graph: OpGraph, one: Weighted) -> bool:
    """Whether its data is a product of two things that both depend on the images."""
    op, _ = graph.source_of(one.data)
    return sum(graph.depends(tensor) for tensor in op.inputs) > 1 and op.type not in {"AddV2", "Add", "ConcatV2"}
