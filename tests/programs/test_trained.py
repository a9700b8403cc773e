"""Programs as people write them train as they are written."""
# ruff: noqa: E501, ISC004 - the programs are texts

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from digitlab.programs.call import Call
from digitlab.programs.capture import Fit
from digitlab.programs.loop import Loop
from digitlab.programs.trained import Trained
from digitlab.training.step import CompiledEvaluation, ResidentSplit
from tests.programs.agreement import agreement, loaded, written

FILES = Path(__file__).parent / "files"
EXAMPLES = Path(__file__).parents[2] / "examples"
DATA = "import keras\nimport tensorflow as tf\n(x, y), _ = keras.datasets.mnist.load_data()\n"
FLAT = DATA + "x = x.reshape(-1, 784).astype('float32') / 255\n"
BATCHES = "tf.data.Dataset.from_tensor_slices((x, y)).batch(64)"
NET = "net = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])\n"
LOSS = "loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)\n"
TAPE = "with tf.GradientTape() as tape:\n{0}    loss = loss_of(labels, net(images))\n{0}"
APPLY = "sgd.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))\n"
SGD = "sgd = keras.optimizers.SGD(0.1)\n"
FIT = "model.compile(keras.optimizers.SGD(0.1), 'sparse_categorical_crossentropy')\nmodel.fit(x, y, epochs=2, batch_size=50)\n"

PROGRAMS = {
    "all of it in main()": DATA.replace("(x, y)", "\n\ndef main():\n    (x, y)")
    + "    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, 'softmax')])\n    "
    + FIT.replace("\n", "\n    ").replace("(x,", "(x / 255.0,")
    + "\n\nif __name__ == '__main__':\n    main()\n",
    "model and step in a class of plain variables": FLAT
    + "class Net:\n    def __init__(self):\n        self.w, self.b = tf.Variable(tf.zeros([784, 10])), tf.Variable(tf.zeros([10]))\n"
    "    def __call__(self, images):\n        return images @ self.w + self.b\n"
    "    def train_step(self, images, labels):\n        with tf.GradientTape() as tape:\n"
    "            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(labels, tf.int32), self(images)))\n"
    "        for v, g in zip([self.w, self.b], tape.gradient(loss, [self.w, self.b])):\n            v.assign_sub(0.1 * g)\n"
    f"net = Net()\nfor images, labels in {BATCHES}:\n    net.train_step(images, labels)\n",
    "adversarial training in a step called update": FLAT
    + NET
    + LOSS
    + SGD
    + "def attack(images, labels):\n    with tf.GradientTape() as tape:\n        tape.watch(images)\n"
    "        loss = loss_of(labels, net(images))\n    return images + 0.1 * tf.sign(tape.gradient(loss, images))\n"
    "def update(images, labels):\n    moved = attack(images, labels)\n    with tf.GradientTape() as tape:\n"
    "        loss = loss_of(labels, net(images)) + loss_of(labels, net(moved))\n    " + APPLY
    + f"for images, labels in {BATCHES}:\n    update(images, labels)\n",
    "a loop at the top level that prints the loss": FLAT + NET + LOSS + SGD
    + f"for step, (images, labels) in enumerate({BATCHES}):\n    {TAPE.format('    ')}{APPLY}"
    "    if step % 100 == 0:\n        print(float(loss))\n",
    "a loop in a function": FLAT + NET + LOSS + SGD
    + f"def train(data):\n    for images, labels in data:\n        {TAPE.format('        ')}{APPLY}train({BATCHES})\n",
    "slices of arrays": FLAT + NET + LOSS + SGD
    + "for first in range(0, len(x), 64):\n    images, labels = x[first:first + 64], y[first:first + 64]\n"
    f"    {TAPE.format('    ')}{APPLY}",
    "the next of an iterator": FLAT + NET + LOSS + SGD
    + f"batches = iter({BATCHES}.repeat())\nfor _ in range(200):\n    images, labels = next(batches)\n"
    f"    {TAPE.format('    ')}{APPLY}",
    "images scaled in the step": DATA + NET + LOSS + SGD
    + "def step(images, labels):\n    images = tf.reshape(tf.cast(images, tf.float32) / 127.5 - 1, [-1, 784])\n"
    f"    {TAPE.format('    ')}{APPLY}for images, labels in {BATCHES}:\n    step(images, labels)\n",
    "a layer as the model": FLAT + NET.replace("keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])", "keras.layers.Dense(10)")
    + LOSS + SGD + f"for images, labels in {BATCHES}:\n    {TAPE.format('    ')}{APPLY}",
    "predictions computed in the step": FLAT
    + "w = tf.Variable(tf.zeros([784, 10]))\ndef learn(images, labels):\n    with tf.GradientTape() as tape:\n"
    "        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(tf.one_hot(labels, 10), images @ w))\n"
    "    w.assign_sub(0.1 * tape.gradient(loss, w))\n"
    f"for images, labels in {BATCHES}:\n    learn(images, labels)\n",
    "train_on_batch": FLAT
    + "model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, 'softmax')])\n"
    "model.compile(keras.optimizers.SGD(0.1), 'sparse_categorical_crossentropy')\n"
    f"for images, labels in {BATCHES}:\n    model.train_on_batch(images, labels)\n",
    "a step that looks at values": FLAT + NET + LOSS + SGD
    + f"def step(images, labels):\n    {TAPE.format('    ')}    assert float(loss) < 100\n    {APPLY}"
    + f"for images, labels in {BATCHES}:\n    step(images, labels)\n",
}  # fmt: skip


