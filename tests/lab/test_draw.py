"""The first panel, as a person uses it."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, expect

from tests.lab.lab import SEVEN, THREE, Lab, Points, draw

# A finger: the events that a touch screen gives, along points in shares of the pad.
TOUCH = """
(points) => {
  const pad = document.querySelector(".pad-paper");
  const box = pad.getBoundingClientRect();
  const send = (kind, [x, y]) => pad.dispatchEvent(new PointerEvent(kind, {
    pointerId: 7, pointerType: "touch", isPrimary: true, bubbles: true, cancelable: true,
    clientX: box.left + x * box.width, clientY: box.top + y * box.height,
  }));
  pad.setPointerCapture = () => {};  // made-up pointers cannot be captured
  send("pointerdown", points[0]);
  points.slice(1).forEach((point) => send("pointermove", point));
  send("pointerup", points.at(-1));
}
"""

# A picture file that comes by drag and drop, or from the clipboard.
GIVE = """
([way, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], "3.png", { type: "image/png" }));
  const always = { bubbles: true, cancelable: true };
  document.querySelector(".pad-paper").dispatchEvent(way === "drop"
    ? new DragEvent("drop", { ...always, dataTransfer: files })
    : new ClipboardEvent("paste", { ...always, clipboardData: files }));
}
"""


def said(page: Page, model: str) -> str:
    return page.get_by_label(f"Answer of {model}").locator(".answer-text").inner_text()


def expect_said(page: Page, model: str, text: str) -> None:
    expect(page.get_by_label(f"Answer of {model}").locator(".answer-text")).to_have_text(text)


def test_a_drawn_3_is_a_3_for_every_model_chosen(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    draw(page, THREE)
    expect_said(page, "robust", "3")
    expect_said(page, "softmax", "3")
    expect(page.get_by_label("Answer of robust").locator("tr.first")).to_have_text("3100.0%")


def test_a_finger_draws_too(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    page.locator(".pad-paper").wait_for()
    page.evaluate(TOUCH, [list(point) for point in THREE])
    expect_said(page, "robust", "3")


def test_undo_and_clear_take_strokes_away(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    draw(page, THREE)
    draw(page, ((0.05, 0.5), (0.95, 0.5)))
    page.locator(".pad-paper").press("Control+z")
    expect_said(page, "robust", "3")
    page.get_by_role("button", name="Clear").click()
    expect_said(page, "robust", "nothing drawn")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_the_keyboard_alone_draws_a_1(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    page.locator(".pad-paper").wait_for()
    while page.evaluate("document.activeElement.className") != "pad-paper":
        page.keyboard.press("Tab")
    for key in ["ArrowUp"] * 9 + [" "] + ["ArrowDown"] * 18 + [" "]:
        page.keyboard.press(key)
    expect_said(page, "robust", "1")


def test_without_centring_a_7_is_none_any_more(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.address}?models=softmax")
    draw(page, SEVEN)
    expect_said(page, "softmax", "7")
    step = page.locator(".step", has_text="centre the mass")
    expect(step).to_contain_text("without it: unsure")
    step.get_by_role("checkbox").uncheck()
    expect(page.get_by_label("Answer of softmax").locator(".answer-text")).to_contain_text("unsure")
    expect(step).to_contain_text("left out")
    step.get_by_role("checkbox").check()
    expect_said(page, "softmax", "7")


def test_a_letter_is_no_digit(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    for stroke in _letter_w():
        draw(page, stroke)
    expect_said(page, "robust", "not a digit")


def test_several_digits_are_read_below_the_drawing(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    for left, points in ((0.05, THREE), (0.36, SEVEN), (0.67, THREE)):
        draw(page, [(left + 0.3 * x, 0.3 + 0.4 * y) for x, y in points])
    expect(page.locator(".doctor")).to_contain_text("There are several digits here: 373.")


def _letter_w() -> tuple[Points, ...]:
    return (((0.1, 0.2), (0.3, 0.8), (0.5, 0.3), (0.7, 0.8), (0.9, 0.2)), ((0.1, 0.5), (0.9, 0.5)))


def test_a_picture_can_be_opened(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    page.locator(".pad-paper").wait_for()
    page.locator("input[type=file]").set_input_files([_photo()])
    expect_said(page, "robust", "3")


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_can_be_dropped_and_pasted(lab: Lab, page: Page, way: str) -> None:
    page.goto(lab.address)
    page.locator(".pad-paper").wait_for()
    page.evaluate(GIVE, [way, base64.b64encode(_photo()["buffer"]).decode()])
    expect_said(page, "robust", "3")


def _photo() -> FilePayload:
    """A 3 in blue on a wide sheet."""
    sheet = Image.new("RGB", (600, 400), (230, 225, 215))
    points = [(180 + 260 * x, 60 + 260 * y) for x, y in THREE]
    ImageDraw.Draw(sheet).line(points, fill=(30, 40, 120), width=16, joint="curve")
    stream = io.BytesIO()
    sheet.save(stream, "png")
    return {"name": "3.png", "mimeType": "image/png", "buffer": stream.getvalue()}


def test_the_pixels_tell_their_numbers(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    draw(page, THREE)
    expect_said(page, "robust", "3")
    pixels = page.locator(".seen canvas")
    pixels.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".seen figcaption")).to_contain_text("row 14, column 14:")


def test_the_link_keeps_the_drawing_and_the_steps(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    draw(page, THREE)
    page.locator(".step", has_text="even out the light").get_by_role("checkbox").uncheck()
    expect(page).to_have_url(re.compile("off=light.*ink=|ink=.*off=light"))
    page.reload()
    expect_said(page, "robust", "3")
    expect(page.locator(".step", has_text="even out the light").get_by_role("checkbox")).not_to_be_checked()


def test_other_models_can_be_put_beside_them(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    draw(page, THREE)
    run = next(path.name for path in (lab.folder / "runs").glob("mlp-16-*"))
    page.get_by_label("Add a model").select_option(run)
    expect(page.get_by_label(f"Answer of {run}")).to_be_visible()
    page.get_by_label("Remove softmax").click()
    expect(page.get_by_label("Answer of softmax")).to_have_count(0)


def test_two_windows_do_not_disturb_each_other(lab: Lab, page: Page) -> None:
    other = page.context.new_page()
    other.goto(lab.address)
    draw(other, SEVEN)
    expect_said(other, "robust", "7")
    page.bring_to_front()  # browsers let what lies behind wait
    page.goto(lab.address)
    draw(page, THREE)
    expect_said(page, "robust", "3")
    other.bring_to_front()
    assert said(other, "robust") == "7"
