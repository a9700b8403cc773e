"""How well the fields of a form are read, on photographs composed by program, and how other forms are told from it.

    python -m benchmarks.forms

Digits of MNIST's test part are written into the form of `tests/forms.py`; the page is turned, tilted and photographed.
Other forms have the same words in other places.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import digitlab
from benchmarks.robustness import accuracy
from benchmarks.table import print_table, print_title
from digitlab.errors import DataError
from digitlab.images.picture import as_picture
from digitlab.runtime.reader.form import Form, FormField
from tests.forms import BOXES, Page, filled_form, photographed, turned, write_template

PAGES = 60  # and as many of other forms
WORDS = ("Examination sheet", "Student number", "Points reached", "Total", "Write one number into each box.")


def main() -> None:
    """Print both tables."""
    rng = np.random.default_rng(0)
    digits = digitlab.load("mnist").test
    assert digits is not None
    with tempfile.TemporaryDirectory() as folder:
        form = Form(write_template(Path(folder)))
    fields: list[tuple[str, FormField]] = []
    for _ in range(PAGES):
        texts = {name: number(rng, (box[2] - box[0]) // 60) for name, box in BOXES.items()}
        page = photograph(filled_form(digits, texts, rng), rng)
        fields += [(texts[field.name], field) for field in form.read(as_picture(page), "the page")]
    print_title(f"Fields of a form, {PAGES} photographs")
    print_fields(fields)
    refused = sum(is_refused(form, photograph(other_form(rng), rng)) for _ in range(PAGES))
    print_table(["other forms", "refused"], [["the same words elsewhere", accuracy(refused, PAGES)]])


def print_fields(fields: list[tuple[str, FormField]]) -> None:
    """A row for the filled ones, one for those that are empty, one for the sure ones."""
    kinds = {
        "filled": [pair for pair in fields if pair[0]],
        "empty": [pair for pair in fields if not pair[0]],
        "called sure": [pair for pair in fields if pair[1].is_sure],
    }
    rows = [
        [name, accuracy(sum(field.reading.text == text for text, field in pairs), len(pairs))]
        for name, pairs in kinds.items()
    ]
    print_table(["fields", "right"], rows)


def number(rng: np.random.Generator, most: int) -> str:
    """Up to so many digits; none in a fifth of all."""
    count = 0 if rng.random() < 0.2 else int(rng.integers(1, most + 1))
    return "".join(map(str, rng.integers(0, 10, count)))


def photograph(page: Page, rng: np.random.Generator) -> Page:
    """In any of four turns, up to 5 degrees off, at an angle, and no larger than the picture."""
    degrees = 90 * int(rng.integers(4)) + rng.uniform(-5, 5)
    shift = (rng.uniform(-40, 40), rng.uniform(-40, 40))
    return photographed(turned(page, degrees, rng.uniform(0.6, 1.1), shift, rng.uniform(-0.1, 0.1))[0], rng)


def other_form(rng: np.random.Generator) -> Page:
    """The words and three boxes in other places, on a page of the same size."""
    page = Image.new("L", (760, 560), 255)
    drawing = ImageDraw.Draw(page)
    for row, word in enumerate(rng.permutation(WORDS)):
        top, left = 30 + 105 * row, int(rng.integers(20, 200))
        drawing.text((left, top), str(word), 0, ImageFont.load_default(int(rng.integers(24, 44))))
        if row % 2 == 0:
            drawing.rectangle((left + 200, top + 45, left + 200 + int(rng.integers(80, 350)), top + 95), None, 0, 3)
    return np.asarray(page)


def is_refused(form: Form, page: Page) -> bool:
    """Whether the page is not taken for the form."""
    try:
        form.read(as_picture(page), "the page")
    except DataError:
        return True
    return False


if __name__ == "__main__":
    main()
