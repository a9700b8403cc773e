"""Open a page in the user's browser."""

from __future__ import annotations

import subprocess
import sys

TIMEOUT = 3.0  # seconds; a browser that cannot start exits earlier


def open_page(address: str) -> bool:
    """Whether a browser opened the page; in a process of its own, so that its output does not reach the terminal."""
    program = "import sys, typer; sys.exit(typer.launch(sys.argv[1], wait=True))"
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-P", "-c", program, address]
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        return process.wait(timeout=TIMEOUT) == 0
    except subprocess.TimeoutExpired:
        return True  # some run until their window is closed
