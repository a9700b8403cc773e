"""The page itself: `page.html` filled in."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digitlab.report.contents import Contents
from digitlab.report.drawings import Figures
from digitlab.report.figures.panel import panels_svg
from digitlab.report.figures.scores import MANY_CLASSES
from digitlab.report.figures.tiles import colour_stops, image_uri, weight_images, weight_limit, weight_uri

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def render(contents: Contents, drawn: Figures) -> str:
    """The whole page as HTML; everything that comes from users is escaped."""
    environment = Environment(
        loader=PackageLoader("digitlab", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": "{:,}".format,
        "percent": _percent,
        "scientific": _scientific,
        "signed": _signed,
        "picture": image_uri,
        "red_blue": weight_uri,
    }
    formula = contents.formula
    return environment.get_template("page.html").render(
        contents=contents,
        run=contents.run,
        result=contents.result,
        names=contents.names,
        splits=contents.splits,
        svg=_as_svg(drawn),
        many=len(contents.names) > MANY_CLASSES,
        weight_images=() if formula is None else weight_images(formula.kernel),
        limit=0 if formula is None else weight_limit(formula.kernel),
        colours=colour_stops(),
    )


def _as_svg(drawn: Figures) -> dict[str, list[Markup]]:
    """One SVG for each panel, so that they wrap; matplotlib has escaped the texts inside."""
    return {
        name: [Markup(panels_svg([panel], f"{name}{i}")) for i, panel in enumerate(panels)]
        for name, panels in drawn.items()
    }


def _percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f}%"


def _signed(value: float) -> str:
    """Four decimals with a proper minus."""
    return f"{value:,.4f}".replace("-", "−")


def _scientific(value: float) -> str:
    """As in 2.7 × 10⁻⁹."""
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{str(int(exponent)).translate(SUPERSCRIPTS)}"
