"""Why: the answer to one image, worked out pixel by pixel and sum by sum; pixels can be changed by hand."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from digitlab.errors import DigitlabError, UsageError
from digitlab.images.png import red_blue_uri
from digitlab.lab.answering import encoded
from digitlab.lab.elements import Choice, Html, Text, box, button, picture, set_props
from digitlab.lab.layer_images import full_colour, montage
from digitlab.lab.link import pixels_to_text, text_to_pixels
from digitlab.lab.panels.draw import Digit
from digitlab.lab.window import Window
from digitlab.lab.worked_answer import WorkedAnswer, answer_only, work_out
from digitlab.preprocess.frame import SIDE
from digitlab.preprocess.pipeline import prepare
from digitlab.report.format import short, signed

SECONDS_BETWEEN_PIXELS = 0.05


class WhyPanel:
    """The panel "Why"."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._image: NDArray[np.uint8] = np.zeros((SIDE, SIDE), np.uint8)
        self._worked: WorkedAnswer | None = None
        self._place: int | None = None  # the pixel under the pointer
        self._working = self._again = False

    def build(self) -> None:
        """The image on the left, the worked answer on the right, the layers below."""
        with box("why"):
            with box("stack"):
                self._model = Choice("Model", [], self._window.view.why, self._choose)
                self._digit = Digit()
                set_props(self._digit, editable=True, label="28 × 28 pixels: click to change one")
                self._digit.on("edited", self._edited)
                self._digit.on("pixel", self._point, throttle=SECONDS_BETWEEN_PIXELS)
                with box("row"):
                    button("Use the drawing", self._take_drawing)
                    button("Clear", lambda: self._take(np.zeros((SIDE, SIDE), np.uint8)))
                self._pixel = Html("pixel-shares")
            with box("stack"):
                Text("h2", "From pixels to probabilities")
                self._formulas = Html("lead")
                self._problem = Text("p", "", "problem")
                self._table = Html("wide")
                self._sums = Html("quiet")
                self._layers = Html("layers")

    async def shown(self) -> None:
        """Show the image of the link or of another panel; else the drawing."""
        names = self._window.lab.models.names()
        self._model.offer([(name, name) for name in names], self._window.view.why)
        asked = text_to_pixels(self._window.view.digit)
        if asked is not None:
            await self._take(asked)
        elif not self._image.any():
            await self._take_drawing()

    async def _choose(self, model: str) -> None:
        self._window.view.why = model
        self._window.changed()
        await self._update()

    async def _edited(self, event: Any) -> None:
        pixels = base64.b64decode(str(event.args))
        if len(pixels) == SIDE * SIDE:
            self._image = np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)
            self._remember()
            await self._update()

    async def _take_drawing(self) -> None:
        drawing = self._window.drawing
        self._window.view.digit = ""
        await self._show(prepare(drawing).image if drawing is not None else np.zeros((SIDE, SIDE), np.uint8))

    async def _take(self, image: NDArray[np.uint8]) -> None:
        await self._show(image)
        self._remember()

    async def _show(self, image: NDArray[np.uint8]) -> None:
        self._image = image
        set_props(self._digit, image=encoded(image))
        await self._update()

    def _remember(self) -> None:
        self._window.view.digit = pixels_to_text(self._image)
        self._window.changed()

    async def _update(self) -> None:
        """Work out the newest image; all calls that arrive meanwhile become one further one."""
        if self._working:
            self._again = True
            return
        self._working = self._again = True
        try:
            while self._again:
                self._again = False
                await self._work_out()
        finally:
            self._working = False

    async def _work_out(self) -> None:
        models, model, image = self._window.lab.models, self._window.view.why, self._image
        worked, problem = None, ""
        try:
            worked = await asyncio.to_thread(work_out, models, model, image)
        except UsageError as error:
            predictor = await asyncio.to_thread(models.predictor, model)
            problem = answer_only(predictor, image, error)
        except DigitlabError as error:
            problem = f"{error.line}. {error.remedy}"
        self._worked, self._problem.text = worked, problem
        places = (self._formulas, self._table, self._sums, self._layers)
        for place, text in zip(places, _texts(self._worked) if self._worked else [Markup()] * 4, strict=True):
            place.show(text)
        self._show_pixel()

    def _point(self, event: Any) -> None:
        place = event.args
        self._place = place if isinstance(place, int) and 0 <= place < SIDE * SIDE else None
        self._show_pixel()

    def _show_pixel(self) -> None:
        """Show the shares of the pixel under the pointer."""
        worked, place = self._worked, self._place
        self._pixel.show(Markup() if worked is None or place is None else _pixel_html(worked, self._image, place))


