"""Two trained networks, from their stored answers: where they agree, and whether one is better.  Nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digitlab.base.files import make_folder
from digitlab.data.dataset import Dataset
from digitlab.data.sources import load_again
from digitlab.errors import RunError
from digitlab.evaluation.paired import Agreement, agreement
from digitlab.runs.catalog import DEFAULT_FOLDER, find_run
from digitlab.runs.directory import RunDirectory


@dataclass(frozen=True)
class NetworkComparison:
    """Two networks on the same test images, and where the report on them lies."""

    path: Path
    agreement: Agreement


def compare_runs(
    first: Path | str, second: Path | str, data: Dataset | None = None, *, out: Path | str = DEFAULT_FOLDER
) -> NetworkComparison:
    """Compare two finished runs by the answers that they stored.

    What comes out speaks of these two networks; another seed of either may do better or worse (`digitlab.compare`).

    Args:
        first: a run, the baseline.
        second: another run.
        data: their dataset, for its pictures; None: loaded again from where it came from.
        out: the folder in which the comparison gets a folder of its own.

    Raises:
        RunError: not finished, or not tested on the same images.
    """
    from digitlab.report.pair_page import write_pair_report  # before any work: it needs an extra

    runs = find_run(str(first)), find_run(str(second))
    dataset = data if data is not None else load_again(runs[0].info.config)
    result = agree(*runs, dataset)
    folder = make_folder(Path(out) / f"compare-{datetime.now():%Y-%m-%dT%H-%M-%S}")
    write_pair_report(folder, result, (runs[0].read(), runs[1].read()), dataset)
    return NetworkComparison(folder, result)


def agree(first: RunDirectory, second: RunDirectory, dataset: Dataset) -> Agreement:
    """Where two finished runs agree on their dataset's test images; nothing is written.

    Raises:
        RunError: not finished, or not tested on the same images.
    """
    _refuse_other_data(first, second)
    if dataset.test is None:  # each run drew its own
        _refuse_other_seed(first, second)
    answers = first.predictions, second.predictions
    names = first.path.name, second.path.name
    return agreement(answers[0].probabilities, answers[1].probabilities, answers[0].labels, names)


def _refuse_other_data(first: RunDirectory, second: RunDirectory) -> None:
    one, other = first.info.dataset, second.info.dataset
    if one.sha256 != other.sha256:
        raise RunError(
            "the two runs had different data",
            found=f"{one.name} ({one.sha256[:12]}…) and {other.name} ({other.sha256[:12]}…)",
            remedy="compare runs that were tested on the same images",
        )


def _refuse_other_seed(first: RunDirectory, second: RunDirectory) -> None:
    seeds = [run.info.config.training.seed for run in (first, second)]
    if seeds[0] != seeds[1]:
        raise RunError(
            "the two runs were tested on other images",
            found=f"the test part was drawn with seed {seeds[0]} and with seed {seeds[1]}",
            remedy="compare runs of the same seed, or give the data a test part of its own",
        )
