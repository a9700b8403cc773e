from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np

import digitlab
from digitlab.data.dataset import Dataset
from digitlab.lab.curves import curves_svg
from digitlab.lab.snapshot import newest_run, snapshot_of, stamp, weight_images
from digitlab.runs.controls import Progress, write_progress
from digitlab.runs.directory import RunDirectory


def trained(digits: Dataset, out: Path, spec: str = "softmax") -> Path:
    return digitlab.train(spec, digits, out=out, epochs=2, test=False, report=False, listeners=[]).path


def test_a_run_in_words_and_pictures(digits: Dataset, tmp_path: Path) -> None:
    path = trained(digits, tmp_path)
    seen = snapshot_of(path)
    assert (seen.sentence, seen.share, seen.steerable) == ("Done, 2 of 2 epochs.", 1.0, False)
    assert [name for name, _ in seen.weights] == list("0123456789")
    kernel = next(iter(RunDirectory(path).weights.values()))
    np.testing.assert_array_equal(seen.weights[3][1].ravel(), kernel[:, 3])


def test_a_loop_of_ones_own_is_watched_too(tmp_path: Path) -> None:
    model = keras.Sequential([keras.layers.Input((784,)), keras.layers.Dense(10)])
    for _ in digitlab.watch(range(2), model, out=tmp_path, train_loss=lambda: 0.5):
        (path,) = tmp_path.iterdir()
        assert snapshot_of(path).steerable
    seen = snapshot_of(path)
    assert seen.sentence == "Done, 2 of 2 epochs."
    assert [name for name, _ in seen.weights] == list("0123456789")


def test_a_killed_training_is_told(digits: Dataset, tmp_path: Path) -> None:
    path = trained(digits, tmp_path)
    RunDirectory(path).mark("running")
    write_progress(path, Progress(process=1, epochs=2, done=3, steps=9, paused=True, learning_rate=0.1))
    seen = snapshot_of(path)
    assert seen.sentence == "The training process has ended, after 2 of 2 epochs. Complete epochs are saved."
    assert not seen.paused


def test_a_paused_training_says_where(digits: Dataset, tmp_path: Path) -> None:
    path = trained(digits, tmp_path)
    directory = RunDirectory(path)
    directory.mark("running")
    write_progress(path, Progress(process=os.getpid(), epochs=1, done=5, steps=10, paused=True, learning_rate=0.1))
    with directory.lock():
        seen = snapshot_of(path)
    assert seen.sentence == "Paused, after 2 of 2 epochs, step 5 of 10."
    assert (seen.paused, seen.share) == (True, 0.75)


def test_the_stamp_changes_with_the_folder(digits: Dataset, tmp_path: Path) -> None:
    path = trained(digits, tmp_path)
    before = stamp(path)
    assert stamp(path) == before
    RunDirectory(path).mark("interrupted")
    assert stamp(path) != before


def test_the_newest_run_is_the_one_that_was_written_last(digits: Dataset, tmp_path: Path) -> None:
    assert newest_run(tmp_path) is None
    first, second = (trained(digits, tmp_path) for _ in range(2))
    assert newest_run(tmp_path) == second
    RunDirectory(first).mark("running")
    assert newest_run(tmp_path) == first


def test_hidden_units_and_kernels_have_numbers() -> None:
    dense = {"0/kernel": np.zeros((784, 30)), "1/bias": np.zeros(30), "2/kernel": np.zeros((30, 10))}
    names = [name for name, _ in weight_images(dense, tuple("0123456789"))]
    assert (names[0], len(names)) == ("unit 0", 20)
    convolution = {"0/kernel": np.zeros((3, 3, 1, 4)), "1/kernel": np.zeros((36, 10))}
    assert [image.shape for _, image in weight_images(convolution, ())] == [(3, 3)] * 4
    coloured = {"0/kernel": np.arange(3 * 3 * 3 * 2.0).reshape(3, 3, 3, 2), "1/kernel": np.zeros((18, 4))}
    assert weight_images(coloured, ())[1][1][0, 0] == 1 + 3 + 5
    assert weight_images({"0/kernel": np.zeros((7, 4))}, ()) == ()


def test_dense_weights_of_other_square_images() -> None:
    for shape in ((32, 32), (8, 8, 3)):
        weights = np.random.default_rng(0).normal(size=(2, *shape))
        images = weight_images({"0/kernel": weights.reshape(2, -1).T}, ("a", "b"))
        np.testing.assert_allclose(images[1][1], weights[1] if len(shape) == 2 else weights[1].sum(axis=2))


def test_curves_leave_out_what_is_no_number() -> None:
    svg = curves_svg("Loss", [("training", [2.0, float("nan"), 1.0])], percent=False, last=3, marks=[(2, "rate 1")])
    assert svg.count("<circle") == 2
    assert 'aria-label="Loss over the epochs: training 1"' in svg
    assert "rate 1</text>" in svg
    assert curves_svg("Loss", [("training", [float("nan")])], percent=False, last=3) == ""


def test_curves_of_one_value_have_a_scale() -> None:
    assert curves_svg("Accuracy", [("training", [0.5])], percent=True, last=1).count("<circle") == 1
