"""Pictures through the preprocessing, as `digitlab predict` answers them."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlab.data.dataset import Split
from digitlab.images.decode import open_picture
from digitlab.runtime.predictor import Predictor
from tests.serve.running import Answer, Service

BOUNDARY = "digits"
ADDRESS = "/v1/predict?model=softmax"


def drawn(image: np.ndarray) -> bytes:
    """Dark on paper, 140×140, as PNG."""
    return encoded(Image.fromarray(255 - image).resize((140, 140), Image.Resampling.BICUBIC))


def encoded(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "png")
    return stream.getvalue()


def form(service: Service, path: str, files: list[tuple[str, bytes]]) -> Answer:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return service.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})


def test_one_picture_as_it_is(service: Service, predictor: Predictor, images: np.ndarray) -> None:
    content = drawn(images[0])
    answer = service.ask("POST", ADDRESS, content, {"Content-Type": "image/png"})
    expected = predictor.answer(open_picture(content))
    document = answer.document
    assert document["bundle"] == {"name": "softmax", "fingerprint": predictor.info.fingerprint}
    assert answer.headers["x-bundle-fingerprint"] == predictor.info.fingerprint
    (picture,) = document["pictures"]
    assert (picture["status"], picture["label"], picture["text"]) == (expected.status, expected.label, str(expected))
    assert picture["probabilities"] == pytest.approx(expected.probabilities)
    assert set(picture) == {"status", "text", "label", "probability", "probabilities"}


def test_several_files_of_a_form(service: Service, held_out: Split, predictor: Predictor) -> None:
    files = [(f"{index}.png", drawn(held_out.images[index])) for index in range(16)]
    pictures = form(service, ADDRESS, files).document["pictures"]
    assert [picture["name"] for picture in pictures] == [name for name, _ in files]
    assert [picture["text"] for picture in pictures] == [
        str(predictor.answer(open_picture(content))) for _, content in files
    ]


def test_the_first_model_answers_unless_another_is_named(service: Service, images: np.ndarray) -> None:
    names = [
        service.ask("POST", f"/v1/predict{query}", drawn(images[0])).document["bundle"]["name"]
        for query in ("", "?model=mlp-128")
    ]
    assert names == ["softmax", "mlp-128"]
    assert service.ask("POST", "/v1/predict?model=../x", drawn(images[0])).status == 404


def test_the_trace_tells_what_was_done(service: Service, images: np.ndarray) -> None:
    (picture,) = service.ask("POST", f"{ADDRESS}&trace=true", drawn(images[0])).document["pictures"]
    assert [step["name"] for step in picture["trace"]][:3] == ["polarity", "light", "ink"]
    seen = Image.open(io.BytesIO(base64.b64decode(picture["image"])))
    assert (seen.size, seen.mode) == ((28, 28), "L")


def test_paper_is_not_a_digit(service: Service) -> None:
    (picture,) = service.ask("POST", "/v1/predict", encoded(Image.new("L", (60, 60), 255))).document["pictures"]
    assert (picture["status"], picture["text"]) == ("not-a-digit", "not a digit")


def test_a_sheet_is_read(service: Service, held_out: Split) -> None:
    sheet = Image.new("L", (330, 120), 255)
    for place, index in enumerate(range(3)):
        digit = Image.fromarray(255 - held_out.images[index]).resize((84, 84), Image.Resampling.BICUBIC)
        sheet.paste(digit, (10 + 105 * place, 18))
    document = service.ask("POST", "/v1/read?model=mlp-128", encoded(sheet)).document
    assert document["text"] == "".join(str(label) for label in held_out.labels[:3])
    assert document["size"] == [330, 120]
    for place, digit in enumerate(document["digits"]):
        left, top, right, bottom = digit["box"]
        assert 10 + 105 * place <= left < right <= 94 + 105 * place
        assert 18 <= top < bottom <= 102
    assert service.ask("POST", "/v1/read", encoded(Image.new("L", (60, 60), 255))).document["text"] == ""


@pytest.mark.parametrize(
    ("content", "field", "text"),
    [
        (b"", "picture", "no picture in the request; found: an empty body"),
        (b"no picture", "picture.0", "the picture is not a picture of a known format; found: 10 bytes that begin with"),
        (encoded(Image.new("L", (50, 50)))[:60], "picture.0", "cannot read the picture; found: "),
        (encoded(Image.new("L", (3, 3))), "picture.0", "the picture is too small; found: 3×3 pixels"),
    ],
)
@pytest.mark.parametrize("address", ["/v1/predict", "/v1/read"])
def test_what_is_no_picture_is_told(service: Service, address: str, content: bytes, field: str, text: str) -> None:
    answer = service.ask("POST", address, content)
    assert (answer.status, answer.document["field"]) == (400, field)
    assert answer.document["error"].startswith(text)
    assert str(Path(__file__).parents[2]) not in answer.document["error"]


def test_the_place_of_the_bad_one_is_told(service: Service, images: np.ndarray) -> None:
    answer = form(service, "/v1/predict", [("a.png", drawn(images[0])), ("b.png", b"nothing")])
    assert (answer.status, answer.document["field"]) == (400, "picture.1")


def test_forms_have_limits(service: Service, images: np.ndarray) -> None:
    good = drawn(images[0])
    assert form(service, "/v1/predict", [("a.png", good)] * 17).status == 400
    assert form(service, "/v1/read", [("a.png", good)] * 2).status == 400
    assert "; found: a form without files; to do: " in form(service, "/v1/predict", []).document["error"]
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=x; charset=none",
        "multipart/form-data; boundary=",
    ):
        answer = service.ask("POST", "/v1/predict", good, {"Content-Type": kind})
        assert (answer.status, "; found: an unreadable form (" in answer.document["error"]) == (400, True)
    odd = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="p"; filename="\\ud800.png"\r\n\r\n'.encode()
        + good
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )
    for charset in ("unicode_escape", "zip", "utf-7"):
        kind = f"multipart/form-data; boundary={BOUNDARY}; charset={charset}"
        assert service.ask("POST", "/v1/predict", odd, {"Content-Type": kind}).status == 200
    field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="url"\r\n\r\nhttp://a/b\r\n--{BOUNDARY}--\r\n'
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    assert service.ask("POST", "/v1/predict", field.encode(), {"Content-Type": kind}).status == 400
