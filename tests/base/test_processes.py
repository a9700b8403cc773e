"""Processes of our own: a plain script can start them."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from digitlab.base.processes import start_process

# What a beginner writes: no «if __name__ == "__main__":».
SCRIPT = """
from pathlib import Path
from digitlab.base.processes import start_process
from digitlab.base.files import write_text

with open("started.txt", "a") as file:
    file.write("once ")
start_process(write_text, Path("done.txt"), "done").join()
print(__file__, __spec__)
"""


def test_a_script_is_not_run_again(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "plain.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "started.txt").read_text() == "once "
    assert (tmp_path / "done.txt").read_text() == "done"
    assert done.stdout.split() == [str(tmp_path / "plain.py"), "None"]  # its own names are as they were


@pytest.mark.parametrize("fork", [False, True])
def test_nothing_in_the_working_folder_is_imported(tmp_path: Path, fork: bool) -> None:
    """A folder of a stranger, in which a module is called as one of Python's."""
    for name in ("pickle", "socket", "digitlab", "numpy"):
        (tmp_path / f"{name}.py").write_text("open('taken', 'w').close()")
    command = "from pathlib import Path; from digitlab.base.files import write_text;"
    command += "from digitlab.base.processes import start_process;"
    command += f"start_process(write_text, Path('done.txt'), 'done', fork={fork}).join()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "done.txt").read_text() == "done"
    assert not (tmp_path / "taken").exists()


def test_it_is_given_its_arguments() -> None:
    assert answered(6, fork=False) == 7


def test_threads_may_start_them_at_the_same_time() -> None:
    main = sys.modules["__main__"].__dict__
    before = main.get("__file__"), main["__spec__"], os.environ.get("PYTHONSAFEPATH")
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(partial(answered, fork=True), range(64))) == list(range(1, 65))
    assert (main.get("__file__"), main["__spec__"], os.environ.get("PYTHONSAFEPATH")) == before


def answered(number: int, *, fork: bool) -> int:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = start_process(_answer, theirs, number, fork=fork)
    assert ours.poll(60)
    answer: int = ours.recv()
    process.join()
    return answer


def _answer(connection: Connection, number: int) -> None:
    connection.send(number + 1)
