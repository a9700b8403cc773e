"""Parts of a step as functions: from images to predictions, and from predictions to the loss.

The step is traced up to its gradient; a part is the graph between two of its tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from digitlab.programs.graphs import dependents
from digitlab.programs.step import ProgramStep, inlined

Cut = Callable[..., tf.Tensor]


def cut_model(step: ProgramStep, classes: int) -> Cut | None:
    """Images as they are fed → predictions: the last rows of numbers that depend on the images and not on labels."""
    graph = _traced(step)
    if graph is None:
        return None
    images, labels = graph.inputs[:2]
    operations = graph.graph.get_operations()
    by_images, by_labels = dependents(operations, images), dependents(operations, labels)
    outputs = [op.outputs[0] for op in operations if op.name in by_images - by_labels and op.outputs]
    rows = [one for one in outputs if one.dtype.is_floating and one.shape.rank == 2 and one.shape[1] == classes]
    if not rows or any("Random" in op.type for op in operations):
        return None
    return _pruned(graph, [images], rows[-1])


def cut_loss(step: ProgramStep) -> Cut | None:
    """(predictions, labels as they are fed) → the loss, where that needs no images."""
    graph = _traced(step)
    if graph is None or len(graph.outputs) < 2:
        return None
    loss, predictions = graph.outputs[:2]
    return _pruned(graph, [predictions, graph.inputs[1]], loss)


def _traced(step: ProgramStep) -> Any | None:
    def up_to_the_gradient(images: Any, labels: Any) -> Any:
        with inlined():
            caught = step.run(images, labels, ends=True)
        return [one for one in (caught.loss, caught.predictions) if one is not None]

    feed = step.feed
    images = tf.TensorSpec([None, *feed.shape], tf.as_dtype(feed.dtype))
    labels = tf.TensorSpec([None, *feed.labels.shape[1:]], tf.as_dtype(feed.labels.dtype))
    try:
        return tf.compat.v1.wrap_function(up_to_the_gradient, [images, labels])
    except Exception:  # it uses the values of tensors, for example
        return None


def _pruned(graph: Any, sources: list[Any], wanted: Any) -> Cut | None:
    try:
        return graph.prune(sources, wanted)  # type: ignore[no-any-return]
    except Exception:  # it depends on more than these
        return None
