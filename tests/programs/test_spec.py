from __future__ import annotations

import subprocess
import sys

import pytest

from digitlab.programs.spec import FileSpec, is_file_spec, parse_file_spec


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("my_model.py", FileSpec("my_model.py", None)),
        ("labs/my_model.py:Name", FileSpec("labs/my_model.py", "Name")),
        (r"C:\labs\my_model.py:Name", FileSpec(r"C:\labs\my_model.py", "Name")),
        ("my_model.py:", FileSpec("my_model.py", None)),
        ("lab.ipynb", FileSpec("lab.ipynb", None)),
    ],
)
def test_a_file_and_a_name_in_it(spec: str, expected: FileSpec) -> None:
    assert is_file_spec(spec)
    assert parse_file_spec(spec) == expected


@pytest.mark.parametrize("spec", ["softmax", "mlp:512-256", "my_model", "py", ".py:Name"])
def test_recipes_are_no_files(spec: str) -> None:
    assert not is_file_spec(spec)


def test_telling_them_apart_loads_no_tensorflow() -> None:
    program = "import sys, digitlab.programs.spec; print('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
