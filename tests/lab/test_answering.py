from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from digitlab.data.dataset import Split
from digitlab.lab.answering import Answering
from digitlab.lab.model_cache import ModelCache
from digitlab.runtime.predictor import load_model


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    answering = Answering(ModelCache(tmp_path))
    routes = [
        Route("/answer", answering.answer, methods=["POST"]),
        Route("/picture", answering.open_picture, methods=["POST"]),
    ]
    return TestClient(Starlette(routes=routes))


def test_it_answers_as_the_predictor_does(client: TestClient, held_out: Split) -> None:
    picture = np.kron(held_out.images[0], np.ones((4, 4), np.uint8))
    response = client.post("/answer?width=112&models=softmax&models=robust", content=picture.tobytes()).json()
    for answer in response["answers"]:
        verdict = load_model(answer["model"]).answer(picture)
        assert (answer["status"], answer["text"]) == (verdict.status, verdict.short)
        assert answer["probabilities"] == pytest.approx(verdict.probabilities, abs=1e-5)


def test_an_empty_sheet_is_no_digit(client: TestClient) -> None:
    answer = client.post("/answer?width=112&models=softmax", content=b"\xff" * 112 * 112).json()
    assert answer["answers"][0]["status"] == "blank"


def test_a_model_that_is_not_there_leaves_the_others(client: TestClient) -> None:
    body = b"\xff" * 112 * 112
    first, second = client.post("/answer?width=112&models=nowhere&models=softmax", content=body).json()["answers"]
    assert "has no" in first["problem"] or "unknown bundle" in first["problem"]
    assert second["status"] == "blank"


@pytest.mark.parametrize("path", ["..%2F..%2Fetc", "%2Fetc", "."])
def test_a_name_never_leads_out_of_the_folder(client: TestClient, path: str) -> None:
    answer = client.post(f"/answer?width=112&models={path}", content=b"\xff" * 112 * 112).json()
    assert "bundle" in answer["answers"][0]["problem"]


@pytest.mark.parametrize("name", ["a" * 5_000, "nul%00"])
def test_what_no_file_can_be_called_is_no_model(client: TestClient, name: str) -> None:
    answer = client.post(f"/answer?width=112&models={name}", content=b"\xff" * 112 * 112).json()
    assert answer["answers"][0]["problem"].startswith("unknown model: ")


@pytest.mark.parametrize(
    ("width", "length"), [("112", 111), ("0", 0), ("-1", 5), ("x", 5), ("257", 257 * 257), ("²", 4)]
)
def test_what_is_no_drawing_is_told(client: TestClient, width: str, length: int) -> None:
    response = client.post(f"/answer?width={width}&models=softmax", content=bytes(length))
    assert response.status_code == 400
    assert response.json()["problem"] == "invalid drawing"


def test_what_is_no_picture_is_told(client: TestClient) -> None:
    response = client.post("/picture", content=b"GIF89a, or so it says")
    assert response.status_code == 400
    assert set(response.json()) == {"problem", "found", "remedy"}
