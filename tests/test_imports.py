"""What is not needed is not loaded: start-up time is part of the product."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import digitlab

HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn", "ray", "scipy", "pydantic", "rich"}


def loaded_by(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_digitlab_itself_loads_nothing_heavy() -> None:
    assert loaded_by("import digitlab") & (HEAVY | {"numpy"}) == set()


def test_the_command_line_loads_nothing_heavy_before_a_command_runs() -> None:
    assert loaded_by("import digitlab.cli.main") & (HEAVY | {"numpy"}) == set()


@pytest.mark.parametrize("module", ["data.sources", "runs.directory", "evaluation.metrics", "experiments.train"])
def test_all_but_training_does_without_tensorflow(module: str) -> None:
    assert loaded_by(f"import digitlab.{module}") & {"tensorflow", "keras", "sklearn", "ray"} == set()


def test_the_lab_page_does_without_what_trains_and_draws() -> None:
    assert loaded_by("import digitlab.lab.server") & {"tensorflow", "keras", "matplotlib", "sklearn"} == set()


def test_predicting_loads_neither_tensorflow_nor_what_draws() -> None:
    program = "import digitlab, numpy; digitlab.load_model('softmax').predict(numpy.zeros((2, 28, 28), 'uint8'))"
    assert loaded_by(program) & {"tensorflow", "keras", "onnx", "matplotlib", "jinja2", "sklearn"} == set()
    assert loaded_by("import digitlab.attribution.explanation") & {"tensorflow", "keras", "matplotlib"} == set()


def test_serving_loads_neither_tensorflow_nor_what_draws() -> None:
    heavy = {"tensorflow", "keras", "onnx", "matplotlib", "jinja2", "sklearn", "ray", "requests", "rich"}
    program = (
        "from digitlab.serve import server\n"
        "from digitlab.serve.service import Service, ServeConfig\n"
        "Service(ServeConfig(bundles=('softmax',)))"
    )
    assert loaded_by(program) & heavy == set()
    assert loaded_by("import digitlab.serve.workers") & (heavy | {"onnxruntime", "fastapi"}) == set()


def test_every_public_name_is_there() -> None:
    assert digitlab.__all__ == sorted(digitlab.__all__)
    for name in digitlab.__all__:
        assert getattr(digitlab, name).__name__ == name
    assert dir(digitlab) == digitlab.__all__


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="module 'digitlab' has no attribute 'trian'"):
        _ = importlib.import_module("digitlab").trian
