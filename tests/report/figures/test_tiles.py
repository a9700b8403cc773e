from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from digitlab.images.spec import MNIST
from digitlab.report.figures.tiles import image_uri, weight_images, weight_limit, weight_uri


def opened(address: str) -> np.ndarray:
    head, content = address.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


def test_a_picture_comes_back_from_its_address() -> None:
    image = np.arange(784, dtype=np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(opened(image_uri(image)), image)


def test_negative_weights_are_red_and_positive_ones_blue() -> None:
    pixels = opened(weight_uri(np.array([[-1, 0, 1]], np.float32), limit=1)).astype(int)
    red, white, blue = pixels[0]
    assert red[0] > red[2] + 50
    assert blue[2] > blue[0] + 50
    assert white.min() > 240


def test_each_class_has_its_own_picture_on_the_same_scale() -> None:
    kernel = np.zeros((784, 3), np.float32)
    kernel[29, 2] = -0.5  # second row, second pixel
    assert weight_images(kernel, MNIST)[2, 1, 1] == -0.5
    assert weight_limit(kernel) == 0.5
    assert weight_limit(np.zeros((784, 3), np.float32)) > 0
