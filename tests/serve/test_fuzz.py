"""A short run of what `tests/slow/test_serve.py` does at length."""

from __future__ import annotations

from tests.serve.fuzzing import fuzz_bytes, fuzz_connections, fuzz_described
from tests.serve.running import Service


def test_nothing_that_arrives_makes_it_fail(service: Service) -> None:
    assert fuzz_described(service, 15) > 100
    fuzz_bytes(service, 200)
    fuzz_connections(service, 50)
    assert service.events("failure") == []
    assert service.get("/v2/health/ready").status == 200
