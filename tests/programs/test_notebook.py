"""Notebooks as programs: what runs of them, and where it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from digitlab.checker.child import sample_of
from digitlab.checker.examine import check_file
from digitlab.data import synthetic
from digitlab.errors import ModelFileError
from digitlab.programs.source import SourceFile, read_source

MODEL = """import keras
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x / 255.0, y, epochs=1)"""


def write(folder: Path, *cells: str | tuple[str, int], name: str = "lab.ipynb") -> Path:
    """A notebook of version 4 with these code cells, after one with text."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Digits")])
    for cell in cells:
        text, count = cell if isinstance(cell, tuple) else (cell, None)
        book.cells.append(nbformat.v4.new_code_cell(text, execution_count=count))
    path = folder / name
    nbformat.write(book, path)
    return path


def read(folder: Path, *cells: str | tuple[str, int]) -> SourceFile:
    return read_source(str(write(folder, *cells)))


def ran(source: SourceFile) -> dict[str, Any]:
    values: dict[str, Any] = {}
    exec(compile(source.text, str(source.path), "exec"), values)
    return values


def test_cells_run_in_order_and_lines_keep_their_place(tmp_path: Path) -> None:
    source = read(tmp_path, "a = 1\nb = 2", "", "c = a + b\nd = c / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        ran(source)
    line = source.line_of(caught.value)
    assert line is not None
    assert (source.place(line), source.quote(line)) == ("cell 3, line 2", "d = c / 0")
    assert str(source.error(line, "wrong", found="f", remedy="r")).startswith(f"{source.shown}, cell 3, line 2: wrong")
    assert source.notes == ()


def test_a_line_of_a_script_has_no_cell(tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text("a = 1\n")
    source = read_source(str(tmp_path / "lab.py"))
    assert (source.place(1), source.in_cell(1)) == ("line 1", (None, 1))


@pytest.mark.parametrize(
    ("cell", "runs"),
    [
        ("%matplotlib inline\na = 1", "\na = 1"),
        ("!pip install \\\n  keras\na = 1", "\n\na = 1"),
        ("if True:\n    !ls\na = 1", "if True:\n    pass\na = 1"),
        ("files = !ls\na = 1", "files = []\na = 1"),
        ("print?\na = 1", "\na = 1"),
        ("%time a = 1", "a = 1"),
        ("%timeit -n 3 -r 2 a = 1", "a = 1"),
        ("%%time\na = 1", "\na = 1"),
        ("%%capture\n%matplotlib inline\na = 1", "\n\na = 1"),
        ("%%bash\nls\npwd", "\n\n"),
        ("%%backend tensorflow\nimport nothing", "\n"),
        ("a = (7\n% 4)", "a = (7\n% 4)"),  # no magic: the operator
        ("a = '''\n!here\n'''", "a = '''\n!here\n'''"),
    ],
)
def test_what_only_ipython_knows_is_left_out(tmp_path: Path, cell: str, runs: str) -> None:
    assert read(tmp_path, cell, "b = 1").text.decode() == f"{runs}\nb = 1\n"


def test_what_is_left_out_is_said_once_and_what_runs_is_not(tmp_path: Path) -> None:
    source = read(tmp_path, "%%time\na = 1", "%matplotlib inline\n!pip install -q keras", "%%writefile x.py\nb = 1")
    assert source.notes == (
        (
            "skipped, since it is for IPython: %matplotlib inline (cell 2), !pip install -q keras (cell 2), "
            "%%writefile x.py (cell 3)"
        ),
    )


def test_a_cell_that_does_not_compile_is_left_out_alone(tmp_path: Path) -> None:
    source = read(tmp_path, "a = 1", "b = 2\nprint(\nc = 3", "d = a")
    assert ran(source)["d"] == 1
    [note] = source.notes
    assert note.startswith("cell 2 was skipped; its line 2 does not compile: '(' was never closed")
    assert source.place(5) == "cell 3, line 1"


def test_another_order_of_execution_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, ("a = 1", 1), "b = 2", ("c = 3", 7)).notes == ()
    [note] = read(tmp_path, ("a = 1", 3), ("b = 2", 1)).notes
    assert note == ("the cells were run in the order of the file; the saved notebook had run them in another: [3], [1]")


def test_a_notebook_of_version_3(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "input": "a = 1", "language": "python", "outputs": [], "metadata": {}}]
    book = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells, "metadata": {}}]}
    (tmp_path / "old.ipynb").write_text(json.dumps(book))
    assert ran(read_source(str(tmp_path / "old.ipynb")))["a"] == 1


NO_NOTEBOOK = "this is not a notebook, or it is damaged", "open it in Jupyter and save it again"
NO_CODE = "there is no code in the notebook", "give the notebook that trains the model"


@pytest.mark.parametrize(
    ("content", "texts", "found"),
    [
        ("a = 1\n", NO_NOTEBOOK, "NotJSONError: "),
        ('{"nbformat": 4}', NO_NOTEBOOK, "ValidationError: "),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', NO_CODE, "no code cell"),
    ],
)
def test_what_is_no_notebook(tmp_path: Path, content: str, texts: tuple[str, str], found: str) -> None:
    (tmp_path / "lab.ipynb").write_text(content)
    with pytest.raises(ModelFileError) as caught:
        read_source(str(tmp_path / "lab.ipynb"))
    assert caught.value.problem.endswith(f"lab.ipynb: {texts[0]}")
    assert caught.value.found.startswith(found)
    assert caught.value.remedy == texts[1]


def test_a_notebook_is_checked_by_cell_and_line(tmp_path: Path) -> None:
    """With a compiled step, whose text Python looks up in the cells, and a question to the user."""
    step = """import tensorflow as tf
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
sgd = keras.optimizers.SGD(0.1)
@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, model(images, training=True))
    if loss > 0.0:
        tf.print("")
    sgd.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))"""
    loop = """epochs = int(input("how many? "))
for epoch in range(epochs):
    for images, labels in tf.data.Dataset.from_tensor_slices((x / 255.0, y)).batch(32):
        train_step(images, labels)
display(x[0])"""
    path = write(tmp_path, "%matplotlib inline", "\n".join(MODEL.splitlines()[:3]), step, loop)
    sample = sample_of(synthetic.generate(seed=1, train=3_000, test=10))
    result = check_file(str(path), sample, 10)
    assert [(one.slug, one.cell, one.line) for one in result.findings] == [("softmax-twice", 3, 2)]
    assert "input() was answered with '1'" in result.notes
