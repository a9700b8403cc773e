"""How fast the lab is: our compiled epoch beside the lab's own loop and Keras `fit`, all in this run.

    python -m benchmarks.epoch

Softmax regression, batch 32, SGD 0.01, 55,000 images to train on.  MNIST from $DIGITLAB_DATA or the cache where
it is, else the synthetic digits: the time does not depend on what the images show.

Each loop has a process of its own, so that each can have the threads that suit it: TensorFlow's own choice, or one.
"""

from __future__ import annotations

import itertools
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

import numpy as np

import digitlab
from benchmarks.table import print_table, print_title, spread
from digitlab.data.dataset import Split
from digitlab.training.start import start_tensorflow

start_tensorflow()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from digitlab.models.softmax import SoftmaxRegression  # noqa: E402
from digitlab.training import to_tf_dataset  # noqa: E402
from digitlab.training.plan import epoch_order  # noqa: E402
from digitlab.training.step import CompiledEpoch, CompiledEvaluation, ResidentSplit, gradient_step  # noqa: E402

EPOCHS = 7  # timed for each loop, after one that compiles
BATCH, RATE = 32, 0.01

Epoch = Callable[[], object]


def main() -> None:
    """Print all tables."""
    splits = digitlab.split(digitlab.load(), seed=0)
    print_title(f"One epoch of softmax regression, {len(splits.train):,} images, validation included")
    compare_loops()
    print_title("Time grows linearly in the number of images")
    scale_images(splits.train)
    print_title("… and of epochs")
    scale_epochs(splits)


def compare_loops() -> None:
    """Ours beside its peers; the loops take turns, so that a slow minute of the machine hits all alike."""
    loops = {
        "the lab's loop: tf.data, one tf.function a step": ("lab_loop", None),
        "the same, one thread": ("lab_loop", 1),
        "Keras fit, as tutorials write it": ("keras_fit", None),
        "the same, one thread ": ("keras_fit", 1),
        "digitlab.train in a notebook": ("compiled_epoch", None),
        "digitlab train softmax (it takes one thread)": ("compiled_epoch", 1),
    }
    processes = {name: start_loop(*loop) for name, loop in loops.items()}
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(EPOCHS + 1):
        for name, connection in processes.items():
            connection.send("epoch")
            taken = connection.recv()
            if turn:
                seconds[name].append(taken)
    ours = seconds["digitlab train softmax (it takes one thread)"]
    rows = []
    for name, t in seconds.items():
        ratio = statistics.median(theirs / mine for theirs, mine in zip(t, ours, strict=True))
        rows.append([name, spread(t, digits=3), f"{ratio:.1f}"])
    print_table(["loop", "seconds an epoch: median (least to greatest)", "times ours"], rows)


def start_loop(kind: str, threads: int | None) -> Connection:
    """A process that does an epoch of this loop whenever it is told to, and says how long it took."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    multiprocessing.get_context("spawn").Process(target=serve_loop, args=(kind, threads, theirs), daemon=True).start()
    return ours


def serve_loop(kind: str, threads: int | None, connection: Connection) -> None:
    """What runs in that process."""
    start_tensorflow(threads)
    epoch = getattr(sys.modules[__name__], kind)(digitlab.split(digitlab.load(), seed=0))
    with suppress(EOFError):  # whoever asked is gone
        while connection.recv():
            connection.send(timed(epoch))


def lab_loop(splits: digitlab.Splits) -> Epoch:
    """The loop of the lab sheet, `examples/mnist_softmax.py`."""
    model, optimizer = a_model(), keras.optimizers.SGD(RATE)
    loss_object = keras.losses.CategoricalCrossentropy()
    metrics = [keras.metrics.Mean(), keras.metrics.CategoricalAccuracy()]
    train, validation = to_tf_dataset(splits.train), to_tf_dataset(splits.validation, shuffle=False)

    @tf.function
    def train_step(images: tf.Tensor, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            predictions = model(images)
            loss = loss_object(labels, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        metrics[0](loss)
        metrics[1](labels, predictions)

    @tf.function
    def validation_step(images: tf.Tensor, labels: tf.Tensor) -> None:
        predictions = model(images)
        metrics[0](loss_object(labels, predictions))
        metrics[1](labels, predictions)

    def epoch() -> None:
        for images, labels in train:
            train_step(images, labels)
        for images, labels in validation:
            validation_step(images, labels)

    return epoch


def keras_fit(splits: digitlab.Splits) -> Epoch:
    """`compile` and `fit` on arrays."""
    model = a_model()
    model.compile(optimizer=keras.optimizers.SGD(RATE), loss="categorical_crossentropy", metrics=["accuracy"])
    (images, labels), validation = arrays(splits.train), arrays(splits.validation)
    return lambda: model.fit(images, labels, batch_size=BATCH, epochs=1, validation_data=validation, verbose=0)


def compiled_epoch(splits: digitlab.Splits) -> Epoch:
    """What `digitlab train` does each epoch, but for writing the checkpoint."""
    training, numbers = CompiledTraining(splits.train), itertools.count()
    evaluation = CompiledEvaluation(training.model, keras.losses.CategoricalCrossentropy())
    validation = ResidentSplit(splits.validation, 10)

    def epoch() -> None:
        training.epoch(next(numbers))
        evaluation.run(validation)

    return epoch


class CompiledTraining:
    """Our epoch over a part, as the experiment sets it up."""

    def __init__(self, part: Split) -> None:
        self.model, self._images = a_model(), len(part)
        step = gradient_step(keras.losses.CategoricalCrossentropy(), keras.optimizers.SGD(RATE))
        self._runner = CompiledEpoch(self.model, step, ResidentSplit(part, 10), BATCH)

    def epoch(self, number: int) -> None:
        """Train one epoch."""
        self._runner.run(epoch_order(self._images, 0, number), lambda done, steps: None)


def scale_images(part: Split) -> None:
    """Seconds an epoch for 15,000 to 240,000 images (the larger sets repeat images)."""
    rows = []
    for images in (15_000, 30_000, 60_000, 240_000):
        training = CompiledTraining(part.take(np.arange(images) % len(part)))
        training.epoch(0)
        seconds = [timed(partial(training.epoch, number)) for number in range(1, 6)]
        rows.append([f"{images:,}", spread(seconds, digits=3), f"{statistics.median(seconds) / images * 1e6:.2f}"])
    print_table(["images", "seconds an epoch", "microseconds an image"], rows)


def scale_epochs(splits: digitlab.Splits) -> None:
    """Seconds of 5 to 40 epochs."""
    epoch, rows = compiled_epoch(splits), []
    epoch()
    for epochs in (5, 10, 20, 40):
        seconds = [timed(partial(repeat, epoch, epochs)) for _ in range(3)]
        rows.append([str(epochs), spread(seconds), f"{statistics.median(seconds) / epochs:.3f}"])
    print_table(["epochs", "seconds", "seconds an epoch"], rows)


def repeat(epoch: Epoch, times: int) -> None:
    """Do `times` epochs."""
    for _ in range(times):
        epoch()


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def a_model() -> keras.Model:
    """Softmax regression with its weights made."""
    keras.utils.set_random_seed(0)
    model = SoftmaxRegression()
    model(np.zeros((1, 784), np.float32))
    return model


def arrays(part: Split) -> tuple[np.ndarray, np.ndarray]:
    """Images float32 [N, 784] and one-hot labels, as `fit` takes them."""
    return part.images.reshape(len(part), -1).astype(np.float32) / 255, np.eye(10, dtype=np.float32)[part.labels]


if __name__ == "__main__":
    main()
