from __future__ import annotations

import numpy as np

from digitlab.images.spec import MNIST
from digitlab.report.figures.tiles import weight_images, weight_limit


def test_each_class_has_its_own_image_on_the_same_scale() -> None:
    kernel = np.zeros((784, 3), np.float32)
    kernel[29, 2] = -0.5  # second row, second pixel
    assert weight_images(kernel, MNIST)[2, 1, 1] == -0.5
    assert weight_limit(kernel) == 0.5
    assert weight_limit(np.zeros((784, 3), np.float32)) > 0
