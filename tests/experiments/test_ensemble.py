from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import digitlab
from digitlab.config import TrainingConfig
from digitlab.data.dataset import Dataset
from digitlab.data.splits import split
from digitlab.errors import RunError, UsageError
from digitlab.experiments.ensemble import Ensemble, train_ensemble
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import EpochRecord
from digitlab.training.listeners import Listener

SETTINGS: dict[str, Any] = {"epochs": 2, "learning_rate": 0.1, "listeners": ()}


def small(digits: Dataset, out: Path) -> Ensemble:
    return train_ensemble("softmax", digits, members=2, out=out, **SETTINGS)


def weights(run: digitlab.Run) -> bytes:
    return b"".join(array.tobytes() for array in RunDirectory(run.path).weights.values())


def test_members_share_the_split_and_nothing_else(digits: Dataset, tmp_path: Path) -> None:
    one, two = (TrainingConfig(seed=5, member=member) for member in (1, 2))
    assert len({5, one.draw_seed, two.draw_seed}) == 3
    assert np.array_equal(split(digits, one.seed).validation.images, split(digits, two.seed).validation.images)
    first, second = small(digits, tmp_path).members
    assert weights(first) != weights(second)


def test_together_they_answer_with_their_mean(digits: Dataset, tmp_path: Path) -> None:
    ensemble = small(digits, tmp_path)
    answers = [RunDirectory(run.path).predictions for run in ensemble.members]
    mean = (answers[0].probabilities + answers[1].probabilities) / 2
    assert ensemble.test_accuracy == (mean.argmax(axis=1) == answers[0].labels).mean()
    assert [run.info.test_looks for run in (*ensemble.members, ensemble.student)] == [1, 1, 1]


@pytest.mark.parametrize("epochs", [3, 5], ids=["in the second member", "in the student"])
def test_a_stopped_ensemble_continues_where_it_was(digits: Dataset, tmp_path: Path, epochs: int) -> None:
    class Stop(Listener):
        epochs = 0

        def epoch_ended(self, record: EpochRecord) -> None:
            self.epochs += 1
            if self.epochs == epochs:
                raise KeyboardInterrupt

    whole = small(digits, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train_ensemble("softmax", digits, members=2, out=tmp_path / "cut", **{**SETTINGS, "listeners": [Stop()]})
    again = small(digits, tmp_path / "cut")
    assert len(list((tmp_path / "cut").glob("*/run.json"))) == 3
    assert [*map(weights, again.members)] == [*map(weights, whole.members)]
    assert weights(again.student) == weights(whole.student)


def test_the_student_comes_nearer_to_its_teachers(digits: Dataset, tmp_path: Path) -> None:
    teacher = digitlab.train("softmax", digits, out=tmp_path, report=False, **SETTINGS)
    plain = digitlab.train("softmax", digits, out=tmp_path, **SETTINGS, member=1, report=False)
    taught = digitlab.train(
        "softmax", digits, out=tmp_path, **SETTINGS, member=1, report=False, teachers=(str(teacher.path),)
    )
    wanted, alone, learned = (RunDirectory(run.path).predictions.probabilities for run in (teacher, plain, taught))
    assert np.abs(learned - wanted).mean() < np.abs(alone - wanted).mean()


def test_a_teacher_that_is_gone_is_told(digits: Dataset, tmp_path: Path) -> None:
    teacher = digitlab.train("softmax", digits, out=tmp_path, report=False, **SETTINGS)
    (teacher.path / "model.keras").unlink()
    with pytest.raises(RunError, match=r"cannot teach\n  found: no model\.keras in it\n  to do: finish it"):
        digitlab.train("softmax", digits, out=tmp_path, **SETTINGS, teachers=(str(teacher.path),))


@pytest.mark.parametrize(
    ("spec", "members", "text"),
    [
        ("softmax", 1, "an ensemble needs two networks\n  found: --ensemble 1\n  to do: give 2 or more"),
        ("mine.py", 3, "an ensemble needs a recipe\n  found: mine.py\n  to do: give a recipe, as fast"),
    ],
)
def test_wrong_use_is_told(spec: str, members: int, text: str, digits: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        train_ensemble(spec, digits, members=members, out=tmp_path)
    assert str(caught.value).startswith(text)
