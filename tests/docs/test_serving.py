"""What the page on serving shows, tried; its numbers are those of the code."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from digitlab.cli.main import app
from digitlab.images import decode
from digitlab.serve import limits, logs, tensors
from digitlab.web import limits as web
from tests.docs.page import DOCS, ROOT, Page
from tests.serve.running import Service, serving

PAGE = Page(DOCS / "serving.md")


@pytest.fixture(scope="module")
def robust() -> Iterator[Service]:
    with serving() as running:
        yield running


def seven() -> bytes:
    picture, stream = Image.new("L", (280, 280), 255), io.BytesIO()
    ImageDraw.Draw(picture).line([(70, 60), (210, 60), (120, 230)], fill=0, width=20)
    picture.save(stream, "png")
    return stream.getvalue()


def test_the_client_answers(robust: Service, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tritonclient.http")
    (snippet,) = PAGE.blocks("python")
    exec(compile(snippet.replace(":8000", f":{robust.port}"), "serving.md", "exec"), {})
    version = robust.get("/v2/models/robust").document["versions"][0]
    assert capsys.readouterr().out.strip().endswith(version)


def test_the_answer_is_the_one_that_is_shown(robust: Service) -> None:
    shown = PAGE.blocks("text")[0].split('"pictures"')[0]
    answer = robust.ask("POST", "/v1/predict", seven()).document
    assert json.dumps(answer, separators=(",", ":")).startswith(shown)


def test_the_shown_options_are_there() -> None:
    helped = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).stdout
    for line in PAGE.commands("digitlab serve"):
        for option in (word for word in shlex.split(line, comments=True) if word.startswith("--")):
            assert option in helped


@pytest.mark.parametrize(
    "row",
    [
        f"| body with tensors, JSON or binary | {limits.MAX_TENSOR_BYTES // limits.MIB} MiB | 413 |",
        f"| images in a batch | {limits.MAX_IMAGES:,} | 400 |",
        f"| body with pictures | {limits.MAX_PICTURE_BYTES // limits.MIB} MiB | 413 |",
        f"| pixels of a picture | {limits.MAX_PIXELS // 10**6} million | 413 |",
        f"| pictures in a request | {limits.MAX_PICTURES}, and no other fields | 400 |",
        f"| chunks of a body | {web.MAX_CHUNKS:,} | 400, connection closed |",
        f"| request line and headers | {web.MAX_HEAD_BYTES // 1024} KiB, {web.SECONDS_FOR_HEAD:.0f} s | 400, ",
        f"| headers | {web.MAX_HEADERS} | 400, connection closed |",
        f"| trailers and chunk extensions, which are ignored | {web.MAX_HEAD_BYTES // 1024} KiB | 400, ",
        f"| pipelined requests on one connection | {web.MAX_PIPELINED} | 400, connection closed |",
        f"| a whole request, its body included | {limits.REQUEST_SECONDS:.0f} s | 504 |",
        f"| rest of a body after an early answer | {web.SECONDS_FOR_REST_OF_BODY:.0f} s | connection closed |",
        f"| an answer that the client does not read | {web.SECONDS_TO_READ:.0f} s | connection closed |",
        f"| connections of a worker, if the limit of open files allows them | {web.MAX_CONNECTIONS:,} | the one ",
        (
            f"without the first {limits.UNCOUNTED_BODY_BYTES // 1024} KiB of each | "
            f"{limits.MAX_BODIES_BYTES // limits.MIB} MiB | "
        ),
        f"| pictures that take long | {limits.MAX_SLOW} more per worker, {limits.THREADS} of them at work | 429 |",
        f"| lists and objects in JSON | {tensors.MAX_LISTS:,}, and those of the images that fit into the body | 400 |",
        f"sends no heartbeat for {limits.SECONDS_WITHOUT_HEARTBEAT} seconds",
        f"beyond {logs.MAX_LINES:,} waiting lines, more are dropped",
        f"| waiting small requests (up to {limits.LIGHT_IMAGES} images) | {limits.MAX_LIGHT} per worker | 429 |",
        f"| waiting larger requests and pictures | {limits.MAX_HEAVY} per worker, {limits.THREADS} of each at work |",
        f"3 million) | {limits.MAX_PIXELS_PER_REQUEST // 10**6} million | 413 |",
        f"| scans of a JPEG; pages of a TIFF, frames | {decode.MAX_SCANS}; 1 | 400 |",
        f"memory (Linux) | {decode.BUDGET.seconds:g} s; {decode.BUDGET.mebibytes // 1024} GiB | 413 |",
        "A 429 is sent after {} to {} seconds".format(*limits.SECONDS_BEFORE_429),
        f"kept for {web.SECONDS_IDLE} seconds",
    ],
)
def test_the_limits_are_those_of_the_code(row: str) -> None:
    assert row in PAGE.text


def test_links_lead_somewhere() -> None:
    PAGE.assert_links_lead_somewhere()


def test_the_image_starts_what_is_there() -> None:
    (line,) = (line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ENTRYPOINT"))
    command = json.loads(line.removeprefix("ENTRYPOINT "))
    helped = CliRunner().invoke(app, [command[1], "--help"], env={"COLUMNS": "200"})
    assert command[0] == "digitlab"
    assert helped.exit_code == 0
    for option in (word for word in command if word.startswith("--")):
        assert option in helped.stdout
