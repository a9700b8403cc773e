"""The other panels, and the page as a whole."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.lab.conftest import environment
from tests.lab.lab import THREE, Lab, draw, open_lab

LESSON = Path(__file__).parents[2] / "docs" / "lessons" / "softmax.md"


def test_why_accounts_for_the_drawing_and_follows_a_pixel(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    draw(page, THREE)
    expect(page).to_have_url(re.compile("ink="))  # the drawing has arrived
    page.get_by_role("button", name="Why this answer?").click()
    table = page.locator(".worked")
    expect(table.locator("tr.first th")).to_have_text("3")
    expect(page.locator(".why")).to_contain_text("The sums differ from")
    before = table.locator("tr.first td").nth(4).inner_text()
    pixels = page.locator(".why canvas")
    pixels.focus()
    for key in ("ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowLeft", " "):
        page.keyboard.press(key)
    expect(page.locator(".pixel-shares")).to_contain_text("x = 255 / 255")
    expect(table.locator("tr.first td").nth(4)).not_to_have_text(before)


def test_why_shows_the_layers_of_a_deeper_network(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.address}?panel=why&why=mlp:128")
    expect(page.locator(".layers")).to_contain_text("of 128 units are active")


def test_a_link_to_why_brings_the_drawing_with_it(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    draw(page, THREE)
    expect(page).to_have_url(re.compile("ink="))
    page.goto(page.url.replace("/?", "/?panel=why&"))
    expect(page.locator(".worked tr.first th")).to_have_text("3")


def test_a_cell_of_the_matrix_shows_its_digits_and_one_opens_in_why(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.address}?panel=mistakes")
    expect(page.locator(".mistakes")).to_contain_text("of 200 test images are misclassified")
    cell = page.locator(".button.cell:not(.right):enabled").first
    name = cell.get_attribute("aria-label")
    assert name is not None
    count = int(name.rpartition(": ")[2])
    cell.click()
    expect(page.locator(".mistakes h2")).to_have_text(name.rpartition(":")[0])
    expect(page.locator(".mistakes .tile")).to_have_count(count)
    page.locator(".mistakes .tile").first.click()
    expect(page.locator(".worked")).to_be_visible()
    expect(page).to_have_url(re.compile("panel=why.*digit="))


def test_two_runs_are_compared_on_the_same_images(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.address}?panel=compare")
    for spec in ("softmax", "mlp-16"):
        page.get_by_role("row", name=re.compile(f"{spec}-2")).get_by_role("checkbox").check()
    expect(page.locator(".verdict")).to_contain_text("Of 200 test images")
    expect(page.get_by_role("button", name=re.compile("^Both: "))).to_be_visible()
    page.reload()
    expect(page.locator(".verdict")).to_contain_text("Of 200 test images")


@pytest.mark.parametrize(
    "query",
    ["step=²", f"models={'a' * 5_000}", "models=nul%00", f"panel=train&run={'a' * 3_000}", "panel=mistakes&cell=²-1"],
)
def test_an_address_that_asks_for_nonsense_opens_the_page(lab: Lab, page: Page, query: str) -> None:
    page.goto(f"{lab.address}?{query}")
    expect(page.locator(".panel:visible > *").first).to_be_visible()


def test_a_lesson_opens_the_panel_that_its_step_speaks_of(workplace: Path, page: Page) -> None:
    with open_lab(workplace, environment(), "--lesson", str(LESSON)) as lab:
        page.goto(lab.address)
        sheet = page.get_by_label(re.compile("^Lesson"))
        expect(sheet.locator("h2")).to_have_text("Draw a digit")
        sheet.get_by_label("Step").select_option("3")
        expect(page.locator(".worked")).to_be_visible()
        expect(page).to_have_url(re.compile("step=3"))
        page.reload()
        expect(sheet.locator("h2")).to_have_text("Ten sums")
        sheet.get_by_role("button", name="Next").click()
        expect(page.get_by_role("button", name="Start")).to_be_visible()
        page.goto("about:blank")  # a page without its lab complains


def test_strangers_need_the_token_that_is_printed(workplace: Path, page: Page) -> None:
    with open_lab(workplace, environment(), "--host", "0.0.0.0") as lab:
        address = lab.address.replace("0.0.0.0", "127.0.0.1")
        page.goto(address)
        expect(page.locator(".pad-paper")).to_be_visible()
        assert "token" not in page.url
        draw(page, THREE)
        expect(page.get_by_label("Answer of robust").locator(".answer-text")).to_have_text("3")
        page.goto("about:blank")


def test_ctrl_c_ends_it_with_the_code_of_an_interruption(workplace: Path) -> None:
    with open_lab(workplace, environment()) as lab:
        lab.process.send_signal(signal.SIGINT)
        assert lab.process.wait(10) == 130


@pytest.mark.parametrize("width", [400, 900, 1600])
@pytest.mark.parametrize("panel", ["draw", "why", "train", "mistakes", "compare"])
def test_no_panel_is_wider_than_its_window(lab: Lab, page: Page, panel: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{lab.address}?panel={panel}")
    expect(page.locator(".panel:visible > *").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_that_can_be_used_has_a_name(lab: Lab, page: Page) -> None:
    page.goto(lab.address)
    for panel in ("Why", "Train", "Mistakes", "Compare", "Draw"):
        page.get_by_role("button", name=panel, exact=True).click()
        expect(page.get_by_role("button", name=panel, exact=True)).to_have_attribute("aria-current", "page")
    nameless = page.evaluate("""() => [...document.querySelectorAll("button, select, input, canvas, img")]
      .filter((element) => !(element.getAttribute("aria-label") || element.labels?.length
        || element.textContent.trim() || element.hasAttribute("alt")))
      .map((element) => element.outerHTML)""")
    assert nameless == []
