from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.config import RunConfig, TrainingConfig
from digitlab.data.dataset import Dataset
from digitlab.data.splits import split
from digitlab.errors import DataError
from digitlab.evaluation.intervals import wilson_interval
from digitlab.evaluation.over_seeds import Measured, compare
from digitlab.evaluation.paired import agreement
from digitlab.evaluation.power import planned
from digitlab.report.comparison_page import ComparisonContents, gather, write_comparison_report
from digitlab.report.pair_page import write_pair_report
from digitlab.runs.comparison import ComparisonRecord, TrainedModel, write_record
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import DatasetInfo, EpochRecord, Predictions, Result, Run, RunInfo
from tests.report.page_reader import Page

SECTIONS = ["table", "scores", "curves", "cost", "agreement", "sentences", "facts"]
SHARES = {"softmax": 0.7, "mlp:128": 0.8, "mlp:512-256": 0.85, "cnn": 0.9}
LONG = "my_models/deep_network.py:BigModel"


@dataclass(frozen=True)
class Compared:
    """What `write_comparison_report` takes."""

    folder: Path
    record: ComparisonRecord
    runs: Mapping[str, Sequence[Run]]
    dataset: Dataset

    def write(self) -> str:
        return write_comparison_report(self.folder, self.record, self.runs, self.dataset).read_text("utf-8")

    def gathered(self) -> ComparisonContents:
        return gather(self.record, self.runs, self.dataset)

    def write_networks(self, first: Run, second: Run) -> str:
        answers = [RunDirectory(run.path).predictions for run in (first, second)]
        names = first.path.name, second.path.name
        found = agreement(answers[0].probabilities, answers[1].probabilities, answers[0].labels, names)
        return write_pair_report(self.folder, found, (first, second), self.dataset).read_text("utf-8")


def compared(
    folder: Path, digits: Dataset, shares: Mapping[str, float] = SHARES, seeds: int = 3, without: str = ""
) -> Compared:
    """Models that read about such a share of the test images with each seed; `without` lacks its first seed."""
    runs = {
        name: [trained(folder, digits, name, share, seed) for seed in range(name == without, seeds)]
        for name, share in shares.items()
    }
    (folder / "compare").mkdir()
    return Compared(folder / "compare", recorded(runs, seeds), runs, digits)


def trained(folder: Path, digits: Dataset, name: str, share: float, seed: int) -> Run:
    """A finished run whose answers are drawn at random."""
    splits, classes = split(digits, seed), len(digits.class_names)
    rng = np.random.default_rng([seed, int(1000 * share)])
    labels = splits.test.labels
    wrong = (labels + rng.integers(1, classes, len(labels))) % classes
    answers = np.where(rng.random(len(labels)) < share, labels, wrong)
    probabilities = rng.uniform(0, 0.4 / classes, (len(labels), classes)).astype(np.float32)
    probabilities[np.arange(len(labels)), answers] = rng.uniform(0.5, 1, len(labels))
    info = RunInfo(
        config=RunConfig(recipe=name, data="small data", training=TrainingConfig(seed=seed, epochs=2)),
        dataset=DatasetInfo(
            name=digits.name,
            sha256=digits.sha256,
            train=len(splits.train),
            validation=len(splits.validation),
            test=len(labels),
            class_names=digits.class_names,
        ),
        model=f"model {name}",
        parameters=int(10_000 * share),
        started="2026-11-24T02:00:00+00:00",
        status="done",
        test_looks=1,
        versions={"numpy": "2.1"},
        machine={"cores": 2},
    )
    directory = RunDirectory.create(folder, f"run-{int(1000 * share)}-{seed}", info)
    directory.write_history([epoch(number, share) for number in (1, 2)])
    right = int((answers == labels).sum())
    result = Result(
        test_loss=0.1,
        test_accuracy=right / len(labels),
        test_interval=wilson_interval(right, len(labels)),
        test_images=len(labels),
        classes=(),
        seconds=0.2,
        milliseconds_per_image=0.01,
    )
    directory.write_result(result, Predictions(probabilities, labels))
    return directory.read()


def epoch(number: int, share: float) -> EpochRecord:
    accuracy = share - 0.1 / number
    return EpochRecord(
        epoch=number,
        train_loss=1 / number,
        train_accuracy=accuracy,
        valid_loss=1.2 / number,
        valid_accuracy=accuracy,
        seconds=0.1,
    )


