from __future__ import annotations

import socket
from pathlib import Path

from typer.testing import CliRunner

from digitlab.cli.main import app


def test_a_lesson_that_is_not_there_is_told_before_anything_starts(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["lab", "--lesson", str(tmp_path / "no.md")])
    assert result.exit_code == 2
    assert "no.md" in result.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["lab", "--port", str(port), "--no-browser", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert f"Error: cannot listen at this address\n  found: 127.0.0.1:{port}: " in result.stderr
    assert "--port (0 for a free one)" in result.stderr
