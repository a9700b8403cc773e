from __future__ import annotations

import subprocess
import sys

# A fresh interpreter in which TensorFlow cannot be found, as in an installation without [train].
PROGRAM = """
import importlib.machinery, sys
class Hidden(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == "tensorflow" else importlib.machinery.PathFinder.find_spec(name, path, target)
sys.meta_path = [finder for finder in sys.meta_path if finder is not importlib.machinery.PathFinder] + [Hidden]
from digitlab.cli.main import main
sys.argv = ["digitlab", *{arguments!r}]
main()
"""


def without_tensorflow(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(arguments=arguments)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_training_says_what_to_install() -> None:
    for command in (["train", "softmax"], ["compare", "softmax", "mlp"]):
        result = without_tensorflow(*command, "--data", "synthetic")
        assert result.returncode == 2
        assert result.stderr == (
            "Error: training needs TensorFlow, which is not installed\n"
            "  found: no package tensorflow\n"
            "  to do: pip install 'digitlab[train]'\n"
        )


def test_what_needs_no_training_works_without() -> None:
    assert "synthetic" in without_tensorflow("data", "list").stdout
