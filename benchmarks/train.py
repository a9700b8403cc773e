"""How many images a second are trained on: digitlab beside Keras `fit` and PyTorch, all in this run.

    python -m benchmarks.train

Two networks, batch 128: the multilayer perceptron mlp:512-256 with SGD, and the convolutional network of Keras' MNIST
tutorial (32 and 64 filters, dropout 0.5, Adam).  PyTorch is shown at its best: the images resident as a tensor, a plain
loop, channels last, with and without bfloat16; it is left out, visibly, where it is not installed.
"""

from __future__ import annotations

import importlib.util
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import digitlab
from benchmarks.table import print_table, print_title, spread
from digitlab.data.dataset import Split
from digitlab.training.start import start_tensorflow

start_tensorflow()

import keras  # noqa: E402
from keras import layers  # noqa: E402

from digitlab.recipes import mlp  # noqa: E402
from digitlab.training.plan import epoch_order  # noqa: E402
from digitlab.training.step import CompiledEpoch, ResidentSplit, gradient_step  # noqa: E402

BATCH = 128
TURNS = 5  # timed for each, after one that compiles; they take turns
IMAGES = {"mlp:512-256": 55_000, "Keras' MNIST convnet": 12_800}  # a turn, so that each lasts about a second

Epoch = Callable[[], object]


def main() -> None:
    """Print a table for each network."""
    train = digitlab.split(digitlab.load(), seed=0).train
    has_torch = importlib.util.find_spec("torch") is not None
    for network, images in IMAGES.items():
        part = train.take(np.arange(images))
        convolutional = network != "mlp:512-256"
        loops = our_loops(part, convolutional)
        if has_torch:
            loops |= torch_loops(part, convolutional)
        print_title(f"Training {network}, batch {BATCH}: images a second")
        compare(loops, images)
        if not has_torch:
            print("\nPyTorch is not installed, so it is not in this table.")


def compare(loops: dict[str, Epoch], images: int) -> None:
    """Time all in turn; print images a second, and the ratio to digitlab in the same precision."""
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(TURNS + 1):
        for name, epoch in loops.items():
            start = time.perf_counter()
            epoch()
            if turn:
                rates[name].append(images / (time.perf_counter() - start))
    rows = []
    for name, seen in rates.items():
        ours = rates["digitlab, bfloat16" if "bfloat16" in name else "digitlab"]
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, seen, strict=True))
        rows.append([name, spread(seen, "images/s", digits=0), f"{ratio:.2f}"])
    print_table(["loop", "median (least to greatest)", "digitlab is faster by"], rows)


def our_loops(part: Split, convolutional: bool) -> dict[str, Epoch]:
    """Our compiled epoch in float32 and bfloat16, and Keras `fit` as the tutorial writes it."""
    return {
        "digitlab": compiled(part, convolutional, "float32"),
        "Keras fit": keras_fit(part, convolutional),
        "digitlab, bfloat16": compiled(part, convolutional, "mixed_bfloat16"),
    }


def compiled(part: Split, convolutional: bool, policy: str) -> Epoch:
    """What `digitlab train` does each epoch."""
    model, optimizer = a_model(convolutional, policy)
    step = gradient_step(keras.losses.CategoricalCrossentropy(), optimizer)
    shape = (28, 28, 1) if convolutional else (784,)
    runner = CompiledEpoch(model, step, ResidentSplit(part, 10, shape), BATCH)
    numbers = itertools.count()
    return lambda: runner.run(epoch_order(len(part), 0, next(numbers)), lambda done, steps: None)


def keras_fit(part: Split, convolutional: bool) -> Epoch:
    """`compile` and `fit` on float32 arrays."""
    model, optimizer = a_model(convolutional, "float32")
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    images = part.images.astype(np.float32) / 255
    images = images[..., None] if convolutional else images.reshape(len(part), -1)
    labels = np.eye(10, dtype=np.float32)[part.labels]
    return lambda: model.fit(images, labels, batch_size=BATCH, epochs=1, verbose=0)


def a_model(convolutional: bool, policy: str) -> tuple[keras.Model, keras.optimizers.Optimizer]:
    """The network with its weights made, and its optimizer."""
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    model = convnet() if convolutional else mlp.network(784, 10, [512, 256])
    keras.config.set_dtype_policy("float32")
    optimizer = keras.optimizers.Adam() if convolutional else keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_variables)
    return model, optimizer


def convnet() -> keras.Model:
    """The network of Keras' tutorial `Simple MNIST convnet`."""
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10),
            layers.Softmax(dtype="float32"),
        ]
    )


def torch_loops(part: Split, convolutional: bool) -> dict[str, Epoch]:
    """PyTorch: a plain loop over a resident tensor."""
    loops = {"PyTorch": torch_loop(part, convolutional, channels_last=False, bfloat16=False)}
    if convolutional:
        loops["PyTorch, channels last"] = torch_loop(part, convolutional, channels_last=True, bfloat16=False)
    loops["PyTorch, bfloat16"] = torch_loop(part, convolutional, channels_last=convolutional, bfloat16=True)
    return loops


def torch_loop(part: Split, convolutional: bool, *, channels_last: bool, bfloat16: bool) -> Epoch:
    """One epoch in PyTorch: gather, scale, forward, backward, update, running loss and accuracy."""
    import torch

    nn: Any = torch.nn
    torch.manual_seed(0)
    flat = [nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)]
    first = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*([*first, nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10)] if convolutional else flat))
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = model.to(memory_format=layout)
    optimizer: Any = torch.optim.Adam(model.parameters()) if convolutional else torch.optim.SGD(model.parameters(), 0.1)
    images, labels = torch.from_numpy(part.images[:, None].copy()), torch.from_numpy(part.labels.copy())

    def epoch() -> tuple[float, int]:
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for batch in torch.split(torch.randperm(len(labels)), BATCH):
            x = (images[batch].float() / 255).to(memory_format=layout)
            y = labels[batch]
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                logits = model(x)
            loss = nn.functional.cross_entropy(logits.float(), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach()
            right += (logits.argmax(1) == y).sum()
        return float(loss_sum), int(right)

    return epoch


if __name__ == "__main__":
    main()
