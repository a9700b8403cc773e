"""How much of the machine a training uses: its floating-point operations a second against those of a matrix product.

    python -m benchmarks.throughput [--threads 1]

A training step of each network and a product of two 2,048 × 2,048 matrices take turns, in the same precision and with
the same threads.  Counted are the multiplications and additions of convolutions and Dense layers, forward and twice
backward (the first layer has no gradient for its input); the rest of the work counts as time, not as operations.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable

import numpy as np

import digitlab
from benchmarks.table import print_table, print_title, spread
from digitlab.base import machine
from digitlab.data.dataset import Dataset, Split
from digitlab.training.start import start_tensorflow

IMAGES, TURNS, SIDE = 1_280, 5, 2_048


def main() -> None:
    """Print a row for each network and precision."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=machine.usable_cores())
    threads = parser.parse_args().threads
    start_tensorflow(threads)
    part = digitlab.split(digitlab.load(), seed=0).train.take(np.arange(IMAGES))
    rows = [
        row(name, precision, part)
        for name in ("fast", "accurate", "best")
        for precision in ("float32", *(["bfloat16"] if machine.multiplies_bfloat16() else []))
    ]
    print_title(f"Operations of a training step against a matrix product, {threads} thread(s)")
    print_table(["network", "precision", "GFLOP a second of the processor", "matrix product", "share", "images"], rows)


def row(name: str, precision: str, part: Split) -> list[str]:
    """One network: seconds of the processor, so that other work on the machine does not count."""
    step, operations = training(name, precision, part)
    product = matrix_product(precision)
    rates: dict[str, list[float]] = {"step": [], "product": [], "images": []}
    for turn in range(TURNS + 1):
        steps, products = processor(step), processor(product)
        if turn:
            rates["step"].append(operations * IMAGES / steps / 1e9)
            rates["product"].append(2 * SIDE**3 / products / 1e9)
            rates["images"].append(IMAGES / steps)
    share = statistics.median(a / b for a, b in zip(rates["step"], rates["product"], strict=True))
    figures = [spread(rates["step"], "", 0), spread(rates["product"], "", 0), f"{share:.0%}"]
    return [name, precision, *figures, spread(rates["images"], "", 0)]


def training(name: str, precision: str, part: Split) -> tuple[Callable[[], object], float]:
    """An epoch over `part`, and the operations of one image in it."""
    from digitlab.config import RunConfig
    from digitlab.training.augment import make_augment
    from digitlab.training.plan import epoch_order
    from digitlab.training.setup import make_trainable, settings_of
    from digitlab.training.step import CompiledEpoch, ResidentSplit

    settings = settings_of(name).model_copy(update={"precision": precision})
    config = RunConfig(recipe=name, data="mnist", training=settings)
    made = make_trainable(config, Dataset("mnist", part, None, tuple("0123456789")), len(part), part, None)
    data = ResidentSplit(part, 10, made.image_shape)
    runner = CompiledEpoch(
        made.training_model, made.train_step, data, settings.batch_size, make_augment(settings.augmentation)
    )
    order = epoch_order(len(part), 0, 1)
    forward = [operations(layer) for layer in made.model.layers]
    first = next(count for count in forward if count)
    return lambda: runner.run(order, lambda done, steps: None), 3 * sum(forward) - first


def operations(layer: object) -> float:
    """Multiplications and additions of one layer for one image; 0 of one without a kernel."""
    kernel = getattr(layer, "kernel", None)
    if kernel is None:
        return 0
    places = math.prod(layer.output.shape[1:-1])  # type: ignore[attr-defined]
    return 2.0 * int(math.prod(kernel.shape)) * int(places)


def matrix_product(precision: str) -> Callable[[], object]:
    """A function that multiplies two matrices in TensorFlow and waits for the answer."""
    import tensorflow as tf

    left, right = (tf.cast(tf.random.normal([SIDE, SIDE]), precision) for _ in range(2))
    product = tf.function(lambda: tf.reduce_sum(tf.cast(tf.matmul(left, right)[0], tf.float32)), jit_compile=False)
    return lambda: float(product())


def processor(work: Callable[[], object]) -> float:
    """Seconds of the processor that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
