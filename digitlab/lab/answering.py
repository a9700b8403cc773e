"""The quick way from a drawing to its answers: a plain request, past the page's own messages."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse

from digitlab.base.isolated import Isolated, OverBudgetError
from digitlab.errors import DigitlabError, UsageError
from digitlab.images.decode import BUDGET, open_picture, too_costly
from digitlab.images.picture import Picture, as_bytes, reduced
from digitlab.lab.link import MAX_MODELS
from digitlab.lab.model_cache import ModelCache
from digitlab.preprocess.pipeline import WORKING_SIDE, prepare
from digitlab.preprocess.settings import Preprocessing
from digitlab.runtime.predictor import Predictor

MAX_SIDE = 256  # pixels of a drawing


class Answering:
    """Answers drawings and opens pictures for all windows.

    An answer takes three milliseconds of NumPy and is computed in the event loop: with a thread, both would lose a
    third of the time to waiting for Python's lock.  Only loading a model, which takes longer, has a thread.
    """

    def __init__(self, models: ModelCache) -> None:
        self._models = models
        self._opening = Isolated(1, BUDGET)

    async def answer(self, request: Request) -> JSONResponse:
        """POST grey bytes [height × width]; query: width, models, off (steps to leave out) → the answers."""
        body, query = await request.body(), request.query_params
        width, names, off = query.get("width", ""), query.getlist("models"), query.getlist("off")
        work = partial(_answers, self._models, body, width, names[:MAX_MODELS], off)
        return _response(work) if self._models.has(names) else await asyncio.to_thread(_response, work)

    async def open_picture(self, request: Request) -> JSONResponse:
        """POST a picture file → the picture as grey bytes, small enough for the pad."""
        try:
            picture: Picture = await self._opening.do(open_picture, await request.body())
        except DigitlabError as error:
            return _error(error)
        except OverBudgetError:
            return _error(too_costly())
        grey = as_bytes(reduced(picture, WORKING_SIDE))
        return JSONResponse({"width": grey.shape[1], "height": grey.shape[0], "grey": encoded(grey)})


def _error(error: DigitlabError) -> JSONResponse:
    return JSONResponse({"problem": error.problem, "found": error.found, "remedy": error.remedy}, 400)


def _response(work: Callable[[], dict[str, Any]]) -> JSONResponse:
    try:
        return JSONResponse(work())
    except DigitlabError as error:
        return _error(error)


def _answers(models: ModelCache, body: bytes, width: str, names: list[str], off: list[str]) -> dict[str, Any]:
    picture = drawing_of(body, width)
    images: dict[str, NDArray[np.uint8]] = {}
    answers = []
    for name in names:
        try:
            predictor = models.predictor(name)
        except DigitlabError as error:
            answers.append({"model": name, "problem": error.line})
            continue
        settings = without(predictor.info.preprocessing, off)
        key = settings.model_dump_json()  # most models have the same
        if key not in images:
            images[key] = prepare(picture, settings).image
        answers.append({"model": name, **_answer(predictor, images[key])})
    first = next(iter(images.values()), None)
    return {"image": None if first is None else encoded(first), "answers": answers}


def _answer(predictor: Predictor, image: NDArray[np.uint8]) -> dict[str, Any]:
    (verdict,) = predictor.verdicts(image[None])
    blank = not image.any()
    return {
        "status": "blank" if blank else verdict.status,
        "text": "nothing drawn" if blank else verdict.short,
        "label": verdict.label,
        "classes": predictor.info.classes,
        "probabilities": [round(probability, 5) for probability in verdict.probabilities],
    }


def without(settings: Preprocessing, off: list[str]) -> Preprocessing:
    """The preprocessing of a model without the steps in `off`."""
    return settings.model_copy(update={step: False for step in off if getattr(settings, step, None) is True})


def drawing_of(body: bytes, width: str) -> NDArray[np.uint8]:
    """Grey bytes as a picture uint8 [height, width] (raises UsageError: their number does not fit the width)."""
    columns = int(width) if width.isdecimal() and len(width) < 6 else 0
    rows = len(body) // columns if columns else 0
    if not (0 < rows <= MAX_SIDE and 0 < columns <= MAX_SIDE and rows * columns == len(body)):
        raise UsageError(
            "invalid drawing",
            found=f"{len(body):,} bytes, width '{width[:20]}'",
            remedy=f"send one byte per pixel, row by row, at most {MAX_SIDE} by {MAX_SIDE}",
        )
    return np.frombuffer(body, np.uint8).reshape(rows, columns)


def encoded(image: NDArray[np.uint8]) -> str:
    """Bytes in base64, for the browser's `atob`."""
    return base64.b64encode(image.tobytes()).decode()
