"""`POST /v1/predict` and `/v1/read`: pictures of any size, through the preprocessing that the bundle carries."""

from __future__ import annotations

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from numpy.typing import NDArray
from PIL import Image

from digitlab.errors import DigitlabError
from digitlab.preprocess.decode import open_picture
from digitlab.preprocess.picture import Picture
from digitlab.preprocess.pipeline import prepare
from digitlab.runtime.reader.reading import read as read_sheet
from digitlab.serve.answers import BundleName, FoundDigit, PictureAnswer, Prediction, SheetReading, TraceStep
from digitlab.serve.examples import PICTURE_BODY
from digitlab.serve.lanes import Lane, Place
from digitlab.serve.limits import MOST_PIXELS
from digitlab.serve.models import Model, Models
from digitlab.serve.refusals import as_refusal
from digitlab.serve.uploads import Upload, uploads

Name = Annotated[str | None, Query(description="One of the served models; else the first.", max_length=64)]
Trace = Annotated[bool, Query(description="Also what the preprocessing did, step by step.")]


def picture_routes(models: Models, lane: Lane, threads: ThreadPoolExecutor) -> APIRouter:
    """The two routes."""
    router = APIRouter(prefix="/v1", tags=["pictures"])

    @router.post("/predict", response_model_exclude_none=True, openapi_extra=PICTURE_BODY)
    async def predict(request: Request, response: Response, model: Name = None, trace: Trace = False) -> Prediction:
        """Which digit each picture shows: a drawing, a scan or a photo, of any size, dark on light or light on dark."""
        chosen = models.get(model or models.first)
        response.headers["x-bundle-fingerprint"] = chosen.version
        await lane.look()
        files = await uploads(request)  # those that arrive slowly keep no place from others
        async with Place(lane, threads) as place:
            return await place.work(lambda: predicted(chosen, files, trace=trace))

    @router.post("/read", openapi_extra=PICTURE_BODY)
    async def read(request: Request, response: Response, model: Name = None) -> SheetReading:
        """All digits of one picture, line by line: a photograph, a scan, a row of a form."""
        chosen = models.get(model or models.first)
        response.headers["x-bundle-fingerprint"] = chosen.version
        await lane.look()
        (file,) = await uploads(request, most=1)
        async with Place(lane, threads) as place:
            return await place.work(lambda: sheet_read(chosen, file))

    return router


def predicted(model: Model, files: list[Upload], *, trace: bool) -> Prediction:
    """What is said about each picture (raises RequestError: one of them cannot be used, with its place)."""
    pictures = [_answer(model, _opened(file, index), file.name, trace) for index, file in enumerate(files)]
    return Prediction(bundle=_bundle(model), pictures=pictures)


def sheet_read(model: Model, file: Upload) -> SheetReading:
    """All digits of a sheet (raises RequestError: it cannot be used)."""
    info = model.predictor.info
    picture = _opened(file, 0)
    reading = read_sheet(picture, model.predictor.predict, info.preprocessing)
    digits = [
        FoundDigit(box=digit.box, label=info.classes[digit.label], probability=digit.probability)
        for line in reading.lines
        for digit in line
    ]
    text = "\n".join("".join(info.classes[digit.label] for digit in line) for line in reading.lines)
    return SheetReading(bundle=_bundle(model), size=picture.shape[::-1], text=text, digits=digits)


def _opened(file: Upload, index: int) -> Picture:
    try:
        return open_picture(file.content, MOST_PIXELS)
    except DigitlabError as error:
        refusal = as_refusal(error)
        refusal.field = f"picture.{index}"
        raise refusal from None


def _answer(model: Model, picture: Picture, name: str | None, trace: bool) -> PictureAnswer:
    prepared = prepare(picture, model.predictor.info.preprocessing)
    (verdict,) = model.predictor.verdicts(prepared.image[None])
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
    steps = [TraceStep(name=step.name, told=step.told) for step in prepared.trace]
    return answer.model_copy(update={"trace": steps, "image": _png(prepared.image)})


def _png(image: NDArray[np.uint8]) -> str:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "png")
    return base64.b64encode(stream.getvalue()).decode()


def _bundle(model: Model) -> BundleName:
    return BundleName(name=model.name, fingerprint=model.version)
