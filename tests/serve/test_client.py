"""A client that was written for Triton and knows nothing of us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from digitlab.runtime.predictor import Predictor
from tests.serve.running import Service

http = pytest.importorskip("tritonclient.http")
UNKNOWN = r"\[404\] unknown model or version; found: 'best'; to do: ask for softmax or mlp-128"


@pytest.fixture
def client(service: Service) -> Iterator[Any]:
    client = http.InferenceServerClient(f"127.0.0.1:{service.port}", concurrency=4)
    yield client
    client.close()


def asked(images: np.ndarray, *, binary: bool) -> Any:
    tensor = http.InferInput("images", images.shape, "UINT8")
    tensor.set_data_from_numpy(images, binary_data=binary)
    return tensor


def test_what_there_is(client: Any, predictor: Predictor) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("softmax")
    assert not client.is_model_ready("best")
    assert client.get_server_metadata()["name"] == "digitlab"
    assert client.get_model_metadata("softmax")["versions"] == [predictor.info.fingerprint]


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_inference(client: Any, predictor: Predictor, images: np.ndarray, binary_in: bool, binary_out: bool) -> None:
    wanted = [http.InferRequestedOutput(name, binary_data=binary_out) for name in ("probabilities", "evidence")]
    result = client.infer("softmax", [asked(images[:5], binary=binary_in)], outputs=wanted, request_id="a1")
    assert result.get_response()["id"] == "a1"
    np.testing.assert_allclose(result.as_numpy("probabilities"), predictor.predict(images[:5]), atol=1e-6)
    np.testing.assert_allclose(result.as_numpy("evidence"), predictor.evidence(images[:5]), atol=1e-4)


def test_its_defaults_and_a_version(client: Any, predictor: Predictor, images: np.ndarray) -> None:
    result = client.infer("softmax", [asked(images, binary=True)], model_version=predictor.info.fingerprint)
    np.testing.assert_allclose(result.as_numpy("probabilities"), predictor.predict(images), atol=1e-6)


def test_many_at_once(client: Any, predictor: Predictor, images: np.ndarray) -> None:
    requests = [client.async_infer("softmax", [asked(image[None], binary=True)]) for image in images]
    answers = np.concatenate([request.get_result().as_numpy("probabilities") for request in requests])
    np.testing.assert_allclose(answers, predictor.predict(images), atol=1e-6)


def test_errors_reach_it_in_words(client: Any, images: np.ndarray) -> None:
    with pytest.raises(Exception, match=UNKNOWN):
        client.infer("best", [asked(images[:1], binary=True)])
    with pytest.raises(Exception, match=r"\[400\] invalid input; found: \[1, 14, 56\]"):
        client.infer("softmax", [asked(images[:1].reshape(1, 14, 56), binary=True)])
