"""Convolutional network for people's own digits: that of `cnn`, which also sees what is no digit.

Every image is turned, scaled, sheared and shifted anew at each visit; to four digits comes one picture of no digit, to
which every class is as right as any other.

Command:   digitlab train robust
Cost:      225,034 parameters; about ten minutes on one core
Expected:  to be measured
"""

from __future__ import annotations

from digitlab.config import TrainingConfig
from digitlab.recipes import cnn
from digitlab.recipes.recipe import Recipe

RECIPE = Recipe(
    title="convolutional network, two convolutions with pooling and a hidden layer of 128, affine augmentation",
    settings=TrainingConfig(
        epochs=25, batch_size=64, optimizer="adam", learning_rate=0.001, augmentation="affine and nondigits"
    ),
    build=cnn.RECIPE.build,
    image_shape=cnn.RECIPE.image_shape,
)
