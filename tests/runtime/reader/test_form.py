from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from digitlab.data.dataset import Split
from digitlab.errors import DataError, UsageError
from digitlab.images.picture import as_picture
from digitlab.runtime.reader.alignment import align
from digitlab.runtime.reader.form import Form, FormField
from digitlab.runtime.reader.sheet import flat_sheet
from tests.forms import Page, empty_form, filled_form, photographed, turned, write_template

WRITTEN = {"number": "40927", "points": "38", "total": ""}


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Form:
    return Form(write_template(tmp_path_factory.mktemp("form")))


@pytest.fixture(scope="module")
def page(held_out: Split) -> Page:
    return filled_form(held_out, WRITTEN)


def fields(form: Form, page: Page) -> dict[str, FormField]:
    return {field.name: field for field in form.read(as_picture(page), "page.png")}


@pytest.mark.parametrize(
    ("degrees", "scale", "shift", "tilt"),
    [
        (2, 1.1, (30, -25), 0),
        (-5, 0.7, (-60, 80), 0.1),
        (91, 0.9, (0, 20), -0.1),
        (180, 1, (0, 0), 0),
        (268, 1, (15, 15), 0),
    ],
)
def test_fields_are_what_was_written_however_the_page_lies(
    form: Form, page: Page, degrees: float, scale: float, shift: tuple[float, float], tilt: float
) -> None:
    picture, _ = turned(page, degrees, scale, shift, tilt)
    found = fields(form, photographed(picture, np.random.default_rng(1)))
    assert {name: field.reading.text for name, field in found.items()} == WRITTEN
    assert all(field.is_sure for field in found.values())
    assert found["total"].probability is None


def test_a_scan_as_it_is_needs_no_aligning(form: Form, page: Page) -> None:
    assert {name: field.reading.text for name, field in fields(form, page).items()} == WRITTEN


def test_corners_are_found_within_a_pixel(page: Page) -> None:
    picture, corners = turned(page, 93, 0.8, (20, -30), 0.1)
    empty = flat_sheet(as_picture(empty_form()))
    found = align(empty, np.ones_like(empty), flat_sheet(as_picture(picture)))
    x, y, depth = found.projection @ [[0, 0, 760, 760], [0, 560, 560, 0], [1, 1, 1, 1]]
    assert np.abs(np.stack([x, y]) / depth - corners.T).max() < 1


def test_ink_that_cannot_be_read_is_unsure_and_an_empty_box_is_not(form: Form) -> None:
    page = Image.fromarray(empty_form())
    ImageDraw.Draw(page).text((340, 262), "W&M", 0, ImageFont.load_default(48))
    found = fields(form, np.asarray(page))
    assert not found["points"].is_sure
    assert found["number"].is_sure
    assert not found["number"].is_written


def test_a_box_that_the_picture_cuts_off_is_unsure(form: Form, page: Page) -> None:
    assert not fields(form, page[:, :650])["number"].is_sure


def test_another_page_is_refused(form: Form) -> None:
    page = Image.new("L", (700, 700), 255)
    for row in range(60, 600, 60):
        ImageDraw.Draw(page).text((60, row), "Some other text in lines", 0, ImageFont.load_default(30))
    with pytest.raises(DataError) as refused:
        fields(form, np.asarray(page))
    assert refused.value.problem == f"page.png does not show the form of {form.path}"
    assert refused.value.found.startswith("the printed parts have a correlation of 0.")
    assert refused.value.remedy == "give a picture of the whole form, as flat as possible; or the template of this form"


@pytest.mark.parametrize("grey", [0, 255])
def test_a_blank_page_is_refused(form: Form, grey: int) -> None:
    with pytest.raises(DataError, match=r"does not show the form"):
        fields(form, np.full((300, 400), grey, np.uint8))


def test_boxes_are_in_pixels_of_the_file_however_large(tmp_path: Path, page: Page, form: Form) -> None:
    large = Image.fromarray(empty_form()).resize((3800, 2800))  # which is reduced when it is opened
    large.save(tmp_path / "empty.png")
    (tmp_path / "form.toml").write_text('form = "empty.png"\n[boxes]\nnumber = [1650, 700, 3500, 1025]\n')
    assert fields(Form(tmp_path / "form.toml"), page)["number"].reading.text == WRITTEN["number"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            'form = "empty.png"\nbox = 1\n[boxes]\na = [0, 0, 50, 50]',
            (
                "{path} is no template of a form\n  found: extra inputs are not permitted (box)\n"
                '  to do: give form = "empty.png", and below [boxes] name = [left, top, right, bottom]'
            ),
        ),
        (
            'form = "empty.png"\n[boxes]\na = [50, 10, 50, 90]',
            (
                "box a of {path} is empty or too small\n  found: 0 pixels wide, 80 high\n"
                "  to do: give left, top, right, bottom in this order, at least 12 pixels apart"
            ),
        ),
        (
            'form = "empty.png"\n[boxes]\na = [700, 10, 800, 90]',
            (
                "box a of {path} lies outside of the form\n  found: [700, 10, 800, 90] on a form of 760×560 pixels\n"
                "  to do: give its sides in pixels of the picture of the empty form"
            ),
        ),
    ],
)
def test_a_wrong_template_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = write_template(tmp_path)
    path.write_text(content)
    with pytest.raises(UsageError) as refused:
        Form(path)
    assert str(refused.value) == said.format(path=path)


@pytest.mark.parametrize("content", ["form = ", "form = 'empty.png'\n[boxes]\na = ['x', 1, 2, 3]", "[boxes]", "\0"])
def test_what_is_no_template_is_refused_without_a_traceback(tmp_path: Path, content: str) -> None:
    path = write_template(tmp_path)
    path.write_text(content)
    with pytest.raises((DataError, UsageError), match=r"form\.toml"):
        Form(path)


def test_a_missing_picture_of_the_form_is_named(tmp_path: Path) -> None:
    path = write_template(tmp_path)
    (tmp_path / "empty.png").unlink()
    with pytest.raises(DataError, match=r"cannot read .*empty\.png\n  found: No such file"):
        Form(path)


def test_a_form_without_print_is_refused(tmp_path: Path) -> None:
    path = write_template(tmp_path)
    Image.new("L", (760, 560), 255).save(tmp_path / "empty.png")
    with pytest.raises(DataError) as refused:
        Form(path)
    assert str(refused.value) == (
        "empty.png shows nothing that a form could be aligned by\n  found: no print outside of the boxes\n"
        "  to do: give a picture of the form with its frames and words, and its boxes inside of the frames"
    )


@pytest.mark.parametrize("shape", [(1, 5), (4, 900), (900, 4), (60, 60)])
def test_noise_of_any_shape_is_refused(form: Form, shape: tuple[int, int]) -> None:
    with pytest.raises(DataError, match=r"does not show the form"):
        fields(form, np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
