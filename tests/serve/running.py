"""A service in a process of its own, on a free port of this machine."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

SECONDS_TO_START = 60.0
SECONDS_TO_END = 60.0


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """What runs, what it wrote so far, and how to ask it."""

    process: subprocess.Popen[str]
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.events("serving")[0]["port"])

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in tuple(self.lines) if line.get("event") == name]

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request; a body that comes in parts goes in chunks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def metric(self, name: str) -> float:
        """The value of a metric with its labels, as it is written; 0 where it is missing."""
        lines = self.get("/metrics").body.decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> int:
        """Stop it; its exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(SECONDS_TO_END)


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until it holds, and give its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"did not come true in {seconds:.0f} s")


@contextlib.contextmanager
def serving(*arguments: str | Path, program: Sequence[str] = ("-m", "digitlab", "serve")) -> Iterator[Service]:
    """`digitlab serve` with these arguments, ready; stopped at the end.

    Args:
        arguments: of the command.
        program: what Python runs, where it is not that command.
    """
    workers = int(str(arguments[arguments.index("--workers") + 1])) if "--workers" in arguments else 1
    command = [sys.executable, *program, *map(str, arguments), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        service = Service(process)
        reader = threading.Thread(target=_follow, args=(service,), daemon=True)
        reader.start()
        try:
            until(lambda: len(service.events("serving")) == workers or process.poll() is not None, SECONDS_TO_START)
            assert process.poll() is None, service.lines
            yield service
            service.end()
        finally:
            process.kill()
            process.wait()
            reader.join(10)
            for failure in service.events("failure"):  # shown where a test fails
                sys.stderr.write(failure["traceback"])


def _follow(service: Service) -> None:
    assert service.process.stderr is not None
    for line in service.process.stderr:
        service.lines.append(json.loads(line) if line.startswith("{") else {"event": "text", "text": line})
