"""How soon a loaded bundle answers, and what our layer costs over bare onnxruntime (`benchmarks.command`: cold).

python -m benchmarks.predict
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np
import onnxruntime
from PIL import Image

import digitlab
from benchmarks.table import print_table, print_title, spread
from digitlab.data import synthetic
from digitlab.images.decode import open_picture
from digitlab.preprocess.pipeline import prepare
from digitlab.runtime.places import bundle_folder, shipped_names

CALLS, BATCHES, PHOTOS, IMAGES = 200, 15, 5, 10_000


def main() -> None:
    """Print the table."""
    test = synthetic.generate(0, train=10, test=IMAGES).test
    assert test is not None
    drawing = np.asarray(Image.fromarray(255 - test.images[0]).resize((280, 280)))
    print_title("Warm: one image, a 280×280 drawing, and 10,000 images at once beside bare onnxruntime")
    rows = [[name, *_warm(name, test.images, drawing)] for name in shipped_names()]
    print_table(["bundle", "network", "drawing, with preprocessing", "ours / onnxruntime, images a second"], rows)
    preparing = _times(lambda: prepare(drawing), CALLS)
    print(f"\nPreprocessing alone: {spread([1000 * seconds for seconds in preparing], 'ms')}")
    photo, model = photograph(drawing), digitlab.load_model()
    answering = _times(lambda: model.answer(open_picture(photo)), PHOTOS)
    print(f"A photograph of 12 megapixels, from JPEG to the answer: {spread(answering, 's')}")


def photograph(drawing: np.ndarray) -> bytes:
    """The drawing on a sheet of 4000×3000 pixels, in the noise of a camera, as JPEG."""
    sheet = np.full((3000, 4000), 200.0)
    sheet[500:2500, 1000:3000] = np.asarray(Image.fromarray(drawing).resize((2000, 2000))) * (200 / 255)
    noisy = sheet + np.random.default_rng(0).normal(0, 4, sheet.shape)
    stream = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(stream, "jpeg")
    return stream.getvalue()


def _warm(name: str, images: np.ndarray, drawing: np.ndarray) -> list[str]:
    model = digitlab.load_model(name)
    bare = onnxruntime.InferenceSession(str(bundle_folder(name) / "model.onnx"), providers=["CPUExecutionProvider"])
    one = images[:1]
    single = [1000 * seconds for seconds in _times(lambda: model.predict(one), CALLS)]
    drawn = [1000 * seconds for seconds in _times(lambda: model.answer(drawing), CALLS)]
    ratios = []
    for _ in range(BATCHES):  # by turns, since machines get faster and slower
        (ours,) = _times(lambda: model.predict(images), 1)
        (theirs,) = _times(lambda: bare.run(["probabilities"], {"images": images}), 1)
        ratios.append(theirs / ours)
    return [spread(single, "ms", 3), spread(drawn, "ms"), spread(ratios, "×")]


def _times(call: Callable[[], object], count: int) -> list[float]:
    call()
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
