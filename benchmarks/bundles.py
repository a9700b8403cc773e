"""Puts bundles into the package.

    digitlab train robust && digitlab train mlp:128 && digitlab train softmax
    python -m benchmarks.bundles RUN RUN RUN

Without runs the bundles that are there get new golden answers: needed, and enough, after a change of the preprocessing.
Then benchmarks.rejection, benchmarks.predict and benchmarks.command have the figures for `digitlab/bundles/CARD.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from digitlab.export import samples
from digitlab.runtime.bundle import Bundle, make_bundle, read_bundle, write_bundle
from digitlab.runtime.golden import Golden
from digitlab.runtime.network import Network
from digitlab.runtime.places import SHIPPED, shipped_names


def main(runs: list[str]) -> None:
    """Write `digitlab/bundles/`."""
    folders = [Path(run) / "bundle" for run in runs] or [SHIPPED / name.replace(":", "-") for name in shipped_names()]
    for folder in folders:
        bundle = with_new_answers(read_bundle(folder))
        name = bundle.info.origin.recipe.replace(":", "-")
        write_bundle(SHIPPED / name, bundle)
        print(f"{SHIPPED / name}: {len(bundle.model):,} bytes, from {bundle.info.origin.run}")


def with_new_answers(bundle: Bundle) -> Bundle:
    """The same model and calibration, with what it says today to the golden images and pictures."""
    predict, settings = Network(bundle.model, "").probabilities, bundle.info.preprocessing
    return make_bundle(
        bundle.model,
        Golden.answered(*samples.golden(settings), settings, predict),
        classes=bundle.info.classes,
        preprocessing=settings,
        calibration=bundle.info.calibration,
        origin=bundle.info.origin,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
