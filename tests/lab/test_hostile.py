"""A folder from a stranger: names and texts with markup in them, in a real browser.

Each attack would change the title of the page; the window of these tests fails on any message in its console, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import digitlab
from digitlab.data.dataset import Dataset
from tests.foreign import change, foreign_run
from tests.lab.conftest import environment
from tests.lab.lab import THREE, Lab, draw, open_lab

LONG = 60_000  # milliseconds; TensorFlow takes its time to load
MARKUP = "<img src=x onerror=document.title='taken'>"
FINDING = {
    "code": "DL101",
    "slug": "s",
    "severity": "error",
    "title": f"title {MARKUP}",
    "observed": f"observed {MARKUP}",
    "why": f"why {MARKUP}",
    "fix": f"fix {MARKUP}",
    "line": 3,
}
LESSON = f"""# {MARKUP}

## First {MARKUP}

before {MARKUP} <script>document.title = 'taken'</script> <a href='javascript:document.title = "taken"'>here</a>
<iframe src="/"></iframe> <form action="/lab/answer"><button>Press</button></form>

after
"""


@pytest.fixture(scope="module")
def place(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs on data of which one class has such a name; what was found in the newer one is markup, too."""
    place = tmp_path_factory.mktemp("hostile")
    for label, name in enumerate((MARKUP, "plain")):
        (place / "data" / name).mkdir(parents=True)
        images = digits.train.images[digits.train.labels == label][:40]
        for number, image in enumerate(images):
            Image.fromarray(image).save(place / "data" / name / f"{number}.png")
    data = digitlab.load(place / "data")
    for spec in ("softmax", "mlp:8"):
        run = digitlab.train(spec, data, out=place / "runs", epochs=2, learning_rate=1e-6, report=False, listeners=[])
    change(run.path, findings=[FINDING], model=f"model {MARKUP}")
    (place / "sheet.md").write_text(LESSON, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def hostile(place: Path) -> Iterator[Lab]:
    with open_lab(place, environment()) as opened:
        yield opened


def _assert_not_taken(page: Page) -> None:
    assert page.title() == "digitlab"
    assert page.locator("[onerror], iframe, form").count() == 0


def test_what_a_run_says_is_text(hostile: Lab, page: Page) -> None:
    page.goto(f"{hostile.address}?panel=train")
    for part in ("title", "observed", "why", "fix"):
        expect(page.locator(".finding")).to_contain_text(f"{part} {MARKUP}")
    expect(page.get_by_label("The training", exact=True)).to_contain_text(f"model {MARKUP}")
    _assert_not_taken(page)


def test_class_names_are_text(hostile: Lab, page: Page) -> None:
    page.goto(f"{hostile.address}?panel=mistakes")
    expect(page.locator(".tile").first).to_contain_text(MARKUP)
    expect(page.locator(".confusion")).to_contain_text(MARKUP)
    _assert_not_taken(page)
    page.locator(".tile").first.click()
    expect(page.locator(".worked")).to_contain_text(MARKUP)
    page.locator(".why canvas").hover()
    expect(page.locator(".pixel-shares")).to_contain_text(MARKUP)
    _assert_not_taken(page)
    names = ",".join(path.name for path in sorted((hostile.folder / "runs").iterdir()))
    page.goto(f"{hostile.address}?panel=compare&pair={names}")
    expect(page.locator(".tile").first).to_contain_text(MARKUP)
    _assert_not_taken(page)
    page.goto(f"{hostile.address}?models={names}")
    draw(page, THREE)
    expect(page.locator(".models-column")).to_contain_text(MARKUP)
    _assert_not_taken(page)


def test_a_lesson_runs_nothing(place: Path, page: Page) -> None:
    with open_lab(place, environment(), "--lesson", "sheet.md") as lab:
        page.goto(lab.address)
        expect(page.locator(".sheet")).to_contain_text("before")
        expect(page.locator(".sheet")).to_contain_text("after")
        expect(page.locator(".lesson h2")).to_have_text(f"First {MARKUP}")
        _assert_not_taken(page)
        assert page.locator(".sheet [href], .sheet button").count() == 0
        page.goto("about:blank")


def test_a_run_with_markup_for_a_code_is_damaged(place: Path, page: Page, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "evil"
    run.mkdir(parents=True)
    source = next(iter((place / "runs").iterdir()))
    (run / "run.json").write_bytes((source / "run.json").read_bytes())
    change(run, findings=[{**FINDING, "code": MARKUP}])
    with open_lab(tmp_path, environment()) as lab:
        page.goto(f"{lab.address}?panel=train")
        expect(page.locator(".state")).to_contain_text("is damaged")
        _assert_not_taken(page)
        page.goto("about:blank")


def test_markup_that_got_in_all_the_same_does_not_run(hostile: Lab, browser: Browser) -> None:
    """The policy behind the escaping: whatever is put into the page, no script in it runs, nothing is loaded."""
    page = browser.new_page()
    page.goto(hostile.address)
    expect(page.locator(".pad-paper")).to_be_visible()
    page.evaluate(
        """(texts) => {
            window.refused = [];
            addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
            texts.forEach((text) => document.body.append(document.createRange().createContextualFragment(text)));
            document.getElementById("link").click();
        }""",
        [
            "<img src='data:,' onerror=\"document.title='taken'\">",
            "<script>document.title = 'taken'</script>",
            "<iframe src='https://attacker.example/'></iframe>",
            "<img src='https://attacker.example/pixel'>",
            "<a id=link href=\"javascript:document.title='taken'\">x</a>",
        ],
    )
    page.wait_for_function(
        "['script-src-attr', 'script-src-elem', 'img-src', 'frame-src'].every((one) => refused.includes(one))"
    )
    assert page.title() == "digitlab"
    page.close()


def test_another_page_cannot_frame_it(hostile: Lab, browser: Browser) -> None:
    page = browser.new_page()
    page.route(
        "http://attacker.example/",
        lambda route: route.fulfill(content_type="text/html", body=f"<iframe src='{hostile.address}'></iframe>"),
    )
    page.goto("http://attacker.example/")
    frame = page.frames[-1]
    frame.wait_for_load_state()
    assert frame.locator("#app").count() == 0
    page.close()


def test_a_program_from_elsewhere_is_shown_before_it_runs(digits_file: Path, tmp_path: Path, page: Page) -> None:
    run, mark = foreign_run(tmp_path, digits_file)
    with open_lab(tmp_path, environment()) as lab:
        page.goto(f"{lab.address}?panel=train")
        training = page.get_by_label("The training", exact=True)
        training.get_by_role("button", name="Resume").click()
        question = page.get_by_label("May this program run?")
        expect(question).to_contain_text("It would run with your rights.")
        expect(question).to_contain_text(str(run / "source" / "mine.py"))
        expect(question.locator("pre")).to_have_text((run / "source" / "mine.py").read_text())
        question.get_by_role("button", name="Do not run it").click()
        expect(question).to_be_hidden()
        assert not mark.exists()
        training.get_by_role("button", name="Resume").click()
        question.get_by_role("button", name="Run this program").click()
        expect(page.locator(".state")).to_have_text(re.compile(r"Done\. "), timeout=LONG)
        assert mark.exists()
        page.goto("about:blank")