def _texts(found: WorkedAnswer) -> list[Markup]:
    """Formulas, table, the sums under it, layers."""
    formulas = Markup(
        "Each pixel x is multiplied by {}; the products and the bias b add up to the logit z of the class, which the "
        "lab sheet calls evidence. The softmax turns logits into probabilities: <b>z = Σ x·w + b</b> and "
        "<b>y = eᶻ / Σ eᶻ</b>."
    ).format("a weight w of each class" if found.linear else "the weight w that each class has at this very image")
    if not found.linear:
        formulas += " With the units that are active here held, the network is exactly this sum."
    worked = found.softmax
    shift = f", with the largest logit ({worked.shift:.1f}) subtracted from each first" if worked.shift else ""
    sums = (
        f"Σ eᶻ = {short(float(worked.exponentials.sum()))}{shift}. The sums differ from the network's own logits by at "
        f"most {short(found.attribution.residual)}."
    )
    if abs(found.temperature - 1) > 1e-3:
        sums += f" The answers in Draw are calibrated: there z is divided by {found.temperature:.2f} first."
    return [formulas, _table_html(found), escape(sums), _layers_html(found)]


def _table_html(found: WorkedAnswer) -> Markup:
    limit, weight_limit = (
        full_colour(found.attribution.shares),
        1.0 if found.weights is None else full_colour(found.weights),
    )
    worked, best = found.softmax, int(found.softmax.probabilities.argmax())
    cell, amount = Markup("<td>{}</td>"), Markup('<td class="number">{}</td>')
    rows = []
    for place, name in enumerate(found.classes):
        shares, cells = found.attribution.shares[place], Markup()
        if found.weights is not None:
            cells = cell.format(picture(red_blue_uri(found.weights[place], weight_limit), f"Weights of {name}", "map"))
        cells += cell.format(picture(red_blue_uri(shares, limit), f"Share of each pixel in {name}", "map"))
        for text in (
            signed(float(shares.sum())),
            signed(float(found.attribution.bias[place])),
            signed(float(worked.logits[place])),
            short(float(worked.exponentials[place])),
        ):
            cells += amount.format(text)
        share = 100 * float(worked.probabilities[place])
        cells += Markup(
            '<td class="number">{0:.1f}%</td><td class="bar"><span style="width:{0:.1f}%"></span></td>'
        ).format(share)
        kind = "first" if place == best else ""
        rows.append(Markup('<tr class="{}"><th scope="row">{}</th>{}</tr>').format(kind, name, cells))
    return Markup(
        '<table class="worked"><caption class="unseen">The answer worked out, a row for each class</caption>'
        '<thead><tr><th>class</th>{}<th>x·w</th><th class="number">Σ x·w</th><th class="number">+ b</th>'
        '<th class="number">= z</th><th class="number">eᶻ</th><th class="number">y</th><th></th></tr></thead>'
        "<tbody>{}</tbody></table>"
    ).format(Markup("<th>weights w</th>") if found.weights is not None else "", Markup().join(rows))


def _layers_html(found: WorkedAnswer) -> Markup:
    if not found.layers:
        return Markup()
    one = Markup("<figure>{}<figcaption>{}. {}</figcaption></figure>")
    parts = Markup().join(
        one.format(picture(red_blue_uri(*montage(layer.values)), layer.title, "maps"), number, layer.title)
        for number, layer in enumerate(found.layers, 1)
    )
    return Markup("<h2>Layer by layer</h2><div>{}</div>").format(parts)


def _pixel_html(found: WorkedAnswer, image: NDArray[np.uint8], place: int) -> Markup:
    """The share of one pixel in every logit."""
    row, column = divmod(place, SIDE)
    value = int(image[row, column])
    shares = found.attribution.shares[:, row, column]
    amount = Markup('<td class="number">{}</td>')
    lines = []
    for number, name in enumerate(found.classes):
        cells = amount.format(signed(float(shares[number]), 3))
        if found.weights is not None:
            cells = amount.format(signed(float(found.weights[number, row, column]), 3)) + cells
        lines.append(Markup('<tr><th scope="row">{}</th>{}</tr>').format(name, cells))
    weights = Markup("<th>w</th>") if found.weights is not None else ""
    return Markup("<p>x = {} / 255 = {:.3f}</p><table><tr><th></th>{}<th>x·w</th></tr>{}</table>").format(
        value, value / 255, weights, Markup().join(lines)
    )
