"""What a program imports and is not installed, asks for, or has not saved yet."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from digitlab.data import synthetic
from digitlab.programs.datasets import FEW_ROWS, DataStub
from digitlab.programs.source import SourceFile, read_source
from digitlab.programs.standins import NeededError, import_error, imports


@pytest.fixture(autouse=True)
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if these were not installed, wherever the tests run."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("sklearn", "pandas", "tqdm", "IPython")]:
        monkeypatch.delitem(sys.modules, name)


def source_of(folder: Path, text: str) -> SourceFile:
    path = folder / "program.py"
    path.write_text(text)
    return read_source(str(path))


def run(folder: Path, text: str) -> tuple[dict[str, Any], list[str]]:
    """The program's names, and the notes."""
    source = source_of(folder, text)
    stub = DataStub(synthetic.generate(seed=1, train=700, test=10).train, FEW_ROWS)
    values: dict[str, Any] = {}
    with imports(source, stub) as notes:
        exec(compile(source.text, str(source.path), "exec"), values)
    return values, notes


def test_what_is_needed_afterwards_only_is_done_without(tmp_path: Path) -> None:
    before = set(sys.modules)
    values, notes = run(
        tmp_path,
        "from sklearn.metrics import confusion_matrix, accuracy_score\n"
        "import sklearn.model_selection as ms\n"
        "from google.colab import drive\n"
        "import google.protobuf\n"
        "drive.mount('/content/drive')\n"
        "print(f'{accuracy_score([1], [1]) * 100:.2f}%', confusion_matrix([1], [1])[0])\n"
        "a = 1\n",
    )
    assert values["a"] == 1
    assert notes == [
        "scikit-learn is not installed; the program was run without it",
        "google-colab is not installed; the program was run without it",
    ]
    assert not {name for name in set(sys.modules) - before if name.startswith(("sklearn", "google.colab"))}


def test_a_library_still_misses_what_it_can_do_without(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "library_of_test.py").write_text(
        "try:\n    import pandas\nexcept ImportError:\n    pandas = None\n"
    )
    (tmp_path / "here").mkdir()
    sys.path.append(str(tmp_path / "elsewhere"))
    try:
        values, notes = run(tmp_path / "here", "import library_of_test\nfound = library_of_test.pandas")
    finally:
        sys.path.remove(str(tmp_path / "elsewhere"))
        sys.modules.pop("library_of_test", None)
    assert (values["found"], notes) == (None, [])


@pytest.mark.parametrize(
    "use",
    [
        "a, b = train_test_split([1, 2])",
        "import numpy; numpy.asarray(train_test_split([1, 2]))",
        "import tensorflow as tf; tf.constant(train_test_split([1, 2]))",
        "for one in train_test_split([1, 2]): pass",
        "float(train_test_split([1, 2]))",
    ],
)
def test_what_the_training_needs_is_named(tmp_path: Path, use: str) -> None:
    text = f"from sklearn.model_selection import train_test_split\n{use}\n"
    with pytest.raises(NeededError) as caught:
        run(tmp_path, text)
    error = import_error(source_of(tmp_path, text), caught.value)
    assert error.problem.endswith(
        "program.py, line 2: the training needs sklearn.model_selection.train_test_split, which is missing"
    )
    assert error.found.endswith("is needed here, and scikit-learn is not installed")
    assert error.remedy == "pip install scikit-learn"


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        (
            "import my_own_helpers",
            "it imports 'my_own_helpers', which is neither a file beside it nor a package that digitlab knows",
            "put my_own_helpers.py beside program.py",
        ),
        (
            "import keras.nothing_of_the_kind",
            f"'keras.nothing_of_the_kind' is not part of keras {keras.__version__}",
            "keras has removed or renamed it: change the line, or remove it",
        ),
    ],
)
def test_a_file_beside_it_and_a_removed_part_are_distinguished(
    tmp_path: Path, text: str, problem: str, remedy: str
) -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        run(tmp_path, text)
    error = import_error(source_of(tmp_path, text), caught.value)
    assert (error.problem.rpartition("line 1: ")[2], error.remedy) == (problem, remedy)
    assert "install" not in error.remedy


def test_decorators_and_progress_bars_leave_what_they_are_given(tmp_path: Path) -> None:
    values, _ = run(
        tmp_path,
        "import streamlit as st\nfrom tqdm import tqdm, trange\n"
        "@st.cache\ndef double(x):\n    return 2 * x\n"
        "bar = tqdm([1, 2, 3], desc='x')\nbar.set_description('y')\n"
        "seen = [double(x) for x in bar] + list(trange(2))\n",
    )
    assert values["seen"] == [2, 4, 6, 0, 1]


def test_questions_are_answered_and_nothing_stays_changed(tmp_path: Path) -> None:
    before = builtins.input, keras.models.load_model, keras.Model.load_weights, keras.utils.plot_model
    values, notes = run(
        tmp_path,
        "import keras\nn = int(input('epochs?'))\ndisplay(n)\nget_ipython().run_line_magic('ls', '')\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "model.load_weights('not_there.weights.h5')\n"
        "again = keras.models.load_model('not_there.keras')\nagain.predict([1])\n",
    )
    assert values["n"] == 1
    assert notes == [
        "input() was answered with '1'",
        "load_weights() was skipped: there is no file not_there.weights.h5",
        "load_model() was skipped: there is no file not_there.keras",
    ]
    assert before == (builtins.input, keras.models.load_model, keras.Model.load_weights, keras.utils.plot_model)
    assert not hasattr(builtins, "get_ipython")


def test_tensorflow_datasets_gives_our_images(tmp_path: Path) -> None:
    values, notes = run(
        tmp_path,
        "import tensorflow_datasets as tfds\n"
        "tfds.disable_progress_bar()\n"
        "(train, val, test), info = tfds.load('mnist', split=['train[:80%]', 'train[50000:]', 'test'],\n"
        "                              as_supervised=True, with_info=True, shuffle_files=True, data_dir='x')\n"
        "sizes = [len(one) for one in (train, val, test)]\n"
        "image, label = next(iter(train))\n"
        "both = tfds.load('fashion_mnist:3.*.*')\n"
        "row = next(iter(both['test'].batch(3)))\n"
        "whole = tfds.as_numpy(tfds.load('mnist', split=tfds.Split.TRAIN, batch_size=-1))\n"
        "n = info.splits['train'].num_examples, info.features['label'].num_classes\n",
    )
    assert values["sizes"] == [4_800, 1_000, 1_000]
    assert (values["image"].shape, values["image"].dtype.name, values["label"].dtype.name) == (
        (28, 28, 1),
        "uint8",
        "int64",
    )
    assert (values["row"]["image"].shape, values["row"]["label"].shape) == ((3, 28, 28, 1), (3,))
    assert isinstance(values["whole"]["label"], np.ndarray)
    assert len(values["whole"]["label"]) == 6_000
    assert values["n"] == (6_000, 10)
    assert notes == ["tensorflow_datasets gave digitlab's images"]


def test_tensorflow_datasets_of_other_names_say_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only mnist and fashion_mnist are available here"):
        run(tmp_path, "import tensorflow_datasets as tfds\ntfds.load('cifar10')")
