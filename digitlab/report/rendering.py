"""How every report becomes files: templates filled in, figures as SVG inside the page and as PNG beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digitlab.base import files
from digitlab.evaluation.sentences import p_text
from digitlab.report.figures.panel import Figures, panels_png, panels_svg
from digitlab.report.figures.tiles import image_uri, weight_uri

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def render(template: str, drawn: Figures, **values: Any) -> str:
    """A whole page as HTML; everything that comes from users is escaped.

    Args:
        template: the name of a file beside this one.
        drawn: the figures that stand in the page; the template finds them as `svg`.
        values: what else the template names.
    """
    environment = Environment(
        loader=PackageLoader("digitlab", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "breakable": _breakable,
        "count": "{:,}".format,
        "gain": _gain,
        "p": lambda value: p_text(value).removeprefix("p ").removeprefix("= "),
        "percent": _percent,
        "scientific": _scientific,
        "signed": _signed,
        "picture": image_uri,
        "red_blue": weight_uri,
    }
    return environment.get_template(template).render(svg=_as_svg(drawn), **values)


def write_page(folder: Path, text: str, figures: Figures) -> Path:
    """Write `figures/*.png` and then `report.html` into `folder`; return the page (raises StorageError)."""
    pictures, page = folder / "figures", folder / "report.html"
    try:
        pictures.mkdir(exist_ok=True)
    except OSError as error:
        raise files.cannot_write(pictures, error) from error
    for name, panels in figures.items():
        files.write_bytes(pictures / f"{name}.png", panels_png(panels))
    files.write_text(page, text)
    return page


def _as_svg(drawn: Figures) -> dict[str, list[Markup]]:
    """One SVG for each panel, so that they wrap; matplotlib has escaped the texts inside."""
    return {
        name: [Markup(panels_svg([panel], f"{name}{i}")) for i, panel in enumerate(panels)]
        for name, panels in drawn.items()
    }


def _breakable(name: str) -> Markup:
    """A name that may be broken where its parts meet, as in a path."""
    return Markup("<wbr>").join(re.split(r"(?<=[/:])(?=\w)", name))


def _percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f}%"


def _gain(points: float, digits: int = 2) -> str:
    """Points with their sign."""
    return f"{points:+.{digits}f}".replace("-", "−")


def _signed(value: float) -> str:
    """Four decimals with a proper minus."""
    return f"{value:,.4f}".replace("-", "−")


def _scientific(value: float) -> str:
    """As in 2.7 × 10⁻⁹."""
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{str(int(exponent)).translate(SUPERSCRIPTS)}"
