"""What the command does with errors that no part of it has words for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from digitlab.cli import main
from digitlab.cli.main import app

UNFORESEEN = """\
Error: unexpected error (this is a bug in digitlab)
  found: ZeroDivisionError: division by zero
  to do: report it with your command; DIGITLAB_TRACEBACK=1 shows the traceback
"""


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


def failing(error: Exception) -> typer.Typer:
    """A command line of the same kind whose only command fails."""
    own = typer.Typer(cls=app.info.cls)

    @own.callback(invoke_without_command=True)
    def fail() -> None:
        raise error

    return own


def test_an_unforeseen_error_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGITLAB_TRACEBACK", raising=False)
    result = CliRunner().invoke(failing(ZeroDivisionError("division by zero")))
    assert (result.exit_code, result.stdout, result.stderr) == (3, "", UNFORESEEN)


def test_its_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_TRACEBACK", "1")
    assert isinstance(CliRunner().invoke(failing(ZeroDivisionError())).exception, ZeroDivisionError)


@pytest.mark.parametrize("error", [MemoryError(), ResourceExhaustedError("OOM when allocating\n a tensor")])
def test_too_little_memory_has_its_own_remedy(error: Exception) -> None:
    result = CliRunner().invoke(failing(error))
    assert result.exit_code == 3
    assert result.stderr.startswith(f"Error: out of memory\n  found: {type(error).__name__}")
    assert result.stderr.endswith("to do: give a smaller --batch-size or a smaller model\n")


@pytest.mark.parametrize(("error", "code"), [(typer.Exit(1), 1), (typer.Abort(), 1), (typer.BadParameter("x"), 2)])
def test_typers_own_ways_out_stay(error: Exception, code: int) -> None:
    result = CliRunner().invoke(failing(error))
    assert result.exit_code == code
    assert "this is a bug" not in result.stderr


COMMANDS = [[], *([name] for name in get_command(app).commands), ["data", "list"], ["runs", "list"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_summary_is_cut_in_80_columns(command: list[str]) -> None:
    helped = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"}).stdout
    assert "Usage: " in helped
    rows = [line for line in helped.splitlines() if not line.startswith("Usage: ")]
    assert not [line for line in rows if line.endswith("...") or len(line) > 80]


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"digitlab {version('digitlab')}\n")


def test_a_shell_completes_commands() -> None:
    asked = {"_DIGITLAB_COMPLETE": "complete_bash", "COMP_WORDS": "digitlab re", "COMP_CWORD": "1"}
    command = shutil.which("digitlab", path=sysconfig.get_path("scripts"))
    assert command is not None
    answer = subprocess.run([command], env=os.environ | asked, capture_output=True, text=True, check=False)
    assert answer.stdout.split() == ["recipes"]


def test_python_m_digitlab_is_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "my folder" / "säule"
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "digitlab", "--version"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert answer.stdout == f"digitlab {version('digitlab')}\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--version", "recipes"])
def test_a_full_disk_behind_the_output_is_told(command: str) -> None:
    shell = f"exec {sys.executable} -m digitlab {command} > /dev/full"
    answer = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert answer.returncode == 3
    assert answer.stderr == (
        "Error: cannot write to standard output\n  found: No space left on device\n  to do: free some space, or "
        "redirect the output to another place; files written before are untouched\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
@pytest.mark.parametrize(
    ("closed", "command", "code"), [("0<&- 1>&- 2>&-", "--version", 0), ("2>&-", "predict nothing.png", 2)]
)
def test_closed_streams_take_nothing(closed: str, command: str, code: int, tmp_path: Path) -> None:
    shell = f"exec {sys.executable} -m digitlab {command} {closed}"
    answer = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (code, b"", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipes")
def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    images, labels = np.full((50, 28, 28), 7, np.uint8), np.arange(50) % 10
    np.savez(tmp_path / "a.npz", x_train=images, y_train=labels)
    command = [sys.executable, "-m", "digitlab", "data", "show", "a.npz"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
    assert (process.returncode, errors) == (141, b"")


def test_sigterm_interrupts_as_ctrl_c_does(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(main, "app", lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        with pytest.raises(KeyboardInterrupt):
            main.main()
    finally:
        signal.signal(signal.SIGTERM, before)
