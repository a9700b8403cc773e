"""How every report becomes files: templates filled in, figures as SVG inside the page and as PNG beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digitlab.base import files
from digitlab.evaluation.sentences import p_text
from digitlab.images.png import png_uri, red_blue_uri
from digitlab.report.figures.panel import Figures, panel_svg, panels_png
from digitlab.report.format import decimal, percent, pixels, scientific, signed


def render(template: str, figures: Figures, **values: Any) -> str:
    """A whole page as HTML; everything that comes from users is escaped.

    Args:
        template: the name of a file beside this one.
        figures: those inside the page; the template finds them as `svg`.
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
        "decimal": decimal,
        "p": lambda value: p_text(value).removeprefix("p ").removeprefix("= "),
        "percent": percent,
        "pixels": pixels,
        "png": png_uri,
        "red_blue": red_blue_uri,
        "scientific": scientific,
        "signed": signed,
    }
    # One SVG for each panel, so that they wrap; matplotlib has escaped the texts inside.
    svg = {
        name: [Markup(panel_svg(panel, f"{name}{i}")) for i, panel in enumerate(panels)]
        for name, panels in figures.items()
    }
    return environment.get_template(template).render(svg=svg, **values)


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


def _breakable(name: str) -> Markup:
    """A name that may break between its parts, as a path does."""
    return Markup("<wbr>").join(re.split(r"(?<=[/:])(?=\w)", name))
