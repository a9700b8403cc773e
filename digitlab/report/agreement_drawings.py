"""The figures of two networks on the same test images."""

from __future__ import annotations

from digitlab.report.agreement import Kind, TwoAnswers
from digitlab.report.drawings import title
from digitlab.report.figures.agreement import agreement_panel
from digitlab.report.figures.panel import Figures, Panel
from digitlab.report.figures.tiles import pictures_panel


def square(look: TwoAnswers) -> Figures:
    """The four counts, which stand in the page as SVG."""
    found = look.found
    counts = (len(part) for part in (found.both, found.only_first, found.only_second, found.none))
    return {"agreement": [agreement_panel(found.names, *counts)]}


def pictures(look: TwoAnswers) -> Figures:
    """The images themselves, which stand in the page as rows that wrap."""
    return {kind.name: [_pictures(look, kind)] for kind in look.kinds if kind.digits}


def _pictures(look: TwoAnswers, kind: Kind) -> Panel:
    names = look.class_names
    titles = [
        f"{title(names[digit.label])}\n→ {', '.join(title(names[answer]) for answer in digit.answers)}"
        for digit in kind.digits
    ]
    images = look.test.images[[digit.index for digit in kind.digits]]
    return pictures_panel(images, titles, kind.title, columns=8)
