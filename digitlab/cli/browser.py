"""Showing a page in the user's browser."""

from __future__ import annotations

import subprocess
import sys

PATIENCE = 3.0  # seconds in which a browser that cannot start has said so


def open_page(address: str) -> bool:
    """Show a page; in a process of its own, since what browsers write to the terminal cannot be silenced otherwise."""
    program = "import sys, typer; sys.exit(typer.launch(sys.argv[1], wait=True))"
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-P", "-c", program, address]
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        return process.wait(timeout=PATIENCE) == 0
    except subprocess.TimeoutExpired:
        return True  # some stay until their window is closed
