"""A sheet with its reading drawn on it: a box around each digit, its class above."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitlab.images.picture import Picture
from digitlab.runtime.reader.reading import Reading

SURE, UNSURE = (0, 114, 178), (213, 94, 0)  # blue and orange, which colour-blind people can distinguish
MIN_SURE = 0.9  # probability
MIN_FONT_SIZE = 12  # pixels


def annotated_png(picture: Picture, reading: Reading) -> bytes:
    """The picture as a PNG, blue boxes around digits that are at least 90% sure, orange ones around the others."""
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8)).convert("RGB")
    drawing, width = ImageDraw.Draw(image), max(1, max(image.size) // 400)
    for digit in (digit for line in reading.lines for digit in line):
        left, top, right, bottom = digit.box
        colour = SURE if digit.probability >= MIN_SURE else UNSURE
        size = max(MIN_FONT_SIZE, (bottom - top) // 2)
        drawing.rectangle((left - width, top - width, right + width, bottom + width), outline=colour, width=width)
        row = next((row for row in (top - width, bottom + size) if size <= row <= image.height), top + size)
        drawing.text((left, row), digit.text, fill=colour, font=ImageFont.load_default(size), anchor="ld")
    stream = io.BytesIO()
    image.save(stream, "png")
    return stream.getvalue()
