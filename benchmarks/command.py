"""How long the whole command takes, from process start to the test line, and how much memory it needs.

    python -m benchmarks.command

This process stays small on purpose: a child's peak memory is counted from the size of its parent.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.table import print_table, print_title, spread

COMMANDS = 5
DRAWING = """
import sys
from PIL import Image, ImageDraw
picture = Image.new("L", (280, 280), 255)
ImageDraw.Draw(picture).line([(70, 60), (210, 60), (120, 230)], fill=0, width=20)
picture.save(sys.argv[1])
"""


def main() -> None:
    """Print the table."""
    print_title("Whole processes: digitlab train softmax, 25 epochs, and how soon small commands answer")
    runs = [time_to_test_line() for _ in range(COMMANDS)]
    fast = [time_to_test_line("fast")[0] for _ in range(COMMANDS)]
    answers = [time_to_answer() for _ in range(COMMANDS)]
    rows = [
        ["process start to the test line", spread([seconds for seconds, _ in runs])],
        ["peak memory, report included", spread([memory / 2**20 for _, memory in runs], "GiB")],
        ["the same of digitlab train fast, 99.2%", spread(fast)],
        ["digitlab --help", spread(list(time_command(["-m", "digitlab", "--help"])))],
        ["digitlab predict one.png, bundle checked", spread([seconds for seconds, _ in answers])],
        ["its peak memory", spread([memory / 2**10 for _, memory in answers], "MiB", 0)],
        ["import digitlab", spread(list(time_command(["-c", "import digitlab"])))],
    ]
    print_table(["what", "median (least to greatest)"], rows)


def time_to_test_line(spec: str = "softmax") -> tuple[float, int]:
    """Seconds until the test line is printed, and the peak memory of the whole command in KiB."""
    with tempfile.TemporaryDirectory() as out:
        start, seconds = time.perf_counter(), float("nan")
        command = [sys.executable, "-m", "digitlab", "train", spec, "--out", out]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if line.startswith("Test Loss"):
                    seconds = time.perf_counter() - start
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command} failed with {process.returncode}")
        return seconds, usage.ru_maxrss


def time_to_answer() -> tuple[float, int]:
    """Seconds of `digitlab predict` for one drawing, and its peak memory in KiB."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/seven.png"
        subprocess.run([sys.executable, "-c", DRAWING, file], check=True)
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "digitlab", "predict", file], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit("digitlab predict failed")
        return time.perf_counter() - start, usage.ru_maxrss


def time_command(arguments: list[str]) -> Iterator[float]:
    """Seconds of a whole Python process, ten times."""
    for _ in range(10):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        yield time.perf_counter() - start


if __name__ == "__main__":
    main()
