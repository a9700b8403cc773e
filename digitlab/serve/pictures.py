"""`POST /v1/predict` and `/v1/read`: pictures of any size, through the preprocessing that the bundle carries."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Iterator
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from numpy.typing import NDArray
from PIL import Image

from digitlab.errors import DigitlabError, TooLargeError
from digitlab.runtime.verdict import Verdict
from digitlab.serve.answers import BundleName, FoundDigit, PictureAnswer, Prediction, SheetReading, TraceStep
from digitlab.serve.examples import PICTURE_BODY
from digitlab.serve.lanes import Lane
from digitlab.serve.limits import MOST_PIXELS_TOGETHER
from digitlab.serve.models import Model, Models
from digitlab.serve.preparing import PreparedPicture, Preparing
from digitlab.serve.refusals import as_refusal
from digitlab.serve.uploads import Upload, uploads

Name = Annotated[str | None, Query(description="One of the served models; else the first.", max_length=64)]
Trace = Annotated[bool, Query(description="Also what the preprocessing did, step by step.")]


def picture_routes(models: Models, lane: Lane, preparing: Preparing) -> APIRouter:
    """The two routes."""
    router = APIRouter(prefix="/v1", tags=["pictures"])

    @router.post("/predict", response_model_exclude_none=True, openapi_extra=PICTURE_BODY)
    async def predict(request: Request, response: Response, model: Name = None, trace: Trace = False) -> Prediction:
        """Which digit each picture shows: a drawing, a scan or a photo, of any size, dark on light or light on dark."""
        chosen = models.get(model or models.first)
        response.headers["x-bundle-fingerprint"] = chosen.version
        await lane.look()
        files = await uploads(request)  # those that arrive slowly keep no place from others
        async with lane.place():
            return predicted(chosen, files, await prepared(preparing, files, chosen), trace=trace)

    @router.post("/read", openapi_extra=PICTURE_BODY)
    async def read(request: Request, response: Response, model: Name = None) -> SheetReading:
        """All digits of one picture, line by line: a photograph, a scan, a row of a form."""
        chosen = models.get(model or models.first)
        response.headers["x-bundle-fingerprint"] = chosen.version
        await lane.look()
        (file,) = await uploads(request, most=1)
        async with lane.place():
            return await sheet_read(preparing, file, chosen)

    return router


async def prepared(preparing: Preparing, files: list[Upload], model: Model) -> list[PreparedPicture]:
    """The pictures as the network sees them (raises RequestError: one of them cannot be used, with its place)."""
    pictures: list[PreparedPicture] = []
    for index, file in enumerate(files):
        left = MOST_PIXELS_TOGETHER - sum(picture.pixels for picture in pictures)
        with _of_picture(index):
            if left <= 0:
                raise _too_many_pixels(len(files))
            settings, quick = model.predictor.info.preprocessing, not any(each.took_long for each in pictures)
            pictures.append(await preparing.prepared(file.content, settings, quick=quick))
    return pictures


def predicted(model: Model, files: list[Upload], pictures: list[PreparedPicture], *, trace: bool) -> Prediction:
    """What is said about each picture."""
    verdicts = model.predictor.verdicts(np.stack([picture.image for picture in pictures]))
    answers = [
        _answer(verdict, picture, file.name, trace)
        for verdict, picture, file in zip(verdicts, pictures, files, strict=True)
    ]
    return Prediction(bundle=_bundle(model), pictures=answers)


async def sheet_read(preparing: Preparing, file: Upload, model: Model) -> SheetReading:
    """All digits of a sheet (raises RequestError: it cannot be used)."""
    info = model.predictor.info
    with _of_picture(0):
        (height, width), reading = await preparing.read(file.content, info.preprocessing, model.predictor.predict)
    digits = [
        FoundDigit(box=digit.box, label=info.classes[digit.label], probability=digit.probability)
        for line in reading.lines
        for digit in line
    ]
    text = "\n".join("".join(info.classes[digit.label] for digit in line) for line in reading.lines)
    return SheetReading(bundle=_bundle(model), size=(width, height), text=text, digits=digits)


@contextlib.contextmanager
def _of_picture(index: int) -> Iterator[None]:
    """What is wrong with it is told with its place."""
    try:
        yield
    except DigitlabError as error:
        refusal = as_refusal(error)
        refusal.field = f"picture.{index}"
        raise refusal from None


def _too_many_pixels(count: int) -> TooLargeError:
    most = MOST_PIXELS_TOGETHER // 10**6
    return TooLargeError(
        "the pictures are too large together",
        found=f"{count} pictures, of which those before this one have more than {most} million pixels",
        remedy="send fewer at once, or smaller ones",
    )


def _answer(verdict: Verdict, picture: PreparedPicture, name: str | None, trace: bool) -> PictureAnswer:
    answer = PictureAnswer(
        name=name,
        status=verdict.status,
        text=str(verdict),
        label=verdict.label,
        probability=verdict.probability,
        probabilities=list(verdict.probabilities),
    )
    if not trace:
        return answer
    steps = [TraceStep(name=name, told=told) for name, told in picture.told]
    return answer.model_copy(update={"trace": steps, "image": _png(picture.image)})


def _png(image: NDArray[np.uint8]) -> str:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "png")
    return base64.b64encode(stream.getvalue()).decode()


def _bundle(model: Model) -> BundleName:
    return BundleName(name=model.name, fingerprint=model.version)
