"""The report of a run: one self-contained page, and its figures as PNG files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from digitlab import files
from digitlab.data.splits import Splits
from digitlab.evaluation.metrics import confusion_matrix
from digitlab.report.contents import WALKED, Contents, gather
from digitlab.report.figures.curves import curves_panels
from digitlab.report.figures.matrices import matrix_panels
from digitlab.report.figures.network import network_panel
from digitlab.report.figures.panel import Panel, panels_png, panels_svg
from digitlab.report.figures.scores import MANY_CLASSES, classes_panel, confusion_panel
from digitlab.report.figures.steps import step_panels
from digitlab.report.figures.tiles import (
    colour_stops,
    image_uri,
    pictures_panel,
    weight_images,
    weight_limit,
    weight_uri,
    weights_panel,
)
from digitlab.runs.run import Predictions, Run

SAMPLES = 30

Figures = dict[str, list[Panel]]  # by the name of the PNG file


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
    contents = gather(run, splits, predictions, weights)
    drawn, pictured = _drawings(contents), _pictures(contents)
    folder, page = run.path / "figures", run.path / "report.html"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise files.cannot_write(folder, error) from error
    for name, panels in (drawn | pictured).items():
        files.write_bytes(folder / f"{name}.png", panels_png(panels))
    files.write_text(page, _page(contents, drawn))
    return page


def _drawings(contents: Contents) -> Figures:
    """The figures that stand in the page as SVG."""
    splits, names = contents.splits, contents.names
    predicted = contents.predictions.probabilities.argmax(axis=1)
    matrix = confusion_matrix(predicted, contents.predictions.labels, len(names))
    figures = {
        "curves": curves_panels(contents.run.history),
        "matrices": matrix_panels(splits.train, names),
        "confusion": [confusion_panel(matrix, names)],
        "classes": [classes_panel(contents.result.classes, contents.result.test_accuracy)],
    }
    if contents.walk:
        figures["model"] = [network_panel(splits.test.images[0].size, names)]
        figures["formula"] = step_panels(splits.test.images[WALKED], names, contents.walk)
    return figures


def _pictures(contents: Contents) -> Figures:
    """The figures that stand in the page as rows of small pictures, which wrap on a narrow screen."""
    train, test, names = contents.splits.train, contents.splits.test, contents.names
    first = range(min(SAMPLES, len(train)))
    samples = pictures_panel(train.images[:SAMPLES], [names[train.labels[i]] for i in first], "Training images")
    figures = {"samples": [samples]}
    if contents.mistakes:
        titles = [f"{names[m.label]} → {names[m.predicted]}" for m in contents.mistakes]
        images = test.images[[m.index for m in contents.mistakes]]
        figures["mistakes"] = [pictures_panel(images, titles, "The worst mistakes", columns=8)]
    if contents.formula:
        figures["weights"] = [weights_panel(contents.formula.kernel, names)]
    return figures


def _page(contents: Contents, drawn: Figures) -> str:
    environment = Environment(
        loader=PackageLoader("digitlab", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": "{:,}".format, "percent": _percent, "scientific": _scientific}
    environment.filters |= {"picture": image_uri, "red_blue": weight_uri}
    svg = {name: [panels_svg([p], f"{name}{i}") for i, p in enumerate(panels)] for name, panels in drawn.items()}
    formula = contents.formula
    return environment.get_template("page.html").render(
        contents=contents,
        run=contents.run,
        result=contents.result,
        names=contents.names,
        train=contents.splits.train,
        test=contents.splits.test,
        svg={name: [Markup(text) for text in texts] for name, texts in svg.items()},
        samples=min(SAMPLES, len(contents.splits.train)),
        many=len(contents.names) > MANY_CLASSES,
        weight_images=() if formula is None else weight_images(formula.kernel),
        limit=0 if formula is None else weight_limit(formula.kernel),
        colours=colour_stops(),
    )


def _percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f}%"


def _scientific(value: float) -> str:
    """As in 2.7 × 10⁻⁹."""
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