def program(text: str, folder: Path) -> Path:
    path = folder / "my_model.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_trains_as_written(text: str, sample: Split, tmp_path: Path) -> None:
    captured, user = loaded(program(text, tmp_path), sample)
    found = agreement(captured, user, sample)
    assert found.apart < 1e-4
    assert found.moved > 1e-3
    assert learned(user, sample) > 0.2


def learned(user: Trained, sample: Split) -> float:
    """The share of 400 digits that is recognised after the short training of `agreement`."""
    resident = ResidentSplit(sample.take(np.arange(400)), 10, user.image_shape)
    return CompiledEvaluation(user.model, user.loss).run(resident)[0].accuracy


@pytest.mark.parametrize("name", ["lab", "gradient_accumulation", "nielsen_mse", "d2l_class", "old_tf1_style"])
def test_a_correct_program_trains_as_written(name: str, sample: Split, tmp_path: Path) -> None:
    """All of them: tests/slow/test_programs.py."""
    found = agreement(*loaded(written(name, tmp_path), sample), sample)
    assert found.apart < 1e-4
    assert found.moved > 1e-3


@pytest.mark.parametrize(
    ("name", "shape", "kind", "logits", "settings"),
    [
        ("own_method", (28, 28), Fit, False, {"batch_size": 32, "epochs": 3}),
        ("own_step", (784,), Call, False, {}),
        ("quickstart", (28, 28, 1), Call, True, {"batch_size": 32, "epochs": 5}),
        ("sequential_fit", (784,), Fit, False, {"batch_size": 32, "epochs": 5}),
        ("sparse_labels", (784,), Call, True, {"batch_size": 32}),
        ("subclass", (784,), type(None), False, {}),
        ("build_cnn", (28, 28, 1), type(None), True, {}),
        ("tape_loop", (784,), Call, False, {"batch_size": 32, "epochs": 5}),
    ],
)
def test_what_is_seen(name: str, shape: Any, kind: type, logits: bool, settings: Any, sample: Split) -> None:
    captured, user = loaded(FILES / f"{name}.py", sample)
    assert isinstance(captured.step, kind)
    assert (user.image_shape, user.gives_logits, captured.settings) == (shape, logits, settings)


@pytest.mark.parametrize("name", ["mnist_softmax", "mnist_fit", "mnist_deep"])
def test_the_labs_own_scripts_train_as_written(name: str, sample: Split) -> None:
    found = agreement(*loaded(EXAMPLES / f"{name}.py", sample), sample)
    assert found.apart < 1e-4
    assert found.moved > 1e-3


def test_the_loop_is_seen_for_what_it_is(sample: Split, tmp_path: Path) -> None:
    kinds = {
        "all of it in main()": Fit,
        "adversarial training in a step called update": Call,
        "a loop in a function": Loop,
        "slices of arrays": Loop,
    }
    for text, kind in kinds.items():
        captured, _ = loaded(program(PROGRAMS[text], tmp_path), sample)
        assert isinstance(captured.step, kind), text


def test_a_step_that_cannot_be_compiled_runs_line_by_line_and_says_so(sample: Split, tmp_path: Path) -> None:
    _, user = loaded(program(PROGRAMS["a step that looks at values"], tmp_path), sample)
    assert user.notes == ("its step cannot be compiled, so it runs line by line: line 11, assert float(loss) < 100",)


def test_the_loss_of_a_step_judges_in_validation(sample: Split, tmp_path: Path) -> None:
    """A squared error that is written into the step, against NumPy."""
    captured, user = loaded(written("nielsen_mse", tmp_path), sample)
    images, labels = (
        sample.images[:50].reshape(-1, 784) / np.float32(255),
        np.eye(10, dtype=np.float32)[sample.labels[:50]],
    )
    predictions = np.asarray(captured.call(tf.constant(images), False))
    wanted = (0.5 * ((predictions - labels) ** 2).sum(axis=1)).mean()
    assert float(user.loss(tf.constant(labels), tf.constant(predictions))) == pytest.approx(wanted, rel=1e-5)


