"""DL508 and DL605: settings of layers that do not suit digits, or the length of the training."""

import keras
import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import Rule
from digitlab.checker.where import place_naming

AVERAGES = Rule(
    code="DL508",
    slug="slow-averages",
    severity="warning",
    title="the moving averages of batch normalization are still near their start when the training ends",
    why="In training, batch normalization uses mean and variance of the batch; in inference, it uses moving averages "
    "of them. With momentum 0.9999 each step moves these by one ten-thousandth, so after a thousand steps they are "
    "nearly what they started as: the training accuracy is fine, and validation is near chance.",
    wrong="layers.BatchNormalization(momentum=0.9999)",
    right="layers.BatchNormalization()  # momentum 0.99; 0.9 for a short training",
    needs_file=True,
)
MIRRORED = Rule(
    code="DL605",
    slug="mirrored-digits",
    severity="warning",
    title="digits are mirrored, or turned upside down, while they keep their labels",
    why="Augmentation should show a picture as somebody might have written it: slightly turned, moved, or larger. "
    "Nobody writes a mirrored 2, and a 6 that is turned by 180 degrees is a 9. Flips are right for cats, not for "
    "digits.",
    wrong="layers.RandomFlip('horizontal')\nlayers.RandomRotation(0.5)  # of a whole turn: 180 degrees",
    right="layers.RandomTranslation(0.1, 0.1)\nlayers.RandomRotation(0.03)  # about 10 degrees",
)

MNIST_IMAGES = 60_000  # no program goes through more in an epoch
MIN_INITIAL_SHARE = 0.5  # of an average, that is still its start
MAX_DEGREES = 45.0  # beyond it, a turned 7 looks like an L
MIN_MIRRORED = 0.05  # of the images that are fed: fewer look like their own mirror images
FLIPS = ("random_flip_left_right", "random_flip_up_down", "flip_left_right", "horizontal_flip", "fliplr", "flipud")


def check_averages(seen: Observations) -> Finding | None:
    """What is left of the start after as many steps as the program does: momentum to the power of steps."""
    program, model = seen.subject.program, seen.subject.keras_model
    if program is None or model is None or not program.batch_size or not program.epochs:
        return None
    steps = program.epochs * -(-MNIST_IMAGES // program.batch_size)
    layers = [one for one in model._flatten_layers() if isinstance(one, keras.layers.BatchNormalization)]
    momentum = max((one.momentum for one in layers if one.trainable), default=0.0)
    if momentum**steps < MIN_INITIAL_SHARE:
        return None
    return AVERAGES.finding(
        f"with momentum {momentum:g}, after {steps} steps (all that the program does) {momentum**steps:.0%} of an "
        "average is still its start",
        "use momentum=0.9, or leave it out",
        at=place_naming(seen.subject, "momentum", "BatchNormalization"),
    )


def check_mirrored(seen: Observations) -> Finding | None:
    """How the random layers of the model are set, and which of the images that are fed are mirror images."""
    model, fed = seen.subject.keras_model, seen.subject.fed
    layers = model._flatten_layers() if model is not None else ()
    observed = next((text for one in layers if seen.graph.is_called(one) and (text := _flip_by(one))), None)
    if observed is None and fed is not None and fed.mirrored > MIN_MIRRORED:
        observed = f"{fed.mirrored:.0%} of the images that are fed are mirrored or turned by 180 degrees"
    if observed is None:
        return None
    return MIRRORED.finding(
        observed,
        "move digits a little, and turn them by 10 degrees at most",
        at=place_naming(seen.subject, "RandomFlip", "RandomRotation", *FLIPS),
    )


def _flip_by(layer: keras.layers.Layer) -> str | None:
    """How a random layer mirrors digits or turns them too far; None: it does not."""
    if isinstance(layer, keras.layers.RandomFlip):
        return f"{layer.name} mirrors half of the images ({layer.mode.replace('_', ' ')})"
    if not isinstance(layer, keras.layers.RandomRotation):
        return None
    degrees = float(np.max(np.abs(layer.get_config()["factor"]))) * 360
    return f"{layer.name} turns images by up to {degrees:.0f} degrees" if degrees > MAX_DEGREES else None
