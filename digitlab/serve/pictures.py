"""`POST /v1/predict` and `/v1/read`: pictures of any size, through the preprocessing that the bundle carries."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from digitlab.errors import DigitlabError, TooLargeError
from digitlab.images.png import png_base64
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.single import checked
from digitlab.runtime.verdict import Verdict
from digitlab.serve.admission import Admission
from digitlab.serve.answers import BundleName, FoundDigit, PictureAnswer, Prediction, SheetReading, TraceStep
from digitlab.serve.examples import PICTURE_BODY
from digitlab.serve.http_errors import as_http_error
from digitlab.serve.limits import MAX_PIXELS_PER_REQUEST
from digitlab.serve.models import Model, Models
from digitlab.serve.preparing import PreparedPicture, Preparing
from digitlab.serve.uploads import Upload, uploads

Name = Annotated[str | None, Query(description="One of the served models; default: the first.", max_length=64)]
Trace = Annotated[bool, Query(description="Add each step of the preprocessing.")]


def picture_routes(models: Models, admission: Admission, preparing: Preparing) -> APIRouter:
    """Both routes; `admission` holds a slot for each request, `preparing` opens its pictures."""
    router = APIRouter(prefix="/v1", tags=["pictures"])

    @router.post("/predict", response_model_exclude_none=True, openapi_extra=PICTURE_BODY)
    async def predict(request: Request, response: Response, model: Name = None, trace: Trace = False) -> Prediction:
        """The class of each picture: a drawing, a scan or a photo, of any size."""
        chosen = models.get(model or models.first)
        response.headers["x-bundle-fingerprint"] = chosen.version
        await admission.check()
        files = await uploads(request)  # before a slot is taken: a slow sender keeps none from others
        async with admission.slot():
            return _predicted(chosen, files, await _prepared(preparing, files, chosen), trace=trace)

    @router.post("/read", openapi_extra=PICTURE_BODY)
    async def read(request: Request, response: Response, model: Name = None) -> SheetReading:
        """All digits of one picture, line by line: a photo, a scan, a row of a form."""
        chosen = models.get(model or models.first)
        response.headers["x-bundle-fingerprint"] = chosen.version
        await admission.check()
        (file,) = await uploads(request, limit=1)
        async with admission.slot():
            return await sheet_read(preparing, file, chosen)

    return router


async def _prepared(preparing: Preparing, files: list[Upload], model: Model) -> list[PreparedPicture]:
    """The pictures as the network sees them (raises RequestError with the index of one that cannot be used)."""
    pictures: list[PreparedPicture] = []
    for index, file in enumerate(files):
        left = MAX_PIXELS_PER_REQUEST - sum(picture.pixels for picture in pictures)
        with _of_picture(index):
            if left <= 0:
                raise TooLargeError(
                    "the pictures are too large together",
                    found=f"{len(files)} pictures with more than {MAX_PIXELS_PER_REQUEST // 10**6} million pixels",
                    remedy="send fewer at once, or smaller ones",
                )
            settings, quick = model.predictor.info.preprocessing, not any(each.took_long for each in pictures)
            pictures.append(await preparing.prepared(file.content, settings, quick=quick))
    return pictures


def _predicted(model: Model, files: list[Upload], pictures: list[PreparedPicture], *, trace: bool) -> Prediction:
    verdicts = model.predictor.verdicts(np.stack([picture.image for picture in pictures]))
    answers = [
        _answer(verdict, picture, file.name, trace)
        for verdict, picture, file in zip(verdicts, pictures, files, strict=True)
    ]
    return Prediction(bundle=_bundle(model), pictures=answers)


async def sheet_read(preparing: Preparing, file: Upload, model: Model) -> SheetReading:
    """All digits of a sheet (raises RequestError: it cannot be used)."""
    with _of_picture(0):
        (height, width), reading = await preparing.read(file.content, line_network())
    reading = checked(reading)
    digits = [
        FoundDigit(box=digit.box, label=str(digit.label), probability=digit.probability)
        for line in reading.lines
        for digit in line
    ]
    return SheetReading(bundle=_bundle(model), size=(width, height), text=reading.text, digits=digits)


@contextlib.contextmanager
def _of_picture(index: int) -> Iterator[None]:
    """An error inside the block gets the index of the picture as its field."""
    try:
        yield
    except DigitlabError as error:
        http_error = as_http_error(error)
        http_error.field = f"picture.{index}"
        raise http_error from None


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
    steps = [TraceStep(name=name, description=description) for name, description in picture.steps]
    return answer.model_copy(update={"trace": steps, "image": png_base64(picture.image)})


def _bundle(model: Model) -> BundleName:
    return BundleName(name=model.name, fingerprint=model.version)
