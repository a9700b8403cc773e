from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.images.png import png_uri, red_blue_uri, thumbnail


def opened(address: str) -> Image.Image:
    head, content = address.split(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


def on_paper(address: str, brightness: int) -> NDArray[np.int64]:
    """The pixels of a picture on paper of this brightness."""
    picture = opened(address)
    return np.asarray(Image.alpha_composite(Image.new("RGBA", picture.size, (brightness,) * 3), picture), np.int64)


def test_a_picture_comes_back_from_its_address() -> None:
    for image in (np.arange(784, dtype=np.uint8).reshape(28, 28), np.arange(48, dtype=np.uint8).reshape(4, 4, 3)):
        np.testing.assert_array_equal(np.asarray(opened(png_uri(image))), image)


def test_negative_values_are_red_and_positive_ones_blue() -> None:
    red, white, blue = on_paper(red_blue_uri(np.array([[-1, 0, 1]], np.float32), limit=1), 255)[0]
    assert red[0] > red[2] + 50
    assert blue[2] > blue[0] + 50
    assert white.min() > 240


def test_zero_has_the_colour_of_the_page() -> None:
    assert on_paper(red_blue_uri(np.zeros((1, 1)), limit=1), 20)[0, 0, :3].tolist() == [20, 20, 20]


def test_a_thumbnail_keeps_the_proportion_and_the_pixels() -> None:
    assert thumbnail(np.zeros((200, 50), np.float32), 100).shape == (100, 25)
    assert thumbnail(np.array([[0, 1]], np.float32), 4).tolist() == [[0, 0, 255, 255]] * 2
    assert thumbnail(np.ones((3, 3, 3), np.float32), 6).shape == (6, 6, 3)
