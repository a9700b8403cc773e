"""The Open Inference Protocol as its text says it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from digitlab.runtime.predictor import Predictor
from tests.serve.running import Service
from tests.serve.tensors import as_bytes, as_json, output

INFER = "/v2/models/softmax/infer"


def test_it_says_what_it_is(service: Service) -> None:
    document = service.get("/v2").document
    assert (document["name"], document["extensions"]) == ("digitlab", ["binary_tensor_data"])
    assert service.get("/v2/health/live").document == {"live": True}
    assert service.get("/v2/health/ready").document == {"ready": True}


def test_a_model_says_what_it_takes_and_gives(service: Service, predictor: Predictor) -> None:
    version = predictor.info.fingerprint
    expected = {
        "name": "softmax",
        "versions": [version],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}],
        "outputs": [
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
            {"name": "evidence", "datatype": "FP32", "shape": [-1, 10]},
        ],
    }
    for address in ("/v2/models/softmax", f"/v2/models/softmax/versions/{version}"):
        assert service.get(address).document == expected
        assert service.get(f"{address}/ready").document == {"name": "softmax", "ready": True}


@pytest.mark.parametrize("address", ["", "/ready", "/infer"])
@pytest.mark.parametrize("model", ["other", "softmax/versions/0123456789abcdef", "..%2F..%2Fetc", "mlp:128"])
def test_other_models_and_versions_are_not_there(service: Service, model: str, address: str) -> None:
    answer = service.ask("POST" if address == "/infer" else "GET", f"/v2/models/{model}{address}", b"{}")
    assert answer.status == 404
    assert set(answer.document) == {"error"}


@pytest.mark.parametrize("count", [1, 7, 16, 17, 200])
def test_json_is_answered_as_the_predictor_answers(
    service: Service, predictor: Predictor, images: np.ndarray, count: int
) -> None:
    answer = service.ask("POST", INFER, as_json(images[:count], id="request 1"))
    assert answer.status == 200
    document = answer.document
    assert (document["model_name"], document["id"]) == ("softmax", "request 1")
    assert document["model_version"] == answer.headers["x-bundle-fingerprint"] == predictor.info.fingerprint
    np.testing.assert_allclose(output(document), predictor.predict(images[:count]), atol=1e-6)
    np.testing.assert_allclose(output(document, "evidence"), predictor.evidence(images[:count]), atol=1e-4)


@pytest.mark.parametrize("count", [1, 16, 200])
def test_bytes_are_answered_with_bytes(service: Service, predictor: Predictor, images: np.ndarray, count: int) -> None:
    wanted = [{"name": "evidence"}, {"name": "probabilities", "parameters": {"binary_data": True}}]
    body, headers = as_bytes(images[:count], outputs=wanted)
    answer = service.ask("POST", INFER, body, headers)
    length = int(answer.headers["inference-header-content-length"])
    evidence, probabilities = json.loads(answer.body[:length])["outputs"]
    assert probabilities["parameters"] == {"binary_data_size": 40 * count}
    np.testing.assert_allclose(
        np.frombuffer(answer.body[length:], "<f4").reshape(count, 10), predictor.predict(images[:count]), atol=1e-6
    )
    np.testing.assert_allclose(evidence["data"], predictor.evidence(images[:count]).ravel(), atol=1e-4)


def test_rows_may_be_nested_and_a_version_named(service: Service, predictor: Predictor, images: np.ndarray) -> None:
    tensor = {"name": "images", "shape": [2, 28, 28], "datatype": "UINT8", "data": images[:2].tolist()}
    address = f"/v2/models/softmax/versions/{predictor.info.fingerprint}/infer"
    answer = service.ask("POST", address, json.dumps({"inputs": [tensor]}).encode())
    np.testing.assert_allclose(output(answer.document), predictor.predict(images[:2]), atol=1e-6)


def test_another_method_is_refused(service: Service) -> None:
    for address in (INFER, "/v1/predict"):
        answer = service.ask("GET", address)
        assert (answer.status, answer.document["error"].split(";")[0]) == (405, "method not allowed")
    assert service.ask("POST", "/v2/health/live").status == 405


@pytest.mark.parametrize("path", ["/v2/health/live", "/v2/health/ready"])
def test_health_may_be_asked_for_without_a_body(service: Service, path: str) -> None:
    answer = service.ask("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")
