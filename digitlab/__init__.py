"""digitlab: from the first softmax regression on MNIST to a digit reader you can trust.

    import digitlab

    data = digitlab.load("mnist")
    run = digitlab.train("softmax", data, epochs=25)
    run.result.test_accuracy

Names are resolved on first use, so that importing digitlab costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitlab.checker.notebook import check
    from digitlab.data.dataset import Dataset, Split
    from digitlab.data.sources import load
    from digitlab.data.splits import Splits, split
    from digitlab.errors import DigitlabError
    from digitlab.experiments.compare import compare
    from digitlab.experiments.pair import compare_runs
    from digitlab.experiments.train import resume, train
    from digitlab.experiments.watch import watch
    from digitlab.runs.run import Run
    from digitlab.runtime.predictor import Predictor, load_model

_HOME = {
    "Dataset": "data.dataset",
    "DigitlabError": "errors",
    "Predictor": "runtime.predictor",
    "Run": "runs.run",
    "Split": "data.dataset",
    "Splits": "data.splits",
    "check": "checker.notebook",
    "compare": "experiments.compare",
    "compare_runs": "experiments.pair",
    "load": "data.sources",
    "load_model": "runtime.predictor",
    "resume": "experiments.train",
    "split": "data.splits",
    "train": "experiments.train",
    "watch": "experiments.watch",
}

__all__ = [
    "Dataset",
    "DigitlabError",
    "Predictor",
    "Run",
    "Split",
    "Splits",
    "check",
    "compare",
    "compare_runs",
    "load",
    "load_model",
    "resume",
    "split",
    "train",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'digitlab' has no attribute {name!r}")
    return getattr(importlib.import_module(f"digitlab.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
