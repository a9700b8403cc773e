"""Does `predict` see what the model was trained on?  Validation images are written as picture files and read by it."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.data.splits import Splits
from digitlab.images.decode import open_picture
from digitlab.preprocess.pipeline import prepare
from digitlab.runs.run import ReadBack
from digitlab.runtime.predictor import Predictor

MOST = 500  # images; a picture of a digit takes a millisecond or two


def read_back(predictor: Predictor, splits: Splits) -> ReadBack:
    """How many validation images are recognised as pictures, and how many as they are; evenly drawn, at most `MOST`."""
    validation = splits.validation
    part = validation.spread(MOST)
    pictures = np.stack([_as_predict_sees(predictor, image) for image in part.images])
    right, in_training = (
        int((predictor.predict(images).argmax(axis=1) == part.labels).sum()) for images in (pictures, part.images)
    )
    return ReadBack(images=len(part), right=right, right_in_training=in_training)


def _as_predict_sees(predictor: Predictor, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "png", compress_level=1)
    picture = open_picture(stream.getvalue(), colour=predictor.takes_colour)
    return prepare(picture, predictor.info.preprocessing).image
