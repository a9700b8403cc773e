"""Why: the answer to one image, accounted for pixel by pixel, sum by sum; the image may be changed by hand."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from digitlab.errors import DigitlabError, UsageError
from digitlab.lab.accounts import Account, account_for, without_account
from digitlab.lab.answering import encoded
from digitlab.lab.elements import Html, Text, box, button, choice, picture, put
from digitlab.lab.figures import short, signed
from digitlab.lab.link import pixels_to_text, text_to_pixels
from digitlab.lab.panels.draw import Digit
from digitlab.lab.pictures import full_colour, montage, weight_uri
from digitlab.lab.window import Window
from digitlab.preprocess.frame import SIDE
from digitlab.preprocess.pipeline import prepare

SECONDS_BETWEEN_PIXELS = 0.05


class WhyPanel:
    """The second panel."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._image: NDArray[np.uint8] = np.zeros((SIDE, SIDE), np.uint8)
        self._account: Account | None = None
        self._working = self._again = False

    def build(self) -> None:
        """The image on the left, the account on the right, the layers below."""
        with box("why"):
            with box("stack"):
                self._model = choice("Model", [], self._window.view.why, self._choose)
                self._digit = Digit()
                put(self._digit, editable=True, label="28 × 28 pixels: click to change one")
                self._digit.on("edited", self._edited)
                self._digit.on("pixel", self._point, throttle=SECONDS_BETWEEN_PIXELS)
                with box("row"):
                    button("Take the drawing", self._take_drawing)
                    button("Empty it", lambda: self._take(np.zeros((SIDE, SIDE), np.uint8)))
                self._pixel = Html("pixel-says")
            with box("stack"):
                Text("h2", "From pixels to probabilities")
                self._formulas = Html("lead")
                self._told = Text("p", "", "problem")
                self._ledger = Html("wide")
                self._sums = Html("quiet")
                self._layers = Html("layers")

    async def shown(self) -> None:
        """Show the image that the link or another panel asks for; else the drawing."""
        names = self._window.lab.shelf.names()
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
        put(self._digit, image=encoded(image))
        await self._update()

    def _remember(self) -> None:
        self._window.view.digit = pixels_to_text(self._image)
        self._window.changed()

    async def _update(self) -> None:
        """Account for the newest image; what is asked for while one is being accounted for, waits and is one."""
        if self._working:
            self._again = True
            return
        self._working = self._again = True
        try:
            while self._again:
                self._again = False
                await self._account_once()
        finally:
            self._working = False

    async def _account_once(self) -> None:
        shelf, model, image = self._window.lab.shelf, self._window.view.why, self._image
        self._told.text, self._account = "", None
        try:
            self._account = await asyncio.to_thread(account_for, shelf, model, image)
        except UsageError as error:
            predictor = await asyncio.to_thread(shelf.predictor, model)
            self._told.text = without_account(predictor, image, error)
        except DigitlabError as error:
            self._told.text = f"{error.problem}: {error.found}"
        for place, text in zip(
            (self._formulas, self._ledger, self._sums, self._layers),
            _texts(self._account) if self._account else (Markup(),) * 4,
            strict=True,
        ):
            place.show(text)

    def _point(self, event: Any) -> None:
        """What the pixel under the pointer says, as numbers."""
        place = event.args
        known = self._account is not None and isinstance(place, int) and 0 <= place < SIDE * SIDE
        self._pixel.show(_pixel_says(self._account, self._image, place) if known and self._account else Markup())


