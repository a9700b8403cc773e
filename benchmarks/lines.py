"""Trains the line reader and puts it into the package.

    python -m benchmarks.lines first weights.npz     166,800 canvases, with any backend of Keras
    python -m benchmarks.lines second weights.npz    8,000 new ones on top, then export (TensorFlow)

Lines are composed from MNIST's training part without its last 5,000 images, which judge the result; the golden lines
are drawn by program alone.  `benchmarks.reading` then measures people's own pictures.  The shipped first round ran with
KERAS_BACKEND=jax on an H200, 6 minutes without the composition, and was stopped after 13,882 of its 14,884 steps.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

import digitlab
from digitlab.base import machine
from digitlab.data.synthetic import generate
from digitlab.models.lines import lines
from digitlab.preprocess.strip import ALPHABET
from digitlab.runtime.reader.decoding import decode
from digitlab.runtime.reader.network import FOLDER, LineNetwork, LinesInfo, Round, write_lines
from digitlab.synthetic.canvas import canvases
from digitlab.synthetic.glyphs import Glyphs
from digitlab.synthetic.lines import Composer
from digitlab.training.lines import train

HELD_OUT = 5_000  # images that no training line shows
JUDGED = 1_000  # lines
GOLDEN = 4  # canvases
FIRST = Round(canvases=166_800, batch=256, steps=14_884, rate=0.004, seed=0)
SECOND = Round(canvases=8_000, batch=32, steps=500, rate=0.0015, seed=21)


def main() -> None:
    """Do one of the two rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("round", choices=["first", "second"])
    parser.add_argument("weights", type=Path)
    arguments = parser.parse_args()
    if arguments.round == "first":
        np.savez(arguments.weights, *_trained(FIRST, None).get_weights())
        return
    with np.load(arguments.weights) as stored:
        model = _trained(SECOND, [stored[name] for name in stored.files])
    from digitlab.export.onnx import line_reader_to_onnx

    info = LinesInfo(alphabet=ALPHABET, rounds=(FIRST, SECOND), versions=machine.versions(), sha256={})
    write_lines(FOLDER, line_reader_to_onnx(model), golden_strips(), info)
    _judge()


def _trained(step: Round, weights: list[NDArray[np.float32]] | None) -> keras.Model:
    images = digitlab.load("mnist").train
    composer = Composer(Glyphs(images.images[:-HELD_OUT], images.labels[:-HELD_OUT], step.seed))
    strips, answers = canvases(composer, step.canvases, np.random.default_rng(step.seed))
    print(f"{len(strips):,} canvases with {(answers > 0).sum():,} answers", flush=True)
    keras.utils.set_random_seed(step.seed)
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = lines()
    keras.config.set_dtype_policy("float32")
    if weights is not None:
        model.set_weights(weights)
    train(
        model, strips, answers, batch=step.batch, steps=step.steps, rate=step.rate, seed=step.seed, progress=_progress
    )
    answering = lines()
    answering.set_weights(model.get_weights())
    return answering


def golden_strips() -> NDArray[np.uint8]:
    """Lines that show no image of MNIST."""
    drawn = generate(1, train=1_000, test=10).train
    return canvases(Composer(Glyphs(drawn.images, drawn.labels, 1)), GOLDEN, np.random.default_rng(1))[0]


def _progress(step: int, loss: float) -> None:
    print(f"step {step:,}: loss {loss:.4f}", flush=True)


def _judge() -> None:
    """How many composed lines of held-out digits are read without an error."""
    images, rng = digitlab.load("mnist").train, np.random.default_rng(1)
    composer = Composer(Glyphs(images.images[-HELD_OUT:], images.labels[-HELD_OUT:], 1))
    network, composed = LineNetwork(), [composer.line(rng) for _ in range(JUDGED)]
    right = sum("".join(c.text for c in decode(network(line.strip[None])[0])) == line.text for line in composed)
    print(f"{right} of {JUDGED} lines of held-out digits right")


if __name__ == "__main__":
    main()
