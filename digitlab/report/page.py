"""The report of a run: one self-contained page, and its figures as PNG files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab import files
from digitlab.data.splits import Splits
from digitlab.report.contents import gather
from digitlab.runs.run import Predictions, Run


def write_report(
    run: Run, splits: Splits, predictions: Predictions, weights: Mapping[str, NDArray[np.float32]]
) -> Path:
    """Write `report.html` and `figures/*.png` into the run's folder.

    The pictures of the weights and the sections on the formula are there for softmax regression only.

    Args:
        run: a run with a test result.
        splits: the data it was given.
        predictions: its answers to the test part, in the order of `splits.test`.
        weights: the model's variables by path; those of softmax regression end with «kernel» and «bias».

    Returns:
        The path of the page.

    Raises:
        RunError: the run has no result yet.
        StorageError: a file cannot be written.
    """
    from digitlab.report import drawings, template  # here, since matplotlib takes long to load
    from digitlab.report.figures.panel import panels_png

    contents = gather(run, splits, predictions, weights)
    drawn, pictured = drawings.drawings(contents), drawings.pictures(contents)
    folder = run.path / "figures"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise files.cannot_write(folder, error) from error
    for name, panels in (drawn | pictured).items():
        files.write_bytes(folder / f"{name}.png", panels_png(panels))
    files.write_text(run.report, template.render(contents, drawn))
    return run.report
