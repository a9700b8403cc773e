"""Several processes behind one port."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from digitlab.errors import UsageError
from digitlab.web.socket import listening
from tests.serve.running import Service, serving, until
from tests.serve.tensors import as_json

INFER = "/v2/models/softmax/infer"


def processes(service: Service) -> set[int]:
    """The workers that live, by what the system says."""
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    return {int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the workers in /proc")
def test_one_that_is_killed_comes_back_while_the_others_answer(images: np.ndarray) -> None:
    body, codes, done = as_json(images[:1]), [], threading.Event()
    with serving("softmax", "--workers", "2") as service:
        before = processes(service)
        assert len(before) == 2

        def ask() -> None:
            while not done.is_set():
                try:
                    codes.append(service.ask("POST", INFER, body).status)
                except (OSError, http.client.HTTPException):  # what the dead worker was answering, in whole or in part
                    codes.append(0)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        until(lambda: len(codes) > 20)
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(service.events("serving")) == 3)
        reached = len(codes)
        until(lambda: len(codes) > reached + 20)
        done.set()
        asking.join()
        assert len(processes(service) - before) == 1
        assert codes.count(200) >= len(codes) - 1
        counted = service.metric('digitlab_requests_total{code="200",route="/v2/models/{name}/infer"}')
        assert counted >= codes.count(200) - 1  # the dead one's are counted, too
        (line,) = service.events("worker died")
        assert line["exit_code"] == -9
        assert service.end() == 0


def test_signals_that_follow_each_other_reach_every_worker() -> None:
    with serving("softmax", "--workers", "2") as service:
        for _ in range(3):
            service.signal(signal.SIGHUP)
        until(lambda: len(service.events("bundle")) >= 2)
        assert {line["outcome"] for line in service.events("bundle")} == {"unchanged"}
        assert service.end() == 0


def test_a_bundle_that_cannot_be_used_ends_it_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    for arguments in ([tmp_path / "bad"], [tmp_path / "bad", "--workers", "2"], ["nothing"]):
        result = command(*arguments)
        assert result.returncode == 2
        assert "Error: " in result.stderr
        assert "Traceback" not in result.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            listening("127.0.0.1", port)
    assert str(caught.value) == (
        f"cannot listen at this address\n  found: 127.0.0.1:{port}: Address already in use\n"
        "  to do: choose another --port (0 for a free one), or an address of this machine as --host"
    )
    assert command("softmax", "--host", "0.0.0.0").returncode == 2


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "digitlab", "serve", *map(str, arguments), "--port", "0"]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the workers in /proc")
def test_workers_without_their_parent_end() -> None:
    with serving("softmax", "--workers", "2") as service:
        workers = processes(service)
        service.process.kill()
        until(lambda: not any(lives(worker) for worker in workers))


def lives(process: int) -> bool:
    """Whether it is there, and is more than an entry that nobody has taken note of."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