def test_pixels_in_another_order_are_fed_in_that_order(sample: Split, tmp_path: Path) -> None:
    _, user = loaded(written("mlp_mixer", tmp_path), sample)
    assert user.step is not None
    images = sample.images[:3]
    grid = images.reshape(-1, 7, 4, 7, 4).transpose(0, 1, 3, 2, 4).reshape(-1, 49, 16) / np.float32(255)
    np.testing.assert_allclose(user.step.feed.images(tf.constant(images / np.float32(255))), grid, atol=1e-6)


@pytest.mark.parametrize("name", ["quickstart", "sequential_fit", "own_step"])
def test_capturing_leaves_no_trace(name: str, sample: Split) -> None:
    _, user = loaded(FILES / f"{name}.py", sample)
    if user.optimizer is not None:
        assert int(user.optimizer.iterations) == 0
        assert all(not np.any(variable) for variable in user.optimizer.variables[2:])
    assert all(int(one) == 0 for one in user.variables if one.dtype == tf.int32)
    _, same = loaded(FILES / f"{name}.py", sample)
    for one, other in zip(user.model.variables, same.model.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_process_is_as_it_was(sample: Split, capsys: pytest.CaptureFixture[str]) -> None:
    load_data, path, arguments = keras.datasets.mnist.load_data, list(sys.path), list(sys.argv)
    real = tf.GradientTape.gradient, keras.layers.Layer.__call__, keras.Model.fit, random.seed, tf.random.set_seed
    loaded(FILES / "quickstart.py", sample)
    assert (keras.datasets.mnist.load_data, sys.path, sys.argv) == (load_data, path, arguments)
    assert real == (
        tf.GradientTape.gradient, keras.layers.Layer.__call__, keras.Model.fit, random.seed, tf.random.set_seed
    )  # fmt: skip
    assert sys.getprofile() is None
    assert capsys.readouterr() == ("", "")


def test_a_seed_in_the_program_gives_way_to_the_runs(sample: Split) -> None:
    weights: list[Any] = []
    notes: tuple[str, ...] = ()
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        from digitlab.programs.program import load_program
        from digitlab.programs.source import read_source
        from digitlab.programs.stage import staged

        source = read_source(str(FILES / "sequential_fit.py"))
        with staged(source):
            captured = load_program(source, None, sample)
        assert isinstance(captured.model, keras.Model)
        weights.append(captured.model.get_weights()[0])
        notes = captured.notes
    assert not np.array_equal(*weights)
    assert notes[0] == ("line 8 sets a seed (keras.utils.set_random_seed(42)); the seed of the run is used instead")


def test_of_several_models_the_one_that_is_named_trains(sample: Split, tmp_path: Path) -> None:
    text = FLAT + "".join(
        f"{name} = keras.Sequential([keras.Input((784,)), keras.layers.Dense({units}), keras.layers.Dense(10)])\n"
        f"{name}.compile('sgd', {loss!r})\n{name}.fit(x, y, epochs={epochs})\n"
        for name, units, loss, epochs in (("small", 8, "mse", 2), ("large", 9, "mae", 3))
    ).replace("y,", "keras.utils.to_categorical(y),")
    for name, epochs in ((None, 2), ("large", 3), ("small", 2)):
        captured, _ = loaded(program(text, tmp_path), sample, name)
        assert (captured.name, captured.settings["epochs"]) == (name or "small", epochs)


REFUSED = {
    "a loop that never moves a weight": (
        FLAT
        + NET
        + LOSS
        + f"for images, labels in {BATCHES}:\n    {TAPE.format('    ')}tape.gradient(loss, net.trainable_weights)\n",
        "my_model.py, line 7: the step never changes a weight\n"
        "  found: it computes gradients, and neither an optimizer nor an assignment uses them\n"
        "  to do: end the step with: optimizer.apply_gradients(zip(gradients, model.trainable_variables))",
    ),
    "labels that do not belong to the images": (
        FLAT + "import numpy as np\ny = np.random.default_rng(0).permutation(y)\n"
        "model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, 'softmax')])\n" + FIT,
        "are fed with another label than most of their class",
    ),
    "an output of the wrong width": (
        FLAT + "model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(12, 'softmax')])\n" + FIT,
        "my_model.py, line 5: the output of the model has the wrong shape\n  found: [batch, 12], not [batch, 10]\n",
    ),
    "a step that nothing calls and that takes something else": (
        DATA + "def train_step(batch):\n    with tf.GradientTape() as tape:\n        pass\n" + NET,
        "my_model.py, line 4: train_step needs other arguments than images and labels, and nothing calls it\n"
        "  found: train_step(batch)\n",
    ),
    "random numbers in predictions that the step computes": (
        PROGRAMS["predictions computed in the step"].replace("images @ w", "tf.nn.dropout(images @ w, 0.5)"),
        "the predictions of the step were not found",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_trained_as_written_is_refused(
    text: str, message: str, sample: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its line and the reason; a standard step never takes its place."""
    monkeypatch.chdir(tmp_path)
    program(text, tmp_path)
    with pytest.raises(ModelFileError) as caught:
        loaded(Path("my_model.py"), sample)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2
