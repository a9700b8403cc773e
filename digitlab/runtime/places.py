"""Where a bundle is: a folder of its own, in a run, or in the package."""

from __future__ import annotations

import json
from pathlib import Path

from digitlab.base.files import read_capped
from digitlab.errors import BundleError, DataError

SHIPPED = Path(__file__).parent.parent / "bundles"
INFO = "bundle.json"
DEFAULT = "robust"
_MAX_RUN_BYTES = 64 * 2**20  # of run.json, as in `runs.directory`
LOOP_OF_A_SCRIPT = "the loop is a script's own"  # why the run of a watched loop has no bundle


def shipped_names() -> list[str]:
    """The bundles that come with digitlab, by recipe."""
    return sorted(path.parent.name.replace("-", ":") for path in SHIPPED.glob(f"*/{INFO}"))


def bundle_folder(path: Path | str) -> Path:
    """The folder of a bundle, given by its folder, its run or its name; a folder wins over a name.

    Raises:
        BundleError: no such folder or name, or the run has no bundle.
    """
    folder = Path(path).expanduser()
    if (folder / "run.json").is_file():
        return _of_run(folder)
    if folder.is_dir():
        return folder
    if str(path) in shipped_names():
        return SHIPPED / str(path).replace(":", "-")
    raise BundleError(
        f"unknown bundle '{path}'",
        found=f"'{path}'",
        remedy=f"give the folder of a bundle or of a run, or one of {', '.join(shipped_names())}",
    )


def _of_run(run: Path) -> Path:
    folder = run / "bundle"
    if (folder / INFO).is_file():
        return folder
    try:  # only this one key of run.json is read
        reason = json.loads(read_capped(run / "run.json", _MAX_RUN_BYTES)).get("no_bundle")
    except (OSError, DataError, ValueError, AttributeError, RecursionError):
        reason = None
    remedy = f"write one: digitlab export {run}"
    if reason == LOOP_OF_A_SCRIPT:
        remedy = "let digitlab train the script's model: digitlab train FILE.py"
    raise BundleError(f"the run {run} has no bundle", found=str(reason or "no bundle/ folder in it"), remedy=remedy)
