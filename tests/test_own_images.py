"""Images of any size and colour, from a folder of pictures to what is said about one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import digitlab
from digitlab.cli.main import app
from digitlab.data.dataset import Dataset, Split
from digitlab.errors import BundleError, UsageError
from digitlab.experiments.train import export_run
from digitlab.lab.model_cache import ModelCache
from digitlab.runs.run import ReadBack
from tests import pictures


def command(*words: object) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result


def said(model: Path, folder: Path) -> list[str]:
    """The likeliest class of each picture."""
    answers = json.loads(command("predict", "--model", model, folder, "--json").stdout)["images"]
    return [answer["label"] for answer in answers]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures.letters(tmp_path_factory.mktemp("letters"), each=60)


@pytest.fixture(scope="module")
def run_of_letters(letters: Path, tmp_path_factory: pytest.TempPathFactory) -> digitlab.Run:
    out = tmp_path_factory.mktemp("runs")
    return digitlab.train("fast", str(letters), out=out, epochs=12, batch_size=16, precision="float32", listeners=())


def test_classes_that_differ_only_in_colour(tmp_path: Path) -> None:
    folder = pictures.colours(tmp_path / "colours", each=30)
    options = "--epochs", 20, "--learning-rate", 0.05, "--out", tmp_path / "runs", "--json"
    done = json.loads(command("train", "softmax", "--data", folder, *options).stdout)
    assert done["test_accuracy"] == 1
    for name in pictures.COLOURS:
        assert said(done["run"], folder / name) == [name] * 30


def test_letters_are_read_as_they_were_trained(letters: Path, run_of_letters: digitlab.Run) -> None:
    assert run_of_letters.result is not None
    assert run_of_letters.result.test_accuracy > 0.9
    answers = [said(run_of_letters.path, letters / name).count(name) for name in "ABC"]
    assert sum(answers) > 0.9 * 180


def test_the_end_of_a_training_says_how_predict_reads(run_of_letters: digitlab.Run) -> None:
    read_back = run_of_letters.info.read_back
    assert read_back is not None
    assert (read_back.images, read_back.problem) == (run_of_letters.info.dataset.validation, None)
    assert read_back.right == read_back.right_in_training
    assert f"predict reads {read_back.right / read_back.images:.1%} of" in run_of_letters.report.read_text()


def test_the_bundle_says_what_it_takes(run_of_letters: digitlab.Run) -> None:
    document = json.loads((run_of_letters.path / "bundle" / "bundle.json").read_text())
    assert document["format"] == 2
    assert document["preprocessing"] == {"domain": "plain", "image": {"height": 32, "width": 32, "channels": 1}}


def test_check_explain_and_export(letters: Path, run_of_letters: digitlab.Run, tmp_path: Path) -> None:
    assert "No problems found (9 checks)." in command("data", "check", letters).stdout
    picture = letters / "A" / "0.png"
    command("explain", picture, "--model", run_of_letters.path, "--out", tmp_path)
    assert "grey, unchanged" in (tmp_path / "explain.html").read_text()
    for kind in ("onnx", "litert", "saved-model"):
        command("export", run_of_letters.path, "--format", kind)


def test_the_page_draws_no_letters(run_of_letters: digitlab.Run) -> None:
    with pytest.raises(BundleError) as caught:
        ModelCache(run_of_letters.path.parent).predictor(run_of_letters.path.name)
    assert str(caught.value) == (
        "this page draws 28×28 grey pixels\n"
        f"  found: {run_of_letters.path.name} takes 32×32\n"
        "  to do: use picture files: digitlab predict --model RUN IMAGE, digitlab explain --model RUN IMAGE"
    )


def test_a_stranger_is_none_of_these(run_of_letters: digitlab.Run) -> None:
    predictor = digitlab.load_model(run_of_letters.path)
    answer = predictor.answer(np.full((32, 32), 255, np.uint8)).rejected()
    assert str(answer) == "none of these"


@pytest.mark.parametrize("side", [28, 32])
def test_an_asked_form_stays_with_the_run(side: int, tmp_path: Path) -> None:
    folder = pictures.colours(tmp_path / "colours", each=15)
    run = digitlab.train("softmax", str(folder), image_size=side, gray=True, out=tmp_path, epochs=1, listeners=())
    assert (run.info.config.image_size, run.info.config.gray) == (side, True)
    assert f"--image-size {side} --gray" in run.report.read_text()
    export_run(run.path)  # which loads the data again


def test_a_bundle_for_other_images_than_its_network_takes(run_of_letters: digitlab.Run, tmp_path: Path) -> None:
    source, folder = run_of_letters.path / "bundle", tmp_path / "bundle"
    folder.mkdir()
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    document = json.loads((source / "bundle.json").read_text())
    document["preprocessing"]["image"]["width"] = 64
    (folder / "bundle.json").write_text(json.dumps(document))
    with pytest.raises(BundleError):
        digitlab.load_model(folder)


@pytest.mark.parametrize(
    ("spec", "problem", "remedy"),
    [
        (
            "model.py",
            "a model file needs grey images of 28×28 pixels",
            "add --image-size 28 --gray; or train a recipe, which takes any size and colour: cnn, fast",
        ),
        (
            "robust",
            "this recipe draws digits beside the images that it learns from",
            "take cnn, fast, accurate or best",
        ),
    ],
)
def test_what_is_for_digits_only(spec: str, problem: str, remedy: str, tmp_path: Path) -> None:
    images = np.zeros((30, 20, 20, 3), np.uint8)
    dataset = Dataset("x", Split(images, np.arange(30) % 3), None, ("a", "b", "c"))
    model = tmp_path / "model.py"
    model.write_text("import keras\nmodel = keras.Sequential([keras.layers.Input((784,)), keras.layers.Dense(3)])\n")
    options: dict[str, Any] = {"epochs": 1, "batch_size": 8, "check": False, "out": tmp_path, "listeners": ()}
    with pytest.raises(UsageError) as caught:
        digitlab.train(str(model) if spec == "model.py" else spec, dataset, **options)
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)
    assert "20×20 in colour, 3 classes" in caught.value.found


def test_a_form_is_for_data_of_ones_own() -> None:
    with pytest.raises(UsageError) as caught:
        digitlab.load("synthetic", image_size=32, gray=True)
    assert str(caught.value) == (
        "a named dataset keeps the size and colour of its images\n"
        "  found: synthetic with --image-size 32 and --gray\n"
        "  to do: leave the option out; it is for your own folder or file"
    )


def test_pictures_that_are_read_worse_than_in_training_are_an_error() -> None:
    assert ReadBack(images=500, right=440, right_in_training=450).problem is None
    assert ReadBack(images=500, right=265, right_in_training=450).problem == (
        "error: predict reads 53.0% of 500 validation pictures right, but in training 90.0% are (87.1% to 92.3%): "
        "do not trust predict"
    )
