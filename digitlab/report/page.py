"""The report of a run: one self-contained page, and its figures as PNG files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    from digitlab.report.rendering import write_page

    contents = gather(run, splits, predictions, weights)
    drawn, pictured = drawings.drawings(contents), drawings.pictures(contents)
    return write_page(run.path, template.render(contents, drawn), drawn | pictured)
