"""digitlab compare: which differences between models are real."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.options import Data, Gray, ImageSize, Json, RunsFolder, each_newest
from digitlab.cli.printing import print_json, say


def compare(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC SPEC…",
            callback=each_newest,
            help="Recipes or your own files, the baseline first; or two runs.",
        ),
    ],
    data: Data = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    seeds: Annotated[int, typer.Option(help="Trainings of each model.")] = 5,
    epochs: Annotated[int | None, typer.Option(help="For all models.", show_default="each recipe's own")] = None,
    jobs: Annotated[int, typer.Option(help="Parallel processes; results do not depend on it.")] = 1,
    equal_within: Annotated[float | None, typer.Option(help="Percentage points that do not matter to you.")] = None,
    out: RunsFolder = Path("runs"),
    as_json: Json = False,
) -> None:
    """Compare models and say which differences are real.

    Each is trained with the same seeds.

    Two run folders instead of models: compare these two networks by their stored answers, without training.
    """
    if len(specs) == 2 and all((Path(spec) / "run.json").is_file() for spec in specs):
        _compare_runs(specs, out, as_json)
        return
    import digitlab
    from digitlab.cli.comparison_display import ComparisonDisplay, document, print_comparison

    with ComparisonDisplay(to_stderr=as_json) as display:
        result = digitlab.compare(
            specs,
            data,
            image_size=image_size,
            gray=gray,
            seeds=seeds,
            epochs=epochs,
            jobs=jobs,
            equal_within=equal_within,
            out=out,
            observer=display,
        )
    if as_json:
        print_json(document(result))
    else:
        print_comparison(result)


def _compare_runs(runs: list[str], out: Path, as_json: bool) -> None:
    from digitlab.experiments.pair import compare_runs

    result = compare_runs(runs[0], runs[1], out=out)
    found = result.agreement
    counts = {kind: len(getattr(found, kind)) for kind in ("both", "only_first", "only_second", "none")}
    if as_json:
        figures = ("names", "accuracies", "difference", "difference_interval", "p_value")
        document = {name: getattr(found, name) for name in figures}
        print_json({"comparison": str(result.path), **document, "images": counts, "sentence": found.sentence})
        return
    kinds = ("Both right", f"only {found.names[0]}", f"only {found.names[1]}", "neither")
    right = "; ".join(f"{kind}: {count:,}" for kind, count in zip(kinds, counts.values(), strict=True))
    say(found.sentence, right, f"Report: {result.path / 'report.html'}")
