"""Which figures a report has."""

from __future__ import annotations

from digitlab.evaluation.metrics import confusion_matrix
from digitlab.report.contents import WALKED, Contents
from digitlab.report.figures.curves import curves_panels
from digitlab.report.figures.matrices import matrix_panels
from digitlab.report.figures.network import network_panel
from digitlab.report.figures.panel import Figures, shortened
from digitlab.report.figures.scores import classes_panel, confusion_panel
from digitlab.report.figures.steps import step_panels
from digitlab.report.figures.tiles import pictures_panel, weights_panel

SHORT_NAME = 3  # characters; longer names get a line of their own


def drawings(contents: Contents) -> Figures:
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


def pictures(contents: Contents) -> Figures:
    """The figures that stand in the page as rows of small pictures, which wrap on a narrow screen."""
    test, names, first = contents.splits.test, contents.names, contents.samples
    samples = pictures_panel(first.images, [title(names[label]) for label in first.labels], "Training images")
    figures = {"samples": [samples]}
    if contents.mistakes:
        gap = " → " if max(map(len, names)) <= SHORT_NAME else "\n→ "
        titles = [gap.join((title(names[m.label]), title(names[m.predicted]))) for m in contents.mistakes]
        images = test.images[[m.index for m in contents.mistakes]]
        figures["mistakes"] = [pictures_panel(images, titles, "The worst mistakes", columns=8)]
    if contents.formula:
        figures["weights"] = [weights_panel(contents.formula.kernel, names, test.spec)]
    return figures


def title(name: str) -> str:
    """A class name above a small picture."""
    return shortened(name, 12)
