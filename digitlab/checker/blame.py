"""What follows from what: a mistake that another one explains is not told beside it, since it goes with that."""

from __future__ import annotations

_STUCK = {"cannot-learn-by-heart", "learning-rate-too-low", "vanishing-gradient"}
_WILD = {"exploding-signal", "learning-rate-too-high", "dead-relus"}
_WRONG_CLASS = {"labels-shifted", "labels-misaligned", "loss-wrong-sign"}

# By the slug of the cause: the slugs of what it explains.
EXPLAINS: dict[str, set[str]] = {
    "made-in-call": {
        "random-at-inference",
        "batch-dependent",
        "weights-not-trained",
        "frozen-weights",
        "unused-layer",
        "not-in-training-mode",
        *_STUCK,
    },
    "input-not-scaled": {*_WILD, *_STUCK},
    "scaled-twice": _STUCK,
    "inverted-images": {*_WILD},
    "labels-do-not-match": {*_WRONG_CLASS, *_STUCK},
    "hard-output": {
        "wrong-output-shape",
        "bottleneck",
        "logits-as-probabilities",
        "weights-not-trained",
        "relu-on-logits",
        *_STUCK,
    },
    "wrong-input-scale": {
        "ignores-input",
        "weights-not-trained",
        "identical-units",
        "bottleneck",
        "dead-relus",
        *_STUCK,
    },
    "ignores-input": {
        "wrong-output-shape",
        "weights-not-trained",
        "identical-units",
        "bottleneck",
        "dead-relus",
        *_STUCK,
    },
    "softmax-wrong-axis": {"sigmoid-output", "batch-dependent", "logits-as-probabilities", *_WRONG_CLASS, *_STUCK},
    "random-at-inference": {"batch-dependent", "dropout-on-logits", "not-in-training-mode"},
    "softmax-twice": _STUCK,
    "relu-on-logits": {"logits-as-probabilities", "dead-relus", *_STUCK},
    "dropout-on-logits": {"logits-as-probabilities", *_STUCK},
    "sigmoid-output": {"logits-as-probabilities", *_STUCK},
    "logits-as-probabilities": {*_WRONG_CLASS, *_WILD, *_STUCK},
    "one-hot-or-numbers": {*_WRONG_CLASS, *_WILD, *_STUCK},
    "loss-arguments-swapped": {*_WRONG_CLASS, *_WILD, *_STUCK},
    "step-stops": {"weights-not-trained"},
    "labels-shifted": {*_WILD, *_STUCK},
    "labels-misaligned": {*_WILD, *_STUCK},
    "loss-wrong-sign": {*_WILD, *_STUCK},
    "hidden-softmax": {"bottleneck", *_STUCK},
    "weights-not-trained": {"frozen-weights", "identical-units", *_STUCK},
    "identical-units": {*_WILD, *_STUCK},
    "dead-relus": {
        "wrong-input-scale",
        "ignores-input",
        "exploding-signal",
        "bottleneck",
        "weights-not-trained",
        "identical-units",
        *_STUCK,
    },
    "exploding-signal": {"learning-rate-too-high", "dead-relus", *_STUCK},
    "bottleneck": _STUCK,
    "no-nonlinearity": {"cannot-learn-by-heart"},
    "vanishing-gradient": {"learning-rate-too-low", "cannot-learn-by-heart"},
}

# After these nothing else can be told.
LAST = {"wrong-output-shape", "not-a-number"}
