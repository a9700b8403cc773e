"""The page of a run: `page.html` filled in."""

from __future__ import annotations

from digitlab.report.contents import Contents
from digitlab.report.figures.panel import Figures
from digitlab.report.figures.scores import MANY_CLASSES
from digitlab.report.figures.tiles import colour_stops, weight_images, weight_limit
from digitlab.report.rendering import render as fill


def render(contents: Contents, drawn: Figures) -> str:
    """The whole page as HTML."""
    formula = contents.formula
    return fill(
        "page.html",
        drawn,
        contents=contents,
        run=contents.run,
        result=contents.result,
        names=contents.names,
        splits=contents.splits,
        many=len(contents.names) > MANY_CLASSES,
        weight_images=() if formula is None else weight_images(formula.kernel),
        limit=0 if formula is None else weight_limit(formula.kernel),
        colours=colour_stops(),
    )
