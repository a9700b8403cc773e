"""Lines of numbers as people write them on all kinds of paper, with the place of each character.

    composer = Composer(Glyphs(images, labels, seed))
    line = composer.line(np.random.default_rng(0))
    line.strip, line.text, line.centres

Everything is drawn 64 pixels high, twice as high as the line reader takes it, then photographed and brought into the
form of `preprocess.strip`.  All shares and ranges were set by eye and by trial on development pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from digitlab.images.picture import Picture
from digitlab.preprocess.strip import HEIGHT, strip
from digitlab.synthetic import rules
from digitlab.synthetic.glyphs import Glyphs, Hand, bar, dot, printed
from digitlab.synthetic.paper import pattern, tone
from digitlab.synthetic.photo import photographed, tilted
from digitlab.synthetic.texts import STRANGE, number, word

SIDE = 2 * HEIGHT
MOST = 512  # columns of a line as it is drawn
_MIN_PITCH = 15.0  # between two centres: two steps of the network, so that none is lost
_RISE = {"-": 0.3, "+": 0.1, "=": 0.2, ",": -0.12}  # of printed marks above the baseline, in heights


@dataclass(frozen=True)
class Line:
    """A composed line.

    Attributes:
        strip: uint8 [32, width].
        text: of `preprocess.strip.ALPHABET`.
        centres: of each character, in columns of the strip.
    """

    strip: NDArray[np.uint8]
    text: str
    centres: tuple[float, ...]


@dataclass(frozen=True)
class _Way:
    """How one line is written.

    Attributes:
        hand: the writer's.
        source: "scanned", "drawn", "printed" or "mixed".
        font: of what is printed.
        gap: between two characters, in heights; below 0 they touch or overlap.
        pitch: from one box to the next, where each digit has its own.
        baseline: its row at a column.
        growth: of the logarithm of the height, from digit to digit.
        joined: the pen is not lifted between two characters.
    """

    hand: Hand
    source: str
    font: int
    gap: float
    pitch: float | None
    baseline: Callable[[float], float]
    growth: float
    joined: bool


@dataclass
class _Draft:
    """A line while it is written."""

    ink: Picture  # on a canvas that is wide enough
    x: float  # where the pen is
    text: list[str] = field(default_factory=list)
    centres: list[float] = field(default_factory=list)
    boxes: list[float] = field(default_factory=list)  # where one begins, and the last ends

    def put(self, glyph: Picture, top: float, left: float) -> None:
        """Ink where it belongs; what lies outside the canvas is lost."""
        row, column = round(top), round(left)
        up, before = max(0, -row), max(0, -column)
        place = self.ink[max(0, row) : max(0, row + len(glyph)), max(0, column) : max(0, column + glyph.shape[1])]
        np.maximum(place, glyph[up : up + len(place), before : before + place.shape[1]], out=place)


class Composer:
    """Makes lines; generators of the same state get the same ones."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs

    def line(self, rng: np.random.Generator) -> Line:
        """One line, hardly wider than 256 columns."""
        way, draft = _way(rng), _Draft(np.zeros((SIDE, MOST + 200), np.float32), rng.uniform(60, 120))
        if rng.random() < 0.06:
            for _ in range(rng.integers(0, 8)):
                self._write_strange(draft, way, rng)
        else:
            self._write_number(draft, way, rng)
        start, end = _ends(draft.ink, way.hand, rng)
        done = self._photographed(draft, way, start, end, rng)
        scale = done.shape[1] / (end - start)
        seen = [number for number, centre in enumerate(draft.centres) if start <= centre < end]
        return Line(
            done,
            "".join(draft.text[number] for number in seen),
            tuple((draft.centres[number] - start) * scale for number in seen),
        )

    def _photographed(
        self, draft: _Draft, way: _Way, start: int, end: int, rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """The strip of a part of the draft, on its paper."""
        ink, height = draft.ink[:, start:end], way.hand.height
        if rng.random() < 0.2:
            self._write_neighbours(ink, way.hand, rng)
        edges = _edges(height, rng)
        if draft.boxes and rng.random() < 0.8:
            lines = rules.boxes(ink.shape, edges, [box - start for box in draft.boxes], rules.thickness(rng))
        else:
            lines = rules.ruled(ink.shape, edges, height, rng)
        has_ground = rng.random() < 0.45
        ground = pattern(ink.shape, rng) if has_ground else np.zeros_like(ink)
        picture = _on_paper(ink, lines, ground, rng)
        two_levels = not has_ground and rng.random() < 0.2
        scale = np.exp(rng.uniform(np.log(0.25), np.log(1)))
        columns = min(MOST * scale, ink.shape[1] * scale * np.exp(rng.normal(0, 0.16)))
        shape = max(8, round(SIDE * scale)), max(4, round(columns))
        return strip(photographed(picture, shape, two_levels, rng))

    def _write_number(self, draft: _Draft, way: _Way, rng: np.random.Generator) -> None:
        if rng.random() < 0.1:
            self._write_strange(draft, way, rng)
        for place, character in enumerate(number(rng)):
            if draft.x > MOST:
                break
            size = float(np.clip(np.exp(rng.normal(0, 0.07) + way.growth * place), 0.6, 1.5))
            self._write(draft, character, way, _sized(way.hand, size), rng)
        if way.pitch is not None:
            draft.boxes.append(draft.x)
        if rng.random() < 0.1:
            self._write_strange(draft, way, rng)

    def _write(self, draft: _Draft, character: str, way: _Way, hand: Hand, rng: np.random.Generator) -> None:
        """One character at the pen's place, and the pen moved on."""
        if character == " " and way.pitch is None:
            draft.x += hand.height * rng.uniform(0.4, 2)
            return
        glyph, rise = self._shape(character, way, hand, rng)
        width = glyph.shape[1]
        if way.pitch is None:
            left = draft.x + (way.gap + rng.normal(0, 0.06)) * hand.height
            left = max(left, draft.centres[-1] + _MIN_PITCH - width / 2) if draft.centres else left
            draft.x = left + width
        else:
            draft.boxes.append(draft.x)
            left = draft.x + (way.pitch - width) / 2 + rng.normal(0, 0.1) * way.pitch
            draft.x += way.pitch
        low = way.baseline(left) - (rise + rng.normal(0, 0.03)) * hand.height
        draft.put(glyph, low - len(glyph), left)
        if way.joined and way.gap > 0 and way.pitch is None:
            joint = bar(
                (way.gap + 0.3) * hand.height, rng.normal(0, 0.1) * hand.height, 2 * hand.pen * hand.height, rng
            )
            draft.put(joint, low - rng.choice([0.1, 0.9]) * hand.height, left - (way.gap + 0.15) * hand.height)
        if character not in STRANGE + " ":
            draft.text.append("." if character == "," else character)
            draft.centres.append(left + width / 2)

    def _shape(self, character: str, way: _Way, hand: Hand, rng: np.random.Generator) -> tuple[Picture, float]:
        """A character's ink, and how high above the baseline it ends, in heights."""
        source = str(rng.choice(["drawn", "printed"])) if way.source == "mixed" else way.source
        if character == " ":
            return np.zeros((1, 1), np.float32), 0
        if source == "printed" and character not in "x/$#()'\"°":
            return printed(character, way.font, hand.height), _RISE.get(character, 0)
        if character.isdigit():
            return (self._glyphs.scanned if source == "scanned" else self._glyphs.drawn)(int(character), hand, rng), 0
        if character in STRANGE:
            small = character in "'\"°=" and rng.random() < 0.7  # raised, behind an amount
            size = rng.uniform(0.4, 0.8) if small else 1.0
            return self._glyphs.mark(character, _sized(hand, size), rng), rng.uniform(0.2, 0.7) if small else 0
        return _mark(character, hand, rng)

    def _write_strange(self, draft: _Draft, way: _Way, rng: np.random.Generator) -> None:
        """What is no number: a letter by hand, a word in print."""
        if draft.x > MOST:
            return
        height = way.hand.height
        draft.x += rng.uniform(0.1, 1) * height
        by_hand = rng.random() < 0.5
        glyph = (
            self._glyphs.letter(way.hand, rng)
            if by_hand
            else printed(word(rng), way.font, height * rng.uniform(0.4, 1.1))
        )
        draft.put(glyph, way.baseline(draft.x) - len(glyph), draft.x)
        draft.x += glyph.shape[1] + rng.uniform(0.1, 1) * height

    def _write_neighbours(self, ink: Picture, hand: Hand, rng: np.random.Generator) -> None:
        """The feet of a line above or the heads of a line below, which are not read."""
        draft, above = _Draft(ink, rng.uniform(0, 60)), rng.random() < 0.5
        while draft.x < ink.shape[1]:
            glyph = self._glyphs.drawn(int(rng.integers(10)), hand, rng)
            seen = rng.uniform(0.03, 0.16) * SIDE
            draft.put(glyph, seen - len(glyph) if above else SIDE - seen, draft.x)
            draft.x += glyph.shape[1] + rng.uniform(0.1, 1.5) * hand.height


def _way(rng: np.random.Generator) -> _Way:
    hand = Hand(
        height=float(rng.uniform(0.46, 0.94)) * SIDE,
        pen=float(np.exp(rng.uniform(np.log(0.014), np.log(0.09)))),
        slant=float(np.clip(rng.normal(0.15, 0.24), -0.5, 0.9)),
        sharpness=float(np.exp(rng.uniform(np.log(1.3), np.log(5)))),
        boldness=float(rng.uniform(-0.25, 0.3)),
    )
    gaps = rng.uniform(-0.12, 0.1), rng.uniform(0.1, 0.4), rng.uniform(0.4, 1.3)
    low, sway, wave = (SIDE + hand.height) / 2 + rng.normal(0, 3), rng.normal(0, 0.03), rng.uniform(0.5, 3)
    begin = rng.uniform(0, 6)
    return _Way(
        hand=hand,
        source=str(rng.choice(["scanned", "drawn", "printed", "mixed"], p=[0.42, 0.38, 0.12, 0.08])),
        font=int(rng.integers(100)),
        gap=float(rng.choice(gaps, p=[0.35, 0.45, 0.2])),
        pitch=hand.height * rng.uniform(0.9, 1.6) if rng.random() < 0.15 else None,
        baseline=lambda x: float(low + sway * hand.height * np.sin(x / (wave * hand.height) + begin)),
        growth=float(rng.normal(0, 0.02)) if rng.random() < 0.3 else 0.0,
        joined=bool(rng.random() < 0.08),
    )


def _sized(hand: Hand, size: float) -> Hand:
    return replace(hand, height=min(hand.height * size, SIDE - 2), pen=hand.pen / size)


def _mark(character: str, hand: Hand, rng: np.random.Generator) -> tuple[Picture, float]:
    """A point, comma, dash or slash by hand, and how high above the baseline it ends, in heights."""
    height, thick = hand.height, 2 * hand.pen * hand.height
    if character == ".":
        return dot(max(2.5, thick * rng.uniform(1, 1.8))), rng.uniform(0, 0.5) if rng.random() < 0.3 else 0
    if character == ",":
        return bar(rng.uniform(0.03, 0.12) * height, rng.uniform(0.1, 0.25) * height, thick, rng), -0.15
    if character == "/":
        return bar(rng.uniform(0.3, 0.6) * height, rng.uniform(1, 1.3) * height, thick, rng), -0.1
    length = rng.uniform(0.25, 0.9) * height
    return bar(length, rng.normal(0, 0.08) * length, thick, rng), rng.uniform(0.2, 0.6)


def _ends(ink: Picture, hand: Hand, rng: np.random.Generator) -> tuple[int, int]:
    """The first and last column of the picture: with margins, or cut close, now and then through the ink."""
    columns = np.flatnonzero(ink.max(axis=0) > 0.1)
    if not len(columns):
        return 0, int(rng.integers(60, 400))
    before, after = (rng.uniform(-0.05, 0.12, 2) if rng.random() < 0.5 else rng.uniform(0.1, 1.2, 2)) * hand.height
    start = max(0, round(columns[0] - before))
    end = min(ink.shape[1], max(round(columns[-1] + 1 + after), start + 16))
    return start, min(end, start + MOST)


def _edges(height: float, rng: np.random.Generator) -> tuple[int, int]:
    """The rows of printed lines above and below the digits."""
    room = (SIDE - height) / 2
    return round(room * rng.uniform(-0.2, 1)), SIDE - 1 - round(room * rng.uniform(-0.2, 1.1))


def _on_paper(ink: Picture, lines: Picture, ground: Picture, rng: np.random.Generator) -> Picture:
    """Everything together as brightness turned round: 0 is white, 1 black."""
    if rng.random() < 0.3:  # a pencil's grain, a pen that runs dry
        ink = np.asarray(ink * (1 - rng.uniform(0.1, 0.6) * rng.random(ink.shape)), np.float32)
    over = np.maximum(np.maximum(ink, lines * rng.uniform(0.15, 1)), ground * rng.uniform(0.03, 0.5))
    dark = tone(ink.shape, rng)
    full = rng.uniform(0.3, 1) * (1 - 0.5 * dark)
    return np.clip(dark + full * tilted(over.astype(np.float32), rng), 0, 1).astype(np.float32)
