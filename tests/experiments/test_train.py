from __future__ import annotations

import csv
import json
import random
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import digitlab
from digitlab.base.machine import usable_cores, versions
from digitlab.data.dataset import Dataset, Split
from digitlab.errors import DigitlabError, RunError, TrainingError, UsageError
from digitlab.experiments.train import keras_model
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import EpochRecord
from digitlab.training.listeners import Listener

EVERYTHING = {
    "bundle",
    "checkpoint.npz",
    "figures",
    "history.csv",
    "model.keras",
    "predictions.npz",
    "progress.json",
    "report.html",
    "result.json",
    "run.json",
}


class StopAfter(Listener):
    """Presses Ctrl-C when an epoch is complete."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def epoch_ended(self, record: EpochRecord) -> None:
        if record.epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def train(data: Path | Dataset, out: Path, spec: str = "softmax", **options: Any) -> digitlab.Run:
    given = data if isinstance(data, Dataset) else str(data)
    return digitlab.train(
        spec, given, out=out, **{"epochs": 3, "learning_rate": 0.1, "listeners": (), "report": False, **options}
    )


def stop_after(epoch: int, data: Path, out: Path) -> RunDirectory:
    with pytest.raises(KeyboardInterrupt):
        train(data, out, listeners=[StopAfter(epoch)])
    (path,) = out.iterdir()
    return RunDirectory(path)


def weights(run: digitlab.Run) -> bytes:
    return b"".join(array.tobytes() for array in RunDirectory(run.path).weights.values())


def history(run: digitlab.Run) -> list[list[str]]:
    """All of the history but the seconds."""
    return [row[:-1] for row in csv.reader((run.path / "history.csv").read_text().splitlines())]


def test_a_run_leaves_everything_behind(digits: Dataset, out: Path) -> None:
    run = train(digits, out, report=True)
    assert {path.name for path in run.path.iterdir() if not path.name.startswith(".")} == EVERYTHING
    assert [record.epoch for record in run.history] == [1, 2, 3]
    assert (run.info.status, run.info.test_looks) == ("done", 1)
    assert (run.info.dataset.train, run.info.dataset.validation, run.info.dataset.test) == (550, 50, 200)


def test_the_result_follows_from_the_stored_predictions(digits: Dataset, held_out: Split, out: Path) -> None:
    run = train(digits, out)
    stored = RunDirectory(run.path).predictions
    assert run.result is not None
    assert np.array_equal(stored.labels, held_out.labels)
    right = stored.probabilities.argmax(axis=1) == stored.labels
    assert run.result.test_accuracy == right.mean()
    assert sum(score.right for score in run.result.classes) == right.sum()
    assert run.result.test_interval[0] < right.mean() < run.result.test_interval[1]


def test_the_model_file_answers_as_the_run_did(digits: Dataset, held_out: Split, out: Path) -> None:
    import keras

    run = train(digits, out)
    model = keras.models.load_model(run.path / "model.keras")
    answers = np.asarray(model(held_out.images.reshape(200, 784) / np.float32(255)))
    np.testing.assert_allclose(answers, RunDirectory(run.path).predictions.probabilities, atol=1e-6)


def test_the_same_seed_gives_the_same_bytes(digits: Dataset, out: Path) -> None:
    first, second, other = (train(digits, out, seed=seed) for seed in (4, 4, 5))
    assert weights(first) == weights(second) != weights(other)
    assert history(first) == history(second) != history(other)


def test_what_another_thread_draws_changes_no_weight(digits: Dataset, out: Path, tmp_path: Path) -> None:
    ended = threading.Event()

    def draw() -> None:
        while not ended.is_set():
            random.random()

    alone = train(digits, out, "mlp:16,dropout=0.2")
    noisy = threading.Thread(target=draw)
    noisy.start()
    try:
        beside = train(digits, tmp_path, "mlp:16,dropout=0.2")
    finally:
        ended.set()
        noisy.join()
    assert weights(alone) == weights(beside)


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_resumed_run_equals_one_that_never_stopped(digits_file: Path, tmp_path: Path, epoch: int) -> None:
    whole = train(digits_file, tmp_path / "whole")
    stopped = stop_after(epoch, digits_file, tmp_path / "stopped")
    assert (stopped.info.status, len(stopped.history)) == ("interrupted", epoch)
    resumed = digitlab.resume(stopped.path, listeners=(), report=False)
    assert weights(resumed) == weights(whole)
    assert history(resumed) == history(whole)
    assert resumed.result is not None
    assert whole.result is not None
    assert resumed.result.test_loss == whole.result.test_loss


def test_a_run_resumed_with_other_versions_and_cores_says_so(digits_file: Path, tmp_path: Path) -> None:
    class Notes(Listener):
        def __init__(self) -> None:
            self.texts: list[str] = []

        def noted(self, text: str) -> None:
            self.texts.append(text)

    path, notes = stop_after(1, digits_file, tmp_path).path, Notes()
    file = path / "run.json"
    text = json.loads(file.read_text())
    text["versions"]["keras"], text["machine"]["cores"] = "2.15.0", 64
    file.write_text(json.dumps(text))
    run = digitlab.resume(path, listeners=[notes], report=False)
    changes = f"keras {versions()['keras']} (was 2.15.0), cores {usable_cores()} (was 64)"
    assert run.info.resumed_with == (changes,)
    assert f"resumed with {changes}: the last bits may differ from a run that never stopped" in notes.texts
    assert ("resumed with", changes) in run.facts().items()


def test_an_augmented_run_is_resumed_to_the_same_bytes(digits_file: Path, tmp_path: Path) -> None:
    whole = train(digits_file, tmp_path / "whole", augmentation="affine")
    with pytest.raises(KeyboardInterrupt):
        train(digits_file, tmp_path / "cut", augmentation="affine", listeners=[StopAfter(1)])
    (path,) = (tmp_path / "cut").iterdir()
    assert weights(digitlab.resume(path, listeners=(), report=False)) == weights(whole)


FAST: dict[str, Any] = {
    "schedule": "one-cycle",
    "averaging": 0.9,
    "label_smoothing": 0.1,
    "precision": "bfloat16",
}


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_a_run_with_a_cycle_a_mean_and_a_twin_is_resumed_to_the_same_bytes(
    digits_file: Path, tmp_path: Path, optimizer: str
) -> None:
    settings = {**FAST, "optimizer": optimizer}
    whole = train(digits_file, tmp_path / "whole", "cnn", **settings)
    other = train(digits_file, tmp_path / "other", "cnn", **{**settings, "precision": "float32"})
    assert weights(whole) != weights(other)
    for epoch in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            train(digits_file, tmp_path / f"cut-{epoch}", "cnn", **settings, listeners=[StopAfter(epoch)])
        (path,) = (tmp_path / f"cut-{epoch}").iterdir()
        assert weights(digitlab.resume(path, listeners=(), report=False)) == weights(whole)


def test_losses_told_of_validation_and_test_are_not_smoothed(digits: Dataset, out: Path) -> None:
    run = train(digits, out, label_smoothing=0.5)
    stored = RunDirectory(run.path).predictions
    right = stored.probabilities[np.arange(len(stored.labels)), stored.labels]
    assert run.result is not None
    assert run.result.test_loss == pytest.approx(-np.log(right).mean(), abs=1e-5)


def test_the_last_epochs_settle_at_a_tenth_of_the_rate(digits_file: Path, tmp_path: Path) -> None:
    plain, settled = train(digits_file, tmp_path / "a"), train(digits_file, tmp_path / "b", settling=1)
    assert history(plain)[:3] == history(settled)[:3]
    assert history(plain)[3] != history(settled)[3]
    with pytest.raises(KeyboardInterrupt):
        train(digits_file, tmp_path / "cut", settling=1, listeners=[StopAfter(2)])
    (path,) = (tmp_path / "cut").iterdir()
    assert weights(digitlab.resume(path, listeners=(), report=False)) == weights(settled)


def test_a_recipe_has_no_optimizer_of_its_own(digits: Dataset, out: Path) -> None:
    with pytest.raises(UsageError) as caught:
        train(digits, out, optimizer="own")
    assert str(caught.value) == (
        "a recipe has no optimizer of its own\n  found: optimizer=own\n"
        "  to do: give sgd, adam or muon, or leave it out; a train_step of yours brings its own"
    )
    assert not out.exists()


def test_a_files_own_optimizer_does_not_settle(digits: Dataset, out: Path) -> None:
    file = out.parent / "mine.py"
    file.write_text(
        "import keras\nmodel = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, 'softmax')])\n"
        "optimizer = keras.optimizers.Adam(0.01)\n"
    )
    with pytest.raises(
        UsageError, match="recipes only; your file sets its own\n  found: settling=1\n  to do: leave it out"
    ):
        train(digits, out, spec=str(file), settling=1, learning_rate=None)


def test_a_history_ahead_of_its_checkpoint_is_cut_back(digits_file: Path, tmp_path: Path) -> None:
    """As a kill between the two files leaves it."""
    whole = train(digits_file, tmp_path / "whole")
    stopped = stop_after(1, digits_file, tmp_path / "stopped")
    stopped.write_history([*stopped.history, whole.history[1]])
    assert history(digitlab.resume(stopped.path, listeners=(), report=False)) == history(whole)


def test_a_finished_run_is_not_resumed(digits_file: Path, out: Path) -> None:
    run = train(digits_file, out)
    with pytest.raises(RunError, match=r"is finished\n  found: 3 of 3 epochs\n  to do: look at it: digitlab runs show"):
        digitlab.resume(run.path)


def test_a_run_is_not_resumed_with_other_data(digits: Dataset, held_out: Split, tmp_path: Path, out: Path) -> None:
    file = tmp_path / "d.npz"
    np.savez(file, x_train=digits.train.images, y_train=digits.train.labels)
    stopped = stop_after(1, file, out)
    np.savez(file, x_train=held_out.images, y_train=held_out.labels)
    with pytest.raises(
        RunError, match=r"has changed since this run was started\n  found: sha256 [0-9a-f]{12}… where"
    ) as caught:
        digitlab.resume(stopped.path)
    assert caught.value.remedy == (
        "bring the old data back, give it from Python (digitlab.resume(path, data)), or start a new run"
    )


def test_without_a_test_the_test_part_stays_shut(digits: Dataset, out: Path) -> None:
    run = train(digits, out, test=False)
    assert run.result is None
    assert run.info.test_looks == 0
    assert not (run.path / "predictions.npz").exists()
    assert run.info.status == "done"


def test_a_loss_gone_wild_keeps_the_last_good_epoch(digits_file: Path, out: Path) -> None:
    class Poison(Listener):
        """Spoils the weights after the second epoch, as a rate too high does."""

        def epoch_ended(self, record: EpochRecord) -> None:
            if record.epoch == 2:
                variable.assign(np.nan)

    import tensorflow as tf

    variable = tf.Variable(1.0)

    def train_step(model: Any, images: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            predictions = model(images)
            loss = -tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(predictions), axis=1)) * variable
        for weight, gradient in zip(
            model.trainable_variables, tape.gradient(loss, model.trainable_variables), strict=True
        ):
            weight.assign_sub(0.1 * gradient)
        return loss, predictions

    with pytest.raises(TrainingError, match="became NaN or infinite in epoch 3"):
        train(digits_file, out, train_step=train_step, listeners=[Poison()])
    (path,) = out.iterdir()
    directory = RunDirectory(path)
    assert (directory.info.status, len(directory.history)) == ("failed", 2)
    assert all(np.isfinite(array).all() for array in directory.weights.values())
    with pytest.raises(RunError, match="with another train step\n  found: none where train_step is needed") as caught:
        digitlab.resume(path)
    assert caught.value.remedy == "from Python: digitlab.resume(path, train_step=…)"


def test_a_users_model_that_keras_cannot_save_is_trained_all_the_same(digits: Dataset, out: Path) -> None:
    class Notes(Listener):
        def noted(self, text: str) -> None:
            notes.append(text)

    notes: list[str] = []
    file = out.parent / "odd.py"
    file.write_text(
        "import keras\n"
        "class Odd(keras.Model):\n"
        "    def __init__(self, thing=object()):\n"
        "        super().__init__()\n"
        "        self.dense = keras.layers.Dense(10, activation='softmax')\n"
        "    def call(self, images):\n"
        "        return self.dense(images)\n"
    )
    run = train(digits, out, spec=str(file), listeners=[Notes()])
    assert run.result is not None
    assert run.path.name.startswith("odd-")
    assert (run.path / "source" / "odd.py").read_text() == file.read_text()
    assert any(note.startswith("there is no model.keras, since Keras cannot save this model: ") for note in notes)


def own_adam() -> Any:
    """A step with an optimizer of its own, as people write it in a notebook."""
    import keras
    import tensorflow as tf

    optimizer = keras.optimizers.Adam(0.01)

    def adam(model: Any, images: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            predictions = model(images)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(labels, predictions))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss, predictions

    return adam


def test_the_optimizer_of_an_own_step_is_resumed_too(digits_file: Path, tmp_path: Path) -> None:
    whole = train(digits_file, tmp_path / "whole", train_step=own_adam(), learning_rate=None)
    with pytest.raises(KeyboardInterrupt):
        train(digits_file, tmp_path / "cut", train_step=own_adam(), learning_rate=None, listeners=[StopAfter(2)])
    (path,) = (tmp_path / "cut").iterdir()
    resumed = digitlab.resume(path, train_step=own_adam(), listeners=(), report=False)
    assert history(resumed) == history(whole)
    assert resumed.info.config.training.optimizer == "own"


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (lambda model, images, labels: None, "the train step returns the wrong values\n  found: NoneType\n"),
        (lambda model, images, labels: images, "the train step returns the wrong values\n  found: "),
        (
            lambda model, images, labels: (labels, labels),
            "found: a loss of shape (None, 10)\n  to do: write: def train",
        ),
        (lambda images: None, "the train step raises an error\n  found: TypeError: "),
    ],
)
def test_a_step_that_cannot_be_used_is_told(digits: Dataset, out: Path, step: Any, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        train(digits, out, train_step=step)
    assert text in str(caught.value)
    assert not out.exists()


def test_a_batch_larger_than_the_data_is_the_data(digits: Dataset, out: Path) -> None:
    whole, larger = train(digits, out, batch_size=550), train(digits, out, batch_size=1_000_000)
    assert weights(whole) == weights(larger)


def test_the_model_of_a_run_comes_back_with_its_weights(digits: Dataset, held_out: Split, out: Path) -> None:
    run = train(digits, out)
    answers = np.asarray(keras_model(run.path, digits)(held_out.images.reshape(200, 784) / np.float32(255)))
    np.testing.assert_allclose(answers, RunDirectory(run.path).predictions.probabilities, atol=1e-6)


def test_a_damaged_checkpoint_or_history_is_told(digits_file: Path, out: Path) -> None:
    stopped = stop_after(2, digits_file, out)
    kept = stopped.history
    stopped.write_history(kept[:1])
    with pytest.raises(RunError, match=r"is damaged\n  found: 1 epochs where the checkpoint has 2"):
        digitlab.resume(stopped.path, listeners=(), report=False)
    stopped.write_history(kept)
    stopped.checkpoint_file.write_bytes(stopped.checkpoint_file.read_bytes()[:1000])
    with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
        digitlab.resume(stopped.path, listeners=(), report=False)


def test_a_kept_model_file_that_was_changed_is_not_resumed(digits_file: Path, out: Path) -> None:
    file = out.parent / "mine.py"
    file.write_text(
        "import keras\ndef build_model():\n    return keras.Sequential([keras.layers.Dense(10, 'softmax')])\n"
    )
    with pytest.raises(KeyboardInterrupt):
        train(digits_file, out, spec=str(file), listeners=[StopAfter(1)])
    (path,) = out.iterdir()
    assert keras_model(path).count_params() == 7850
    (path / "source" / "mine.py").write_text(file.read_text() + "# changed\n")
    with pytest.raises(RunError, match=r"not the one that the run was started with\n  found: .*mine\.py was changed"):
        digitlab.resume(path)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ({"spec": "sofmax"}, "unknown recipe 'sofmax'\n  found: 'sofmax'\n  to do: did you mean 'softmax'?"),
        ({"data": "fashon-mnist"}, "unknown dataset 'fashon-mnist'\n  found: 'fashon-mnist'\n  to do: did you mean"),
        ({"epochs": 0}, "invalid value for --epochs"),
    ],
)
def test_wrong_use_is_told_before_anything_is_made(call: dict[str, Any], text: str, out: Path) -> None:
    with pytest.raises(UsageError) as caught:
        digitlab.train(**{"spec": "softmax", "data": "synthetic", "out": out, **call})
    assert str(caught.value).startswith(text)
    assert not out.exists()


def test_in_a_notebook_a_run_is_a_table_with_curves(digits: Dataset, out: Path) -> None:
    html = train(digits, out)._repr_html_()
    assert html.count("<polyline") == 4
    assert "test accuracy" in html


def test_every_error_can_be_caught_as_one_kind() -> None:
    assert issubclass(RunError, DigitlabError)
    assert digitlab.DigitlabError is DigitlabError
