"""What works without the extras, and what a command says whose extra is missing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Collection
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

from digitlab.base.extras import PACKAGES
from digitlab.data.dataset import Split

ROOT = Path(__file__).parents[2]
EVERYTHING = {name for names in PACKAGES.values() for name in names}
# A fresh interpreter in which these packages cannot be found.
PROGRAM = """
import importlib.machinery, sys
class Hidden(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {hidden!r} else importlib.machinery.PathFinder.find_spec(name, path, target)
sys.meta_path = [finder for finder in sys.meta_path if finder is not importlib.machinery.PathFinder] + [Hidden]
from digitlab.cli.main import main
sys.argv = ["digitlab", *{arguments!r}]
main()
"""


def without(packages: Collection[str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(hidden=set(packages), arguments=arguments)
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("command", "extra", "what"),
    [
        ("train softmax --data synthetic", "train", "training"),
        ("compare softmax mlp --data synthetic", "train", "training"),
        ("check mine.py", "train", "checking a program"),
        ("explain digit.png", "report", "explaining an answer"),
        ("serve", "serve", "the service"),
        ("lab", "lab", "the lab page"),
        ("runs export mlflow --to tracked", "mlflow", "the export to MLflow"),
        ("runs export tensorboard --to events", "tensorboard", "the export to TensorBoard"),
    ],
)
def test_a_command_says_which_extra_it_needs(command: str, extra: str, what: str, tmp_path: Path) -> None:
    result = without(EVERYTHING, tmp_path, *command.split())
    assert result.returncode == 2
    assert result.stderr == (
        f"Error: {what} needs the extra [{extra}], which is not installed\n"
        f"  found: no package {', '.join(PACKAGES[extra])}\n"
        f"  to do: pip install '.[{extra}]' in a copy of digitlab's repository (published: 'digitlab[{extra}]')\n"
    )


def test_one_missing_package_is_named_alone(tmp_path: Path) -> None:
    assert "found: no package tensorflow\n" in without({"tensorflow"}, tmp_path, "train", "--data", "synthetic").stderr


def test_the_base_predicts_looks_at_data_and_lists(held_out: Split, digits_file: Path, tmp_path: Path) -> None:
    Image.fromarray(held_out.images[0]).resize((112, 112)).save(tmp_path / "digit.png")
    for command, shown in [
        ("predict digit.png", "digit.png: "),
        ("data list", "synthetic"),
        (f"data check {digits_file}", "class"),
        ("runs list", "No runs in runs yet"),
        ("recipes", "softmax\n"),
    ]:
        result = without(EVERYTHING, tmp_path, *command.split())
        assert (result.returncode, result.stderr) == (0, ""), command
        assert shown in result.stdout


def test_each_extra_brings_the_packages_that_it_is_looked_for_by() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    distributions = packages_distributions()
    for extra, packages in PACKAGES.items():
        brought = {Requirement(one).name for one in project["optional-dependencies"][extra]}
        for package in packages:
            assert brought & {canonicalize_name(name) for name in distributions[package]}, (extra, package)
            assert not brought & {Requirement(one).name for one in project["dependencies"]}
