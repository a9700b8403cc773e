"""A sheet with its reading drawn on it: a box around each digit, its class above."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from digitlab.images.picture import Picture
from digitlab.runtime.reader.reading import FoundDigit, Reading

SURE, UNSURE = (0, 114, 178), (213, 94, 0)  # blue and orange, which colour-blind people can distinguish
MIN_SURE = 0.9  # probability
MIN_FONT_SIZE = 12  # pixels


def annotated_png(picture: Picture, reading: Reading) -> bytes:
    """The picture as a PNG, blue boxes around digits that are at least 90% sure, orange ones around the others.

    Where a class has no room above its digit, there is white paper above the picture.
    """
    digits = [digit for line in reading.lines for digit in line]
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8)).convert("RGB")
    width = max(1, max(image.size) // 400)
    above = max([0, *(_font_size(digit) + width - digit.box[1] for digit in digits)])
    image = ImageOps.expand(image, (0, above, 0, 0), "white")
    drawing = ImageDraw.Draw(image)
    for digit in digits:
        left, top, right, bottom = digit.box
        place = (left - width, above + top - width, right + width, above + bottom + width)
        colour = SURE if digit.probability >= MIN_SURE else UNSURE
        drawing.rectangle(place, outline=colour, width=width)
        font = ImageFont.load_default(_font_size(digit))
        drawing.text((left, above + top - width), digit.text, fill=colour, font=font, anchor="ld")
    stream = io.BytesIO()
    image.save(stream, "png")
    return stream.getvalue()


def _font_size(digit: FoundDigit) -> int:
    return max(MIN_FONT_SIZE, (digit.box[3] - digit.box[1]) // 2)
