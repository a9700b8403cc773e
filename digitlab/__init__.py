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
    from digitlab.comparison import compare
    from digitlab.data.dataset import Dataset, Split
    from digitlab.data.sources import load
    from digitlab.data.splits import Splits, split
    from digitlab.errors import DigitlabError
    from digitlab.experiment import resume, train
    from digitlab.run_comparison import compare_runs
    from digitlab.runs.run import Run
    from digitlab.runtime.predictor import Predictor, load_model
    from digitlab.watching import watch

_HOME = {
    "Dataset": "data.dataset",
    "DigitlabError": "errors",
    "Predictor": "runtime.predictor",
    "Run": "runs.run",
    "Split": "data.dataset",
    "Splits": "data.splits",
    "check": "checker.notebook",
    "compare": "comparison",
    "compare_runs": "run_comparison",
    "load": "data.sources",
    "load_model": "runtime.predictor",
    "resume": "experiment",
    "split": "data.splits",
    "train": "experiment",
    "watch": "watching",
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
