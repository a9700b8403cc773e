"""`last` is the newest run wherever a run can be named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import digitlab
from digitlab.cli.main import app
from digitlab.cli.options import each_newest
from digitlab.data.dataset import Split


@pytest.fixture(scope="module")
def workplace(digits_file: Path, held_out: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run in runs/, and a picture."""
    folder = tmp_path_factory.mktemp("workplace")
    digitlab.train("softmax", str(digits_file), out=folder / "runs", epochs=1, report=False, listeners=())
    Image.fromarray(held_out.images[0]).resize((112, 112)).save(folder / "digit.png")
    return folder


def call(folder: Path, *arguments: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return CliRunner().invoke(app, arguments)


def test_predict_answers_with_it(workplace: Path) -> None:
    (run,) = (workplace / "runs").glob("softmax-2*")
    by_name = call(workplace, "predict", "digit.png", "--json", "--model", str(run))
    assert json.loads(call(workplace, "predict", "digit.png", "--json", "--model", "last").stdout) == json.loads(
        by_name.stdout
    )


def test_explain_explains_it(workplace: Path) -> None:
    assert call(workplace, "explain", "digit.png", "--model", "last").stdout.startswith("digit.png: ")


def test_export_writes_it(workplace: Path) -> None:
    exported = Path(json.loads(call(workplace, "export", "last", "--json").stdout)["path"])
    assert exported.parts[-3:] == ("runs", next((workplace / "runs").glob("softmax-2*")).name, "bundle")


def test_check_and_compare_find_it(workplace: Path) -> None:
    name = next((workplace / "runs").glob("softmax-2*")).name
    checked = call(workplace, "check", "last")
    assert checked.exit_code == 2
    assert f"{name} is a run of the recipe softmax" in checked.stderr
    assert call(workplace, "compare", "last", f"runs/{name}").stdout.startswith("Of 200 test images")


def test_serve_takes_it(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    (run,) = Path("runs").glob("softmax-2*")
    assert each_newest(["last", "softmax"]) == [str(run), "softmax"]


def test_where_there_is_no_run_it_says_how_to_make_one(tmp_path: Path) -> None:
    told = "Error: there is no run in runs yet\n  found: last\n  to do: make one: digitlab train softmax\n"
    for command in (["predict", "x.png", "--model", "last"], ["export", "last"], ["serve", "last"], ["check", "last"]):
        assert call(tmp_path, *command).stderr == told
