"""digitlab check, and the check before a training, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitlab.cli.main import app

BROKEN = """
import keras

(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(16), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x.reshape(-1, 784) / 255, y)
"""
RIGHT = BROKEN.replace("Dense(16)", "Dense(16, activation='relu')")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("broken.py").write_text(BROKEN)
    Path("right.py").write_text(RIGHT)
    return tmp_path


def test_an_error_is_printed_and_is_the_exit_code(folder: Path, digits_file: Path) -> None:
    done = CliRunner().invoke(app, ["check", "broken.py", "--data", str(digits_file)])
    assert done.exit_code == 1
    assert done.stdout.startswith(
        "DL301 error: two layers follow one another without a non-linearity between them (line 5)\n"
        "  found: the weights 784×16 are followed by 16×10 with only scaling, shifting or reshaping between\n"
        "         them\n"
        "    why: A weighted sum of weighted sums is a weighted sum:"
    )


def test_json(folder: Path, digits_file: Path) -> None:
    done = CliRunner().invoke(app, ["check", "broken.py", "--data", str(digits_file), "--json"])
    [finding] = json.loads(done.stdout)["findings"]
    assert {name: finding[name] for name in ("code", "slug", "severity", "line")} == {
        "code": "DL301",
        "slug": "no-nonlinearity",
        "severity": "error",
        "line": 5,
    }
    assert set(finding) == {"code", "slug", "severity", "title", "observed", "why", "fix", "line", "cell"}


def test_nothing_wrong(folder: Path, digits_file: Path) -> None:
    done = CliRunner().invoke(app, ["check", "right.py", "--data", str(digits_file)])
    assert (done.exit_code, done.stdout) == (0, "No problems found (52 checks).\n")


def test_a_training_prints_findings_first_and_keeps_them(folder: Path, digits_file: Path) -> None:
    done = CliRunner().invoke(app, ["train", "broken.py", "--data", str(digits_file), "--epochs", "1"])
    lines = done.stdout.splitlines()
    found = next(index for index, line in enumerate(lines) if line.startswith("DL301 error"))
    assert found < next(index for index, line in enumerate(lines) if line.startswith("Epoch  1:"))
    [run] = Path("runs").iterdir()
    assert json.loads((run / "run.json").read_text())["findings"][0]["slug"] == "no-nonlinearity"
    assert "Two layers follow one another without a non-linearity" in (run / "report.html").read_text()
    again = CliRunner().invoke(app, ["check", str(run), "--json"])
    assert [finding["slug"] for finding in json.loads(again.stdout)["findings"]] == ["no-nonlinearity"]


def test_a_training_without_a_check(folder: Path, digits_file: Path) -> None:
    command = ["train", "broken.py", "--data", str(digits_file), "--epochs", "1", "--no-test", "--no-check", "--json"]
    done = CliRunner().invoke(app, command)
    assert json.loads(done.stdout)["findings"] == []


def test_a_run_of_a_recipe_has_no_file(folder: Path, digits_file: Path) -> None:
    command = ["train", "softmax", "--data", str(digits_file), "--epochs", "1", "--no-test", "--json"]
    run = json.loads(CliRunner().invoke(app, command).stdout)["run"]
    done = CliRunner().invoke(app, ["check", run])
    assert done.exit_code == 2
    assert "only a file of your own needs a check" in done.output


def test_a_file_that_does_not_compile(folder: Path) -> None:
    Path("broken.py").write_text("model = keras.Sequential([\n")
    done = CliRunner().invoke(app, ["check", "broken.py", "--data", "synthetic"])
    assert done.exit_code == 2
    assert done.output.startswith("Error: broken.py, line 1: the file does not compile\n  found: '[' was never closed")


OLD = RIGHT.replace('"adam"', "keras.optimizers.Adam(lr=1e-3)").replace("y)\n", "y, nb_epoch=1)\n")


def test_fix_writes_a_copy_with_the_old_names_replaced(folder: Path, digits_file: Path) -> None:
    Path("old.py").write_text(OLD)
    done = CliRunner().invoke(app, ["check", "old.py", "--data", str(digits_file), "--fix"])
    assert done.exit_code == 1
    assert done.stdout.startswith(
        "DL701 error: the program stops at a name that newer Keras or TensorFlow no longer has (line 6)\n"
    )
    assert "\n--- old.py\n+++ " in done.stdout
    assert '\n+model.compile(keras.optimizers.Adam(learning_rate=1e-3), "sparse_categorical' in done.stdout
    assert Path("old.py").read_text() == OLD
    assert Path("old.fixed.py").read_text() == OLD.replace("lr=", "learning_rate=").replace("nb_epoch", "epochs")
    again = CliRunner().invoke(app, ["check", "old.fixed.py", "--data", str(digits_file), "--fix"])
    assert again.stdout.endswith("\nNothing to replace; no file was written.\n")
    assert again.exit_code == 0
    assert not Path("old.fixed.fixed.py").exists()


def test_fix_overwrites_nothing(folder: Path, digits_file: Path) -> None:
    Path("old.py").write_text(OLD)
    Path("old.fixed.py").write_text("mine\n")
    done = CliRunner().invoke(app, ["check", "old.py", "--data", str(digits_file), "--fix"])
    assert done.exit_code == 2
    assert done.output.startswith("Error: old.fixed.py exists already and is not overwritten\n  found: ")
    assert "to do: look at it, then move it away or delete it" in done.output
    assert Path("old.fixed.py").read_text() == "mine\n"


def test_a_notebook_is_fixed_cell_by_cell(folder: Path, digits_file: Path) -> None:
    import nbformat

    lines = OLD.strip().splitlines()
    cells = ["%matplotlib inline", "\n".join(lines[:2]), "%%time\n" + "\n".join(lines[2:5]), "%time " + lines[5]]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(book, "old.ipynb")
    before = Path("old.ipynb").read_bytes()
    done = CliRunner().invoke(app, ["check", "old.ipynb", "--data", str(digits_file), "--fix"])
    assert done.stdout.startswith("Note: skipped, since it is for IPython: %matplotlib inline (cell 1).\nDL701")
    assert "cell 3, line 4" in done.stdout
    assert Path("old.ipynb").read_bytes() == before
    fixed = nbformat.read("old.fixed.ipynb", as_version=4).cells
    assert "Adam(learning_rate=1e-3)" in fixed[2].source
    assert fixed[2].source.startswith("%%time\n")
    assert fixed[3].source == cells[3]  # not as it runs: left to the user
