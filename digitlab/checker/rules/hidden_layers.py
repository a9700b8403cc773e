"""DL301 to DL303: hidden layers that add nothing, or let too little through."""

import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.answers import MANY_IMAGES
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.observe.operations import Operations, Weighted
from digitlab.checker.observe.probe import PROBE_IMAGES
from digitlab.checker.rule import STUCK, Rule, shape_text
from digitlab.checker.where import model_line, place_naming

LINEAR = Rule(
    code="DL301",
    slug="no-nonlinearity",
    severity="error",
    title="two layers follow one another without a non-linearity between them",
    why="A weighted sum of weighted sums is a weighted sum: W2(W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2). Two such "
    "layers can do nothing that one cannot. Dropout, batch normalization, reshaping and averaging in between do not "
    "change that. Dense layers without ReLU reach 92% on MNIST, as softmax regression does; with ReLU 96 to 98%.",
    wrong="x = layers.Dense(128)(x)\noutputs = layers.Dense(10)(x)",
    right="x = layers.Dense(128, activation='relu')(x)\noutputs = layers.Dense(10)(x)",
    explains={"cannot-learn-by-heart"},
)
SOFTMAX = Rule(
    code="DL302",
    slug="hidden-softmax",
    severity="error",
    title="a hidden layer has a softmax as its activation",
    why="A softmax makes the units of a layer share a total of one: one unit can rise only if the others fall, and in "
    "a wide layer each gets next to nothing. The next layer sees almost no difference between images, and gradients "
    "are tiny. Hidden layers need an activation that works on each unit by itself.",
    wrong="x = layers.Dense(128, activation='softmax')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    right="x = layers.Dense(128, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    explains=STUCK | {"bottleneck"},
)
NARROW = Rule(
    code="DL303",
    slug="bottleneck",
    severity="warning",
    title="a hidden layer is too narrow for this number of classes",
    why="What one layer throws away no later layer can bring back. Two or three units have to represent ten classes in "
    "a plane or a space, where they overlap: such a network does worse than softmax regression, which has no hidden "
    "layer at all.",
    wrong="x = layers.Dense(3, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    right="x = layers.Dense(64, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    explains=STUCK,
)


def check_linear(seen: Observations) -> Finding | None:
    """Pairs of weighted sums with only affine operations between them, which one layer could replace."""
    graph = seen.graph.operations
    pairs = [pair for pair in graph.chains() if _is_wasted(graph, *pair)] if graph is not None else []
    if not pairs:
        return None
    first, second = pairs[0]
    more = f", and {len(pairs) - 1} more such pairs" if len(pairs) > 1 else ""
    return LINEAR.finding(
        f"the weights {shape_text(first.kernel)} are followed by {shape_text(second.kernel)} with only scaling, "
        f"shifting or reshaping between them{more}",
        f"put a ReLU after the layer of {first.kernel[-1]} units: activation='relu', or tf.nn.relu(…)",
        line=model_line(seen.subject),
    )


def _is_wasted(graph: Operations, first: Weighted, second: Weighted) -> bool:
    """Whether the pair does no more than one layer would, and is not cheaper.

    Intended are: depthwise with pointwise convolutions, a narrow middle (a matrix of low rank), row with column
    convolutions, weights that are not trained, and the output projection of an attention.
    """
    if first.depthwise or second.depthwise or first.variable is None or not first.variable.trainable:
        return False
    if _is_factorised(first.kernel, second.kernel) or _follows_attention(graph, first):
        return False
    inputs, middle, outputs = first.kernel[-2], first.kernel[-1], second.kernel[-1]
    return middle >= min(inputs, outputs)


def _is_factorised(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether a 1×k kernel comes with a k×1 one."""
    if len(first) != 4 or len(second) != 4:
        return False
    return 1 in first[:2] and 1 in second[:2] and first[:2] != second[:2] and max(*first[:2], *second[:2]) > 1


def _follows_attention(graph: Operations, one: Weighted) -> bool:
    """Whether its data is a product of two tensors that both depend on the images."""
    op, _ = graph.source_of(one.data)
    return sum(graph.depends(tensor) for tensor in op.inputs) > 1 and op.type not in {"AddV2", "Add", "ConcatV2"}


def check_softmax(seen: Observations) -> Finding | None:
    """The input of a layer with weights comes from weights, is not negative, and sums to one for each image."""
    graph = seen.graph.operations
    if graph is None:
        return None
    inner = [one for one in graph.weighted if graph.source_of(one.data)[0].type != "Placeholder"]
    images, _ = seen.subject.batch(0, PROBE_IMAGES)
    with seen.probe.random_weights():
        values = seen.graph.values([one.data for one in inner], images)
    for one, value in zip(inner, values, strict=False):
        if graph.source_of(one.data)[0].type == "Softmax" or _sums_to_one(value):
            return SOFTMAX.finding(
                f"the {value.shape[-1]} inputs of the weights {shape_text(one.kernel)} sum to "
                f"{value.sum(axis=-1).mean():.3f} for every image",
                "use activation='relu' in the hidden layers",
                at=place_naming(seen.subject, "softmax", "Softmax"),
            )
    return None


def _sums_to_one(value: Rows) -> bool:
    rows = value.reshape(-1, value.shape[-1]).astype(np.float64)
    if rows.shape[1] < 2 or (rows < 0).any() or np.ptp(rows) <= 1e-3:
        return False
    return bool(np.abs(rows.sum(axis=1) - 1).max() < 1e-3)


def check_narrow(seen: Observations) -> Finding | None:
    """The rank of the logits over many images, at random weights."""
    rank, classes = seen.answers.rank, seen.subject.classes
    if not rank or 2 * rank > classes:
        return None
    plural = "s" if rank > 1 else ""
    return NARROW.finding(
        f"over {MANY_IMAGES} images the logits of {classes} classes vary in {rank} dimension{plural}",
        f"give the narrowest hidden layer, now of {rank} unit{plural}, at least {2 * classes}",
        line=model_line(seen.subject),
    )
