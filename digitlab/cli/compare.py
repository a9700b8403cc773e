"""digitlab compare: which differences between models are real."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.options import Data, Gray, ImageSize, Json, each_newest, expanded
from digitlab.cli.printing import print_json, say


def compare(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC SPEC…",
            callback=each_newest,
            help="Recipes or files of yours, the baseline first; or two runs.",
        ),
    ],
    data: Data = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    seeds: Annotated[int, typer.Option(help="Trainings of each.")] = 5,
    epochs: Annotated[int | None, typer.Option(help="For all of them; else each recipe's own.")] = None,
    jobs: Annotated[int, typer.Option(help="Parallel processes; results do not depend on it.")] = 1,
    equal_within: Annotated[float | None, typer.Option(help="Points of accuracy that do not matter to you.")] = None,
    out: Annotated[
        Path, typer.Option(callback=expanded, help="Where the runs and the comparison get their folders.")
    ] = Path("runs"),
    as_json: Json = False,
) -> None:
    """Compare models and say which differences are real.

    Each is trained with the same seeds.

    Two run folders in place of models: compare these two networks by their stored answers, without training.
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
    if as_json:
        counts = {"both": found.both, "only_first": found.only_first, "only_second": found.only_second}
        document = {
            "comparison": str(result.path),
            "names": found.names,
            "accuracies": found.accuracies,
            "difference": found.difference,
            "difference_interval": found.difference_interval,
            "p_value": found.p_value,
            "images": {kind: len(indices) for kind, indices in {**counts, "none": found.none}.items()},
            "sentence": found.sentence,
        }
        print_json(document)
        return
    say(found.sentence)
    say(
        f"Both right: {len(found.both):,}; only {found.names[0]}: {len(found.only_first):,}; "
        f"only {found.names[1]}: {len(found.only_second):,}; neither: {len(found.none):,}"
    )
    say(f"Report: {result.path / 'report.html'}")