def _texts(found: Account) -> tuple[Markup, ...]:
    """Formulas, ledger, the sums under it, layers."""
    same = Markup("the weights that hold <em>at this image</em>")
    formulas = Markup(
        "Each pixel x is multiplied by {}; the products and the bias b add up to the evidence z. "
        "The softmax makes probabilities of it: <b>z = Σ x·w + b</b> and <b>y = eᶻ / Σ eᶻ</b>."
    ).format("the weights of its class" if found.linear else same)
    if not found.linear:
        formulas += " Which units are on is as it is here; the network is then a sum, and this is that sum, exactly."
    shift = f", the greatest evidence ({found.shift:.1f}) taken from each before" if found.shift else ""
    sums = (
        f"Σ eᶻ = {short(float(found.exponentials.sum()))}{shift}. The ledger adds up: no evidence is off by more than "
        f"{short(found.attribution.residual)}."
    )
    if abs(found.temperature - 1) > 1e-3:
        sums += f" What Draw says is calibrated: there z is divided by {found.temperature:.2f} first."
    return formulas, _ledger_html(found), escape(sums), _layers_html(found)


def _ledger_html(found: Account) -> Markup:
    limit, weight_limit = (
        full_colour(found.attribution.shares),
        1.0 if found.weights is None else full_colour(found.weights),
    )
    best = int(found.probabilities.argmax())
    cell, amount = Markup("<td>{}</td>"), Markup('<td class="number">{}</td>')
    rows = []
    for place, name in enumerate(found.classes):
        shares, cells = found.attribution.shares[place], Markup()
        if found.weights is not None:
            cells = cell.format(picture(weight_uri(found.weights[place], weight_limit), f"Weights of {name}", "map"))
        cells += cell.format(picture(weight_uri(shares, limit), f"What each pixel adds to {name}", "map"))
        for text in (
            signed(float(shares.sum())),
            signed(float(found.attribution.bias[place])),
            signed(float(found.attribution.evidence[place])),
            short(float(found.exponentials[place])),
        ):
            cells += amount.format(text)
        share = 100 * float(found.probabilities[place])
        cells += Markup(
            '<td class="number">{0:.1f}%</td><td class="bar"><span style="width:{0:.1f}%"></span></td>'
        ).format(share)
        kind = "first" if place == best else ""
        rows.append(Markup('<tr class="{}"><th scope="row">{}</th>{}</tr>').format(kind, name, cells))
    return Markup(
        '<table class="ledger"><caption class="unseen">The account of the answer, a row for each class</caption>'
        '<thead><tr><th>class</th>{}<th>x·w</th><th class="number">Σ x·w</th><th class="number">+ b</th>'
        '<th class="number">= z</th><th class="number">eᶻ</th><th class="number">y</th><th></th></tr></thead>'
        "<tbody>{}</tbody></table>"
    ).format(Markup("<th>weights w</th>") if found.weights is not None else "", Markup().join(rows))


def _layers_html(found: Account) -> Markup:
    if not found.layers:
        return Markup()
    one = Markup("<figure>{}<figcaption>{}. {}</figcaption></figure>")
    parts = Markup().join(
        one.format(picture(weight_uri(*montage(layer.values)), layer.title, "maps"), number, layer.title)
        for number, layer in enumerate(found.layers, 1)
    )
    return Markup("<h2>Layer by layer</h2><div>{}</div>").format(parts)


def _pixel_says(found: Account, image: NDArray[np.uint8], place: int) -> Markup:
    """One pixel's part in every evidence."""
    row, column = divmod(place, SIDE)
    value = int(image[row, column])
    says = found.attribution.shares[:, row, column]
    amount = Markup('<td class="number">{}</td>')
    lines = []
    for number, name in enumerate(found.classes):
        cells = amount.format(signed(float(says[number]), 3))
        if found.weights is not None:
            cells = amount.format(signed(float(found.weights[number, row, column]), 3)) + cells
        lines.append(Markup('<tr><th scope="row">{}</th>{}</tr>').format(name, cells))
    weights = Markup("<th>w</th>") if found.weights is not None else ""
    return Markup("<p>x = {} / 255 = {:.3f}</p><table><tr><th></th>{}<th>x·w</th></tr>{}</table>").format(
        value, value / 255, weights, Markup().join(lines)
    )
