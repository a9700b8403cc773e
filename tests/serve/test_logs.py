"""The log of a service that nobody reads."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from digitlab.serve import logs

FILLING = 2_000  # lines, more than a pipe takes


def test_lines_that_nobody_reads_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    count = logs.MAX_LINES + 5_000
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as reader:
        with os.fdopen(writing, "w") as stream:
            monkeypatch.setattr(sys, "stderr", stream)
            for number in range(count):
                logs.write("test", number=number)
                if number == FILLING:
                    logs.flush(0.5)  # does not wait for ever; from now on the pipe is full
            lines: list[bytes] = []
            following = threading.Thread(target=lambda: lines.extend(reader))
            following.start()
            logs.flush(60)
            logs.write("last")
            logs.flush(60)
        following.join()
    found = [json.loads(line) for line in lines]
    assert found[-1]["event"] == "last"
    (dropped,) = (line["lines"] for line in found if line["event"] == "lines dropped")
    assert dropped + sum(line["event"] == "test" for line in found) == count
    assert [line["number"] for line in found if line["event"] == "test"] == list(range(count - dropped))


def test_no_request_waits_for_its_line() -> None:
    """A pipe takes some hundred lines."""
    command = [sys.executable, "-m", "digitlab", "serve", "softmax", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            port = json.loads(process.stderr.readline())["port"]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            for _ in range(2_000):
                connection.request("GET", "/v2/health/ready")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
            connection.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
