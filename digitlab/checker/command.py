"""`digitlab check`: a user's file, or the file that a run was made with."""

from __future__ import annotations

from digitlab.base.extras import require
from digitlab.checker.child import check_in_child, sample_of
from digitlab.checker.result import CheckResult
from digitlab.config import RunConfig
from digitlab.data.sources import load, load_again
from digitlab.errors import UsageError
from digitlab.programs.spec import is_file_spec, parse_file_spec
from digitlab.runs.catalog import find_run
from digitlab.runs.trust import source_to_run


def check_spec(
    spec: str,
    data: str | None = None,
    *,
    image_size: int | None = None,
    gray: bool = False,
    every_rule: bool = False,
    fix: bool = False,
    trust: bool = False,
) -> CheckResult:
    """Check a file, or the file that a run was made with, on the run's own data.

    Args:
        spec: "my_model.py", "my_model.py:Name", or a run.
        data: what `digitlab.load` takes; None: that of the run, or the default.
        image_size: side of the images in pixels, see `digitlab.load`.
        gray: convert the images to grey.
        every_rule: include the rules that are off by default.
        fix: write a copy of the file in which old names are replaced.
        trust: run the program of a run even if it was not trained on this machine.

    Raises:
        ModelFileError: the file cannot be loaded.
        UsageError: the run is one of a recipe: there is no file to check.
        UntrustedError: the program of the run comes from elsewhere.
    """
    require("train", "checking a program")
    config = None
    if not is_file_spec(spec):
        spec, config = _of_run(spec, trust)
    if config is not None and data is None:
        dataset = load_again(config)
    else:
        dataset = load(data, image_size=image_size, gray=gray)
    return check_in_child(spec, sample_of(dataset), len(dataset.class_names), every_rule=every_rule, fix=fix)


def _of_run(name: str, trust: bool) -> tuple[str, RunConfig]:
    """The spec of a run's file, and how the run was trained."""
    directory = find_run(name)
    config = directory.info.config
    file = source_to_run(directory, trust=trust)
    if file is None:
        raise UsageError(
            "only a file of your own needs a check",
            found=f"{directory.path} is a run of the recipe {config.recipe}, which the tests of digitlab check",
            remedy="give your file: digitlab check my_model.py",
        )
    model = parse_file_spec(config.recipe).name if is_file_spec(config.recipe) else None
    return f"{file}:{model}" if model else str(file), config
