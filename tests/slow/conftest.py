from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak-minutes", type=float, default=10, help="how long the service is kept under load")


@pytest.fixture
def soak_seconds(request: pytest.FixtureRequest) -> float:
    return 60 * float(request.config.getoption("--soak-minutes"))
