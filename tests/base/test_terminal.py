"""How lines are laid out on a terminal, and that pipes get them whole and plain."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from digitlab.base.terminal import laid_out, wrapped
from digitlab.runs.run import EpochRecord
from digitlab.training.display import ProgressDisplay

RED, GREEN, YELLOW, CYAN, END = "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[0m"
FOUND = "  found: a sentence of some words that goes on and on over the end of the row"


def test_words_stay_whole_and_parts_of_errors_are_indented() -> None:
    assert wrapped(FOUND, 40) == (
        "  found: a sentence of some words that\n         goes on and on over the end of\n         the row"
    )
    assert wrapped("Report: runs/softmax-2026-11-23T20-15-02/report.html", 30) == (
        "Report:\nruns/softmax-2026-11-23T20-15-02/report.html"
    )
    assert wrapped("Epoch  1:  short", 30) == "Epoch  1:  short"


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("Error: no such file", f"{RED}Error:{END} no such file"),
        ("DL101 error: twice", f"{RED}DL101 error:{END} twice"),
        ("DD110 warning: dark ink", f"{YELLOW}DD110 warning:{END} dark ink"),
        ("DL303 hint: narrow", f"{CYAN}DL303 hint:{END} narrow"),
        ("mlp gains 4.7 points: real.", f"mlp gains 4.7 points: {GREEN}real.{END}"),
        ("The gap is within the noise of the seeds: no evidence.",
         f"The gap is within the noise of the seeds: {YELLOW}no evidence.{END}"),
        ("scan.jpg: unsure: 4 or 9", f"scan.jpg: {YELLOW}unsure: 4 or 9{END}"),
        ("seven.png: 7 (98.2%)", "seven.png: 7 (98.2%)"),
    ],
)  # fmt: skip
def test_errors_findings_and_verdicts_are_coloured(line: str, marked: str) -> None:
    assert laid_out(line, 200, colour=True) == marked
    assert laid_out(line, 200, colour=False) == line


def test_a_verdict_keeps_its_colour_in_a_row_of_its_own() -> None:
    assert laid_out("mlp gains 4.7 points: real.", 22, colour=True) == f"mlp gains 4.7 points:\n{GREEN}real.{END}"


def test_a_narrow_terminal_gets_a_short_epoch_line_and_a_file_the_labs() -> None:
    record = EpochRecord(
        epoch=1, train_loss=0.798, train_accuracy=0.81424, valid_loss=0.521, valid_accuracy=0.8714, seconds=0.1
    )
    short = "Epoch  1:  Train 0.798, 81.42%  Validation 0.521, 87.14%\n"
    whole = (
        "Epoch  1:  Train Loss: 0.798,  Train Accuracy: 81.424%,  Validation Loss: 0.521,  Validation Accuracy: 87.140%"
    )
    for terminal, width, expected in ((True, 80, short), (True, 120, whole + "\n"), (False, 80, whole + "\n")):
        stream = io.StringIO()
        ProgressDisplay(Console(file=stream, force_terminal=terminal, width=width)).epoch_ended(record)
        assert stream.getvalue() == expected


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What the command prints to a terminal of 60 columns."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    env |= {"COLUMNS": "60", "TERM": "xterm", **environment}
    command = [sys.executable, "-m", "digitlab", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    printed = b""
    try:
        while piece := os.read(ours, 65_536):
            printed += piece
    except OSError:  # how Linux tells that the other side is closed
        pass
    finally:
        os.close(ours)
        process.wait()
    return printed.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colour_and_rows_that_fit_unless_no_color_is_set() -> None:
    printed = on_a_terminal("train", "sofmax")
    assert printed.startswith(f"{RED}Error:{END} unknown recipe 'sofmax'\n")
    assert max(map(len, printed.splitlines()[1:])) <= 60
    assert "\n         " in printed
    assert "\x1b" not in on_a_terminal("train", "sofmax", NO_COLOR="1")


def test_a_pipe_gets_whole_plain_lines() -> None:
    command = [sys.executable, "-m", "digitlab", "train", "sofmax"]
    env = os.environ | {"COLUMNS": "40"}
    printed = subprocess.run(command, capture_output=True, text=True, env=env, check=False).stderr
    assert len(printed.splitlines()) == 3
    assert "\x1b" not in printed


def test_a_console_that_lacks_a_character_gets_one_like_it(tmp_path: Path) -> None:
    program = (
        "from digitlab.cli.printing import accept_every_character, say\n"
        "accept_every_character()\nsay('gap −0.14 ± 0.1 … Ω')"
    )
    env = os.environ | {"PYTHONIOENCODING": "cp1252"}
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, env=env, check=True).stdout
    assert printed.decode("cp1252").rstrip() == "gap -0.14 ± 0.1 … ?"
