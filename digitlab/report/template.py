"""The page of a run: `page.html` filled in."""

from __future__ import annotations

from digitlab.report.contents import Contents
from digitlab.report.figures.panel import Figures
from digitlab.report.figures.scores import MANY_CLASSES
from digitlab.report.figures.tiles import colour_stops, weight_images, weight_limit
from digitlab.report.rendering import render as fill


def render(contents: Contents, drawn: Figures) -> str:
    """The whole page as HTML."""
    formula, spec = contents.formula, contents.splits.test.spec
    weights = None if formula is None else weight_images(formula.kernel, spec)
    return fill(
        "page.html",
        drawn,
        contents=contents,
        run=contents.run,
        result=contents.result,
        names=contents.names,
        splits=contents.splits,
        many=len(contents.names) > MANY_CLASSES,
        weight_images=() if weights is None else weights,
        limit=0 if weights is None else weight_limit(weights),
        colours=colour_stops(),
    )