def recorded(runs: Mapping[str, Sequence[Run]], seeds: int) -> ComparisonRecord:
    first = next(iter(runs.values()))[0].info
    return ComparisonRecord(
        dataset=first.dataset,
        epochs=2,
        plan=planned(seeds, len(runs) - 1),
        comparison=compare([measured(name, trained) for name, trained in runs.items()], first.dataset.test),
        models=tuple(
            TrainedModel(
                name=name,
                title=trained[0].info.model,
                parameters=trained[0].info.parameters,
                seconds=0.2,
                milliseconds_per_image=0.01,
                validation_accuracy=trained[0].history[-1].valid_accuracy,
                runs=tuple(run.path.name for run in trained),
                failures=("it died",) * (seeds - len(trained)),
            )
            for name, trained in runs.items()
        ),
        reused=1,
        test_looks=sum(map(len, runs.values())),
        notes=("Do not choose on the test part.",),
        versions=first.versions,
        machines=(first.machine,),
    )


def measured(name: str, runs: Sequence[Run]) -> Measured:
    correct = {}
    for run in runs:
        stored = RunDirectory(run.path).predictions
        correct[run.info.config.training.seed] = stored.probabilities.argmax(axis=1) == stored.labels
    return Measured(name, {seed: float(right.mean()) for seed, right in correct.items()}, correct)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Compared:
    """Four models with three seeds each, and their page written."""
    made = compared(tmp_path_factory.mktemp("four"), digits)
    made.write()
    return made


@pytest.fixture(scope="module")
def text(four: Compared) -> str:
    return (four.folder / "report.html").read_text("utf-8")


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


def test_the_answer_comes_first(four: Compared, text: str) -> None:
    head = Page(text.split("<section", 1)[0])
    said = " ".join(head.words)
    first, best = four.record.comparison.models[0], four.record.comparison.models[-1]
    assert best.name == "cnn"
    assert best.sentence in said
    by_hand = compare([measured(model.name, four.runs[model.name]) for model in (first, best)], 200).models[0]
    assert by_hand.sentence in said
    assert "Do not choose on the test part." in said


def test_the_command_is_quoted_for_a_shell(four: Compared) -> None:
    assert four.gathered().command == (
        "digitlab compare softmax mlp:128 mlp:512-256 cnn --seeds 3 --data 'small data' --epochs 2"
    )


def test_where_the_first_step_is_the_best_it_is_said(tmp_path: Path, digits: Dataset) -> None:
    contents = compared(tmp_path, digits, {"softmax": 0.7, "mlp:128": 0.9, "mlp:64": 0.8}).gathered()
    assert contents.further == "By validation accuracy none of the later models is better than mlp:128 (85.00%)."


def test_where_the_baseline_is_the_best_it_is_said(tmp_path: Path, digits: Dataset) -> None:
    contents = compared(tmp_path, digits, {"softmax": 0.9, "mlp:128": 0.8}, seeds=2).gathered()
    assert contents.further == "By validation accuracy no other model is better than softmax (85.00%)."


def test_the_table_has_a_row_a_model(four: Compared, text: str) -> None:
    rows = re.findall(r"<tr.*?</tr>", re.sub(r"<wbr>", "", text.split("<tbody>")[1].split("</tbody>")[0]), re.DOTALL)
    assert len(rows) == len(SHARES)
    for row, name, model in zip(rows[1:], list(SHARES)[1:], four.record.comparison.models, strict=True):
        low, high = model.difference_interval or (0, 0)
        assert f">{name}</th>" in row
        assert f"{low:+.2f} to {high:+.2f}" in row.replace("−", "-")
        assert f"{100 * model.accuracy_mean:.2f}" in row
        assert f"{model.seeds_agreeing} of 3" in row
        assert f">{model.verdict}</td>" in row


def test_the_counts_are_those_of_the_stored_answers(four: Compared, text: str) -> None:
    first, second = (RunDirectory(four.runs[name][0].path).predictions for name in ("softmax", "cnn"))
    rights = [
        [int(np.argmax(p)) == label for p, label in zip(s.probabilities, s.labels, strict=True)]
        for s in (first, second)
    ]
    pairs = list(zip(*rights, strict=True))
    counts = [pairs.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))]
    both, only_first, only_second, neither = counts
    told = f"both right {both}, only softmax {only_first}, only cnn {only_second}, neither {neither}"
    assert told in text
    assert f"Only cnn is right: {only_second}" in text
    assert sum(counts) == 200


def test_the_digits_shown_are_the_surest_mistakes_of_their_kind(four: Compared) -> None:
    first, second = (RunDirectory(four.runs[name][0].path).predictions for name in ("softmax", "cnn"))
    kind = four.gathered().pair.groups[0]
    images = [
        (-row.max(), index, int(row.argmax()))
        for index, (row, other, label) in enumerate(
            zip(first.probabilities, second.probabilities, first.labels, strict=True)
        )
        if row.argmax() != label == other.argmax()
    ]
    expected = [(index, (answer,)) for _, index, answer in sorted(images)[:24]]
    assert [(digit.index, digit.answers) for digit in kind.images] == expected


