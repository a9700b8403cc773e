"""digitlab explain: why this answer, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.options import Json, Model, expanded
from digitlab.cli.printing import print_json, say


def explain(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="A picture, or - for standard input.")],
    model: Model = "robust",
    out: Annotated[Path, typer.Option(callback=expanded, help="Folder for explain.html and explain.png.")] = Path(
        "explained"
    ),
    as_json: Json = False,
) -> None:
    """Explain an answer: each step, and each pixel's share in it."""
    from digitlab.attribution.explanation import explain as explained
    from digitlab.images.decode import open_picture
    from digitlab.report.attribution_page import write_explanation
    from digitlab.runtime.files import source
    from digitlab.runtime.predictor import load_model

    predictor = load_model(model)
    found = explained(predictor, open_picture(source(image), colour=predictor.takes_colour), image)
    page = write_explanation(out, found)
    residual = found.attribution.residual if found.attribution else None
    if as_json:
        changed = {what_if.step: what_if.verdict.short for what_if in found.without if what_if.changed}
        print_json({"answer": str(found.verdict), "without": changed, "residual": residual, "page": str(page)})
        return
    say(f"{image}: {found.verdict}")
    for what_if in found.without:
        if what_if.changed:
            say(f"  {what_if.sentence(found.verdict)}")
    say(f"  {found.no_attribution or f'the shares of all pixels add up to the answer, residual {residual:.1e}'}")
    say(f"Page: {page}")
