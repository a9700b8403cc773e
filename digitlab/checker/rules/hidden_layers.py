"""DL301 to DL303: hidden layers that add nothing, or let too little through."""

import numpy as np

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.answers import MANY
from digitlab.checker.observe.core import LOOKED_AT
from digitlab.checker.observe.graph import OpGraph, Weighted
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import model_line, place_naming

LINEAR = Rule(
    code="DL301",
    slug="no-nonlinearity",
    severity="error",
    title="two layers follow one another without a non-linearity between them",
    why="A weighted sum of weighted sums is a weighted sum: W2(W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2). Two such "
    "layers can do nothing that one cannot. Dropout, batch normalisation, reshaping and averaging in between do not "
    "change that. Dense layers without ReLU reach 92% on MNIST, as softmax regression does; with ReLU 96 to 98%.",
    wrong="x = layers.Dense(128)(x)\noutputs = layers.Dense(10)(x)",
    right="x = layers.Dense(128, activation='relu')(x)\noutputs = layers.Dense(10)(x)",
    explains={"cannot-learn-by-heart"},
)


def check_linear(seen: Observations) -> Finding | None:
    """Pairs of weighted sums with affine operations between, that are not a cheap form of a larger one."""
    graph = seen.graph
    if graph is None:
        return None
    pairs = [pair for pair in graph.chains() if _wasted(graph, *pair)]
    if not pairs:
        return None
    first, second = pairs[0]
    more = f", and {len(pairs) - 1} more such pairs" if len(pairs) > 1 else ""
    return LINEAR.finding(
        f"the weights {_shape(first)} are followed by {_shape(second)}, and between them are only operations that "
        f"scale, shift or reshape{more}",
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


SOFTMAX = Rule(
    code="DL302",
    slug="hidden-softmax",
    severity="error",
    title="a hidden layer has a softmax as its activation",
    why="A softmax makes the units of a layer share a total of one: one unit can rise only if the others fall, "
    "and with many units each gets next to nothing. The layer after it sees almost no difference between "
    "images, and gradients are tiny. Hidden layers want an activation that works on each unit by itself.",
    wrong="x = layers.Dense(128, activation='softmax')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    right="x = layers.Dense(128, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    explains=STUCK | {"bottleneck"},
)


def check_softmax(seen: Observations) -> Finding | None:
    """What goes into a layer with weights comes from weights, is not negative, and sums to one for each image."""
    graph = seen.graph
    if graph is None:
        return None
    inner = [one for one in graph.weighted if graph.source_of(one.data)[0].type not in {"Placeholder"}]
    images, _ = seen.subject.batch(0, LOOKED_AT)
    with seen.shaken():
        values = seen.tried_values([one.data for one in inner], images)
    for one, value in zip(inner, values, strict=False):
        from_softmax = graph.source_of(one.data)[0].type == "Softmax"
        if from_softmax or _sums_to_one(value):
            return SOFTMAX.finding(
                f"the {value.shape[-1]} values that go into the weights {'×'.join(map(str, one.kernel))} sum to "
                f"{value.sum(axis=-1).mean():.3f} for every image",
                "use activation='relu' in the hidden layers",
                at=place_naming(seen.subject, "softmax", "Softmax"),
            )
    return None


def _sums_to_one(value: Rows) -> bool:
    rows = value.reshape(-1, value.shape[-1]).astype(np.float64)
    return bool(
        rows.shape[1] > 1 and (rows >= 0).all() and np.abs(rows.sum(axis=1) - 1).max() < 1e-3 and np.ptp(rows) > 1e-3
    )


NARROW = Rule(
    code="DL303",
    slug="bottleneck",
    severity="warning",
    title="everything goes through a layer that is narrower than the classes allow",
    why="What one layer throws away no later layer can bring back. Through two or three units the classes have to "
    "share a plane or a space, where ten of them get in each other's way: such a network does worse than "
    "softmax regression, which has no hidden layer at all.",
    wrong="x = layers.Dense(3, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    right="x = layers.Dense(64, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    explains=STUCK,
)


def check_narrow(seen: Observations) -> Finding | None:
    """How many independent directions the evidence for the classes has over many images, at random weights."""
    rank = seen.rank_of_evidence
    classes = seen.subject.classes
    if rank is None or rank == 0 or 2 * rank > classes:
        return None
    return NARROW.finding(
        f"over {MANY} images the evidence for {classes} classes moves in {rank} dimension{'s' if rank > 1 else ''}",
        f"give the narrowest hidden layer, now of {rank} unit{'s' if rank > 1 else ''}, at least {2 * classes}",
        line=model_line(seen.subject),
    )