def test_images_that_neither_reads_show_both_answers(four: Compared) -> None:
    for digit in four.gathered().pair.groups[2].images:
        assert digit.label not in digit.answers
        assert len(digit.probabilities) == 2


def test_every_figure_is_a_png_that_opens(four: Compared) -> None:
    files = list((four.folder / "figures").iterdir())
    names = {"scores", "curves", "cost", "agreement", "only-first", "only-second", "neither"}
    assert {path.stem for path in files} == names
    for path in files:
        with Image.open(path) as picture:
            picture.load()
            assert min(picture.size) > 150


def test_one_seed_says_what_cannot_be_said(tmp_path: Path, digits: Dataset) -> None:
    text = compared(tmp_path, digits, {"softmax": 0.7, LONG: 0.9}, seeds=1).write()
    assert Page(text).sections == SECTIONS
    assert "does not show whether the recipe helps" in text
    assert ">unknown</td>" in text
    assert "One seed can show a gap between two networks" in text
    assert "mean and 95% interval over seeds" not in text


def test_a_model_may_lack_a_seed(tmp_path: Path, digits: Dataset) -> None:
    made = compared(tmp_path, digits, {"softmax": 0.7, "cnn": 0.9}, without="cnn")
    contents = made.gathered()
    assert (contents.seed, contents.seeds, contents.trainings) == (1, 3, 5)
    assert "both trained with seed 1" in made.write()


def test_eight_models_and_other_class_names(tmp_path: Path, digits: Dataset) -> None:
    clothes = ("<b>", "$x^2$", "{{ 7*7 }}", "&amp;", "'\"", "数", "a very, very long name", "7", "8", "9")
    renamed = Dataset("clothes", digits.train, digits.test, clothes)
    shares = {f"{name}-{number}": 0.6 + number / 25 for number, name in enumerate(["<i>", "$y$", LONG, "数"] * 2)}
    text = compared(tmp_path, renamed, shares, seeds=2).write()
    page = Page(text)
    assert page.sections == SECTIONS
    assert "<b>" not in text
    assert "<i>" not in text
    assert set(shares) <= {words.strip() for words in page.words}


def test_models_that_agree_on_everything(tmp_path: Path, digits: Dataset) -> None:
    made = compared(tmp_path, digits, {"one": 1.0, "other": 0.9999}, seeds=2)
    text = made.write()
    assert text.count("<p>None.</p>") == 3
    assert not (made.folder / "figures" / "neither.png").exists()


def test_the_same_comparison_gives_the_same_bytes(four: Compared) -> None:
    def written() -> list[bytes]:
        four.write()
        return [path.read_bytes() for path in sorted(four.folder.rglob("*.*"))]

    assert written() == written()


def test_answers_to_other_images_are_refused(four: Compared, digits: Dataset) -> None:
    assert digits.test is not None
    turned = Dataset("turned", digits.train, digits.test.take(np.arange(199, -1, -1)), digits.class_names)
    with pytest.raises(DataError) as caught:
        write_comparison_report(four.folder, four.record, four.runs, turned)
    assert str(caught.value) == (
        "the stored predictions of softmax do not belong to these test images\n"
        "  found: 200 labels, which differ from those of the 200 test images\n"
        "  to do: compare runs that were tested on the same data"
    )


def test_the_page_of_two_networks(tmp_path: Path, digits: Dataset) -> None:
    made = compared(tmp_path, digits, {"softmax": 0.7, "cnn": 0.9}, seeds=2)
    first, second = made.runs["softmax"][0], made.runs["cnn"][1]
    text = made.write_networks(first, second)
    page = Page(text)
    assert (page.open, page.sections) == ([], ["table", "agreement", "facts"])
    assert first.result is not None
    assert second.result is not None
    gap = 100 * (second.result.test_accuracy - first.result.test_accuracy)
    assert f'<div class="big">{gap:+.2f}<small>percentage points' in text
    assert "This holds for these two networks, not for their recipes" in text
    assert f"digitlab compare {first.path} {second.path}" in text
    assert (made.folder / "figures" / "agreement.png").is_file()


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1.py", "+1.py", "-1.py", "@SUM(A1).py", "\t=1.py"])
def test_a_name_is_no_formula_in_the_table(tmp_path: Path, digits: Dataset, name: str) -> None:
    found = compared(tmp_path, digits, {"softmax": 0.7, name: 0.8}, seeds=2)
    write_record(found.folder, found.record, found.runs)
    rows = list(csv.DictReader((found.folder / "comparison.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["model"] for row in rows] == ["softmax"] * 2 + [f"'{name}"] * 2
    assert all(row["run"][0] not in "=+-@\t" for row in rows)
