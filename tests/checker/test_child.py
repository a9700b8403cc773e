"""A program that loops, fills the memory, ends its process, prints, sleeps or writes: what is reported."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from digitlab.checker.child import Limits, check_in_child
from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from tests.serve.running import until
from tests.serve.test_workers import lives

MODEL = "import keras\nmodel = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, 'softmax')])\n"
CALL = """
import time
import keras
import tensorflow as tf

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(10, 'softmax')

    def call(self, x):
        {line}
        return self.dense(x)

model = Net()
"""


def check(tmp_path: Path, text: str, sample: Split, limits: Limits | None = None) -> list[str]:
    path = tmp_path / "my_model.py"
    path.write_text(text)
    return [one.slug for one in check_in_child(str(path), sample, 10, limits or Limits()).findings]


def test_a_loop_without_end_is_stopped(tmp_path: Path, sample: Split) -> None:
    with pytest.raises(ModelFileError) as caught:
        check(tmp_path, MODEL + "while True:\n    pass\n", sample, Limits(seconds=8))
    assert caught.value.problem.endswith("my_model.py: the check was stopped")
    assert caught.value.found == "it was not finished after 8 seconds of computing"


def test_a_program_that_takes_all_memory_is_stopped(tmp_path: Path, sample: Split) -> None:
    text = MODEL + "hoard = []\nwhile True:\n    hoard.append(bytearray(50_000_000))\n"
    with pytest.raises(ModelFileError) as caught:
        check(tmp_path, text, sample, Limits(gibibytes=2))
    assert caught.value.found == "it used more than 2 GiB of memory"


def test_a_program_that_ends_the_process_is_reported(tmp_path: Path, sample: Split) -> None:
    with pytest.raises(ModelFileError) as caught:
        check(tmp_path, MODEL + "import os\nos._exit(7)\n", sample)
    assert caught.value.problem.endswith("my_model.py: the program ended the process that checked it")
    assert caught.value.found.startswith("exit code 7")


def test_printing_sleeping_and_writing_do_no_harm(
    tmp_path: Path, sample: Split, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = "print('hello'); time.sleep(60); open('written.txt', 'w').write('x')"
    line += "; import os; os.write(1, b'hello'); os.environ.clear()"
    assert check(tmp_path, CALL.format(line=line), sample) == []
    assert capfd.readouterr().out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my_model.py"]


def test_data_beside_the_program_can_be_read(tmp_path: Path, sample: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("mnist.npz", x=sample.images[:500], y=sample.labels[:500])
    text = """
import keras
import numpy as np
file = np.load("mnist.npz")
open("log.txt", "w").write("begun")
images, labels = file["x"].reshape(-1, 784) / 255, file["y"]
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, "softmax"), keras.layers.Softmax()])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(images, labels)
"""
    assert check(tmp_path, text, sample) == ["softmax-twice"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mnist.npz", "my_model.py"]


def test_a_model_that_raises_is_reported_with_its_line_and_the_shapes(tmp_path: Path, sample: Split) -> None:
    with pytest.raises(ModelFileError) as caught:
        check(tmp_path, CALL.format(line="raise ValueError('no such digit')"), sample)
    assert caught.value.problem.endswith("my_model.py, line 12: an error while the model is called")
    assert caught.value.found == (
        "ValueError: no such digit (called on images [2, 784] and [2, 28, 28] and [2, 28, 28, 1])"
    )


FORGES = """
import gc, os, pickle
from pathlib import Path

class Payload:
    def __reduce__(self):
        return os.system, ("touch {folder}/written-by-$PPID",)

for one in gc.get_objects():
    if isinstance(one, type(Path())) and (one / "stderr").is_file():
        (one / "reply").write_bytes(pickle.dumps(Payload()))
        os._exit(3)
"""


def test_a_program_cannot_run_code_in_the_process_that_checks_it(tmp_path: Path, sample: Split) -> None:
    with pytest.raises(ModelFileError) as caught:
        check(tmp_path, MODEL + FORGES.replace("{folder}", str(tmp_path)), sample)
    assert caught.value.problem.endswith("my_model.py: the program ended the process that checked it")
    assert caught.value.found.startswith("exit code 3")  # it did find where the reply goes
    assert [path.name for path in tmp_path.iterdir()] == ["my_model.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")
def test_what_a_program_starts_ends_with_the_check(tmp_path: Path, sample: Split) -> None:
    text = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    with pytest.raises(ModelFileError) as caught:
        check(tmp_path, MODEL + text + "raise SystemError(child.pid)\n", sample)
    child = int(re.findall(r"\d+", caught.value.found)[-1])
    until(lambda: not lives(child))
