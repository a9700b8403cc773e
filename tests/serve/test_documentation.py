from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.serve.running import Service


@pytest.fixture(scope="module")
def document(service: Service) -> Any:
    return service.get("/openapi.json").document


def test_every_address_is_described(document: Any) -> None:
    assert sorted(document["paths"]) == [
        "/metrics",
        "/v1/predict",
        "/v1/read",
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/{name}",
        "/v2/models/{name}/infer",
        "/v2/models/{name}/ready",
        "/v2/models/{name}/versions/{version}",
        "/v2/models/{name}/versions/{version}/infer",
        "/v2/models/{name}/versions/{version}/ready",
    ]


def test_whatever_it_points_to_is_there(document: Any) -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named == set(document["components"]["schemas"])


def test_its_example_can_be_sent_as_it_is(service: Service, document: Any) -> None:
    operation = document["paths"]["/v2/models/{name}/infer"]["post"]
    address = "/v2/models/{name}/infer".format(**{each["name"]: each["example"] for each in operation["parameters"]})
    body = operation["requestBody"]["content"]["application/json"]["example"]
    answer = service.ask("POST", address, json.dumps(body).encode())
    assert answer.status == 200
    assert [output["name"] for output in answer.document["outputs"]] == ["probabilities"]


def test_the_page_needs_nothing_from_elsewhere(service: Service) -> None:
    page = service.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert parts == ["/docs/page.css", "/openapi.json", "/docs/page.js"]
    for part in parts:
        assert service.get(part).status == 200
        assert "://" not in service.get(part).body.decode()
