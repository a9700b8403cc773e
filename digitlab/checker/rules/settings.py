"""DL508 and DL605: layers that are set to what does not suit digits, or the length of the training."""

import keras
import numpy as np

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming

AVERAGES = Rule(
    code="DL508",
    slug="slow-averages",
    severity="warning",
    title="the averages of batch normalisation are still those of the start when the training ends",
    why="In training, batch normalisation uses mean and variance of the batch; to answer, it uses averages that it "
    "collects on the way. With momentum 0.9999 each step moves them by one ten-thousandth, so after a thousand steps "
    "they are nearly what they started as: the training accuracy is fine, and validation is near chance.",
    wrong="layers.BatchNormalization(momentum=0.9999)",
    right="layers.BatchNormalization()  # momentum 0.99; 0.9 for a short training",
)

MOST_IMAGES = 60_000  # in MNIST: no program goes through more in an epoch
INITIAL = 0.5  # of an average, so much is still its start


def check_averages(seen: Observations) -> Finding | None:
    """What is left of the start after as many steps as the program does: momentum to the power of steps."""
    program, model = seen.subject.program, seen.subject.keras_model
    if program is None or model is None or not program.batch_size or not program.epochs:
        return None
    steps = program.epochs * -(-MOST_IMAGES // program.batch_size)
    layers = [one for one in model._flatten_layers() if isinstance(one, keras.layers.BatchNormalization)]
    slowest = max((one.momentum for one in layers if one.trainable), default=0.0)
    if slowest**steps < INITIAL:
        return None
    return AVERAGES.finding(
        f"with momentum {slowest:g} an average moves by {1 - slowest:.2g} of the way a step: after {steps} steps, "
        f"all that the program does, {slowest**steps:.0%} of it is still its start",
        "take momentum=0.9 or leave it out",
        at=place_naming(seen.subject, "momentum", "BatchNormalization"),
    )


MIRRORED = Rule(
    code="DL605",
    slug="mirrored-digits",
    severity="warning",
    title="digits are mirrored, or turned upside down, while they keep their labels",
    why="Augmentation shows a picture as it might have been written as well: a little turned, moved, or larger. Nobody "
    "writes a mirrored 2, and a 6 that is turned by 180 degrees is a 9. Flips are right for cats, not for digits.",
    wrong="layers.RandomFlip('horizontal')\nlayers.RandomRotation(0.5)  # of a whole turn: 180 degrees",
    right="layers.RandomTranslation(0.1, 0.1)\nlayers.RandomRotation(0.03)  # about 10 degrees",
)

MOST_DEGREES = 45.0  # from there on a 7 lies between a 7 and an L
ENOUGH = 0.05  # of the images that are fed: fewer look like their own mirror images


def check_mirrored(seen: Observations) -> Finding | None:
    """What the random layers of the model are set to, and which of the images that are fed are mirror images."""
    model, fed = seen.subject.keras_model, seen.subject.fed
    layers = model._flatten_layers() if model is not None else ()
    said = next((text for one in layers if seen.called(one) and (text := _how(one)) is not None), None)
    if said is None and fed is not None and fed.mirrored > ENOUGH:
        said = f"{fed.mirrored:.0%} of the images that are fed are mirrored or turned by 180 degrees"
    if said is None:
        return None
    return MIRRORED.finding(
        said,
        "move and turn digits a little, by 10 degrees at most",
        at=place_naming(seen.subject, "RandomFlip", "RandomRotation", *FLIPS),
    )


FLIPS = ("random_flip_left_right", "random_flip_up_down", "flip_left_right", "horizontal_flip", "fliplr", "flipud")


def _how(layer: keras.layers.Layer) -> str | None:
    """What a random layer does to digits that it should not; None: nothing."""
    if isinstance(layer, keras.layers.RandomFlip):
        return f"{layer.name} mirrors half of the images ({layer.mode.replace('_', ' ')})"
    if not isinstance(layer, keras.layers.RandomRotation):
        return None
    factor = np.abs(layer.get_config()["factor"])
    degrees = float(np.max(factor)) * 360
    return f"{layer.name} turns images by up to {degrees:.0f} degrees" if degrees > MOST_DEGREES else None
