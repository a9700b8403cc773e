"""A worker whose event loop does not turn any more."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from tests.serve.running import serving, until
from tests.serve.test_workers import processes


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the workers in /proc")
def test_a_worker_that_hangs_is_exchanged() -> None:
    with serving("softmax", "--workers", "2") as service:
        hung = min(processes(service))
        os.kill(hung, signal.SIGSTOP)
        until(lambda: len(service.events("serving")) == 3, 90)
        assert service.events("worker silent")[0]["process"] == hung
        assert hung not in processes(service)
        for _ in range(20):
            assert service.get("/v2/health/ready").status == 200
        assert service.end() == 0
