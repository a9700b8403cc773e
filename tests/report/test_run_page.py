from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from digitlab.config import RunConfig, TrainingConfig
from digitlab.errors import RunError, StorageError
from digitlab.runs.run import RateChange
from tests.report.page_reader import Page

if TYPE_CHECKING:
    from tests.report.conftest import Finish, Finished

SECTIONS = ["curves", "weights", "samples", "matrices", "model", "formula", "confusion", "classes", "mistakes", "facts"]
OF_SOFTMAX_ONLY = {"weights", "model", "formula"}
FIGURES = {name for name in SECTIONS if name != "facts"}


def test_the_page_is_whole_and_has_every_section_in_order(text: str) -> None:
    page = Page(text)
    assert page.open == []
    assert page.sections == SECTIONS
    assert len(page.ids) == len(set(page.ids))


def test_the_page_needs_nothing_from_outside(text: str) -> None:
    addresses = re.findall(r'(?:src|href)="([^"]*)', text)
    assert set(re.findall(r"https?://[^\"' <]*", text)) == {"http://www.w3.org/2000/svg"}
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert "<script" not in text


def test_the_answer_comes_first(finished: Finished, text: str) -> None:
    assert finished.run.result is not None
    low, high = finished.run.result.test_interval
    answer, rest = text.split("<section", 1)
    assert f"{finished.run.result.test_accuracy:.2%}" in answer
    assert f"{low:.2%} to {high:.2%}" in answer
    assert "resized from 8 × 8" in rest


def test_a_rate_that_was_changed_is_told(finished: Finished, finish: Finish) -> None:
    steered = finish()
    changes = (RateChange(epoch=2, learning_rate=0.5),)
    info = steered.run.info.model_copy(update={"rate_changes": changes})
    text = replace(steered, run=replace(steered.run, info=info)).write()
    assert "changed during the training: 0.5 in epoch 2." in text
    assert "changed during the training" not in finished.run.report.read_text("utf-8")


def test_the_command_is_quoted_for_a_shell(finished: Finished) -> None:
    config = RunConfig(recipe="softmax", data="my data", training=TrainingConfig(stratified=True))
    command = "digitlab train softmax --data 'my data' --epochs 25 --batch-size 32 --learning-rate 0.01 --seed 0"
    assert finished.with_config(config).gathered().command == f"{command} --stratified"


def test_a_run_with_its_own_step_is_done_again_from_python(finished: Finished) -> None:
    config = RunConfig(recipe="softmax", data="mnist", train_step="my_step")
    command = finished.with_config(config).gathered().command
    assert command.startswith("digitlab.train('softmax', 'mnist', train_step=my_step, epochs=25, batch_size=32")


def test_every_figure_is_a_png_that_opens(finished: Finished) -> None:
    files = list((finished.run.path / "figures").iterdir())
    assert {path.name for path in files} == {f"{name}.png" for name in FIGURES}
    for path in files:
        with Image.open(path) as picture:
            picture.load()
            assert min(picture.size) > 150


@pytest.mark.parametrize("names", [("a", "b", "c"), tuple(f"class number {i}" for i in range(30))])
def test_any_number_of_classes_and_one_epoch(finish: Finish, names: tuple[str, ...]) -> None:
    page = Page(finish(names, epochs=1).write())
    assert page.sections == SECTIONS
    assert set(names) <= {words.strip() for words in page.words}


def test_a_class_name_is_only_ever_text(finish: Finish) -> None:
    names = ("<b>", "$x^2$", "{{ 7*7 }}", "&amp;", "'\"", "数", "a very, very long name indeed")
    text = finish(names).write()
    page = Page(text)
    assert "<b>" not in text
    assert set(names) <= {words.strip() for words in page.words}


def test_a_deeper_model_has_no_formula(finish: Finish) -> None:
    finished = finish(("a", "b", "c"))
    hidden = {"net/hidden/kernel": np.zeros((784, 16), np.float32)}
    page = Page(replace(finished, weights=finished.weights | hidden).write())
    assert page.sections == [name for name in SECTIONS if name not in OF_SOFTMAX_ONLY]
    assert not (finished.run.path / "figures" / "weights.png").exists()


def test_a_model_without_mistakes_says_so(finish: Finish) -> None:
    finished = finish(("a", "b", "c"))
    right = replace(finished.predictions, probabilities=np.eye(3, dtype=np.float32)[finished.predictions.labels])
    assert "None: every test image was classified correctly." in replace(finished, predictions=right).write()


def test_the_same_run_gives_the_same_bytes(finish: Finish) -> None:
    finished = finish(("a", "b", "c"))

    def written() -> list[bytes]:
        finished.write()
        return [path.read_bytes() for path in sorted(finished.run.path.rglob("*.*"))]

    assert written() == written()


def test_an_unfinished_run_is_refused(finish: Finish) -> None:
    finished = finish()
    untested = replace(finished, run=replace(finished.run, result=None))
    with pytest.raises(RunError) as caught:
        untested.write()
    path = finished.run.path
    assert str(caught.value) == (
        "only a run with a test result has a report\n"
        f"  found: {path} is done, after 2 epochs\n"
        "  to do: train again without --no-test"
    )
    assert not (path / "report.html").exists()


def test_a_folder_that_may_not_be_written_is_told_plainly(finish: Finish) -> None:
    finished = finish()
    (finished.run.path / "figures").write_text("in the way")
    with pytest.raises(StorageError, match=f"cannot write {finished.run.path / 'figures'}"):
        finished.write()
