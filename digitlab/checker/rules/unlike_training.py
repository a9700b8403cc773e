"""DL606: the images to validate, test or predict with are not prepared as those of the training are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import quoted

RULE = Rule(
    code="DL606",
    slug="unlike-training",
    severity="error",
    title="the model is asked about images that are not prepared as the training images are",
    why="A model knows images as it was trained on them. Trained on numbers from 0 to 1, it answers nonsense about "
    "bytes from 0 to 255; trained on light ink on black, about dark ink on paper. The training looks perfect, and "
    "every test or drawing of one's own fails.",
    wrong="model.fit(x_train / 255, y_train)\nmodel.evaluate(x_test, y_test)",
    right="x_train, x_test = x_train / 255, x_test / 255\nmodel.fit(x_train, y_train)\nmodel.evaluate(x_test, y_test)",
)

FACTOR = 20.0  # between the ranges of the pixels: of a few pictures no less can be told
SPREAD, MANY = 1.7, 30  # between the standard deviations, of so many pictures
PAPER = 0.9  # of the pictures, where hardly one of the training images is dark on light


def check(seen: Observations) -> Finding | None:
    """What the program gives to fit's validation, to evaluate and to predict, beside its training images."""
    for asked in seen.subject.asked:
        trained, given = np.asarray(seen.subject.step_images, np.float64), np.asarray(asked.images, np.float64)
        inverted = _dark_on_light(given) > PAPER and _dark_on_light(trained) < 1 - PAPER
        if inverted or _scaled_otherwise(trained, given):
            what = "validation_data of fit" if asked.by == "fit" else asked.by
            return RULE.finding(
                f"{what} gets pixels from {given.min():g} to {given.max():g}"
                f"{', dark on light' if inverted else ''}; trained is on pixels from {trained.min():g} to "
                f"{trained.max():g}{', light on dark' if inverted else ''}",
                f"prepare them by the same lines as the training images: {quoted(seen.subject, asked.line)}",
                line=asked.line,
            )
    return None


def _scaled_otherwise(trained: NDArray[Any], given: NDArray[Any]) -> bool:
    ours, theirs = float(np.ptp(trained)), float(np.ptp(given))
    if not ours or not theirs:  # one colour only
        return False
    if max(ours / theirs, theirs / ours) > FACTOR:
        return True
    spread = float(trained.std() / given.std())
    return len(given) >= MANY and max(spread, 1 / spread) > SPREAD


def _dark_on_light(images: NDArray[Any]) -> float:
    """The share of the images with a background nearer to the greatest value of all than to the least."""
    low, high = images.min(), images.max()
    return float((np.median(images.reshape(len(images), -1), axis=1) > (low + high) / 2).mean())
