"""The pages of comparisons, of recipes over seeds and of two networks: self-contained, and the figures as PNG files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from digitlab.data.dataset import Dataset
from digitlab.data.splits import split
from digitlab.evaluation.paired import Agreement
from digitlab.report.agreement import look
from digitlab.report.comparison_contents import gather
from digitlab.runs.comparison import ComparisonRecord
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run


def write_comparison_report(
    folder: Path, record: ComparisonRecord, runs: Mapping[str, Sequence[Run]], dataset: Dataset
) -> Path:
    """Write `report.html` and `figures/*.png` into the folder of a comparison.

    Args:
        folder: an existing folder.
        record: what was found.
        runs: the finished runs by model name, the baseline first, each with its predictions in its folder.
        dataset: what they were trained on.

    Returns:
        The path of the page.

    Raises:
        RunError: a run has no predictions.
        DataError: the runs were tested on other images.
        StorageError: a file cannot be written.
    """
    from digitlab.report import agreement_drawings  # here, since matplotlib takes long to load
    from digitlab.report.figures.dots import accuracy_dots, gain_dots
    from digitlab.report.figures.seed_curves import seed_curves_panels
    from digitlab.report.figures.tradeoff import tradeoff_panels
    from digitlab.report.rendering import render, write_page

    contents = gather(record, runs, dataset)
    facts = [fact for _, _, fact in contents.rows]
    parameters, seconds = [fact.parameters for fact in facts], [fact.seconds for fact in facts]
    drawn = {
        "scores": [accuracy_dots(record.comparison), gain_dots(record.comparison)],
        "curves": seed_curves_panels(runs),
        "cost": tradeoff_panels(contents.scores, parameters, seconds),
        **agreement_drawings.square(contents.look),
    }
    text = render("comparison.html", drawn, contents=contents, record=record, folder=folder.name)
    return write_page(folder, text, drawn | agreement_drawings.pictures(contents.look))


def write_network_report(folder: Path, found: Agreement, runs: tuple[Run, Run], dataset: Dataset) -> Path:
    """Write `report.html` and `figures/*.png` into the folder of a comparison of two networks.

    Args:
        folder: an existing folder.
        found: what their stored answers say, the first being the baseline.
        runs: the two, each with a test result and its predictions in its folder.
        dataset: what they were tested on.

    Returns:
        The path of the page.

    Raises:
        RunError: a run has no predictions.
        DataError: the runs were tested on other images.
        StorageError: a file cannot be written.
    """
    from digitlab.report import agreement_drawings
    from digitlab.report.rendering import render, write_page

    training = runs[0].info.config.training
    test = split(dataset, training.seed, stratified=training.stratified).test
    answers = RunDirectory(runs[0].path).predictions, RunDirectory(runs[1].path).predictions
    contents = look(found, answers, test, dataset.class_names)
    drawn = agreement_drawings.square(contents)
    command = shlex.join(["digitlab", "compare", *(str(run.path) for run in runs)])
    text = render("networks.html", drawn, look=contents, found=found, runs=runs, folder=folder.name, command=command)
    return write_page(folder, text, drawn | agreement_drawings.pictures(contents))
