from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitlab.lab.link import View, pixels_to_text, text_to_pixels


def opened(link: str) -> View:
    return View.of(dict(parse_qsl(urlsplit(link).query)))


def test_the_usual_view_needs_no_words() -> None:
    assert View().link() == "/"
    assert opened("/") == View()


def test_a_link_opens_what_it_was_made_of() -> None:
    view = View("why", ["mlp:128"], ["centre"], "4d40.5b59", "softmax", "", "run-2", "run-1", "4-9", ["a", "b"], 3)
    assert opened(view.link()) == view


def test_what_is_asked_for_wrongly_is_passed_over() -> None:
    asked = {"panel": "nowhere", "step": "-4", "models": "", "ink": "f" * 9_000, "unknown": "x"}
    assert View.of(asked) == View()


@pytest.mark.parametrize("name", ["a" * 300, "ж" * 200, "nul\0"])
def test_what_no_file_can_be_called_is_passed_over(name: str) -> None:
    asked = dict.fromkeys(("models", "why", "run", "examined", "pair"), name)
    assert View.of({**asked, "step": "²"}) == View()
    assert View.of({"models": f"{name},softmax"}).models == ["softmax"]


def test_no_more_models_than_fit_side_by_side() -> None:
    assert View.of({"models": "a,b,c,d,e"}).models == ["a", "b", "c", "d"]


def test_an_image_survives_the_link() -> None:
    image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    kept = text_to_pixels(pixels_to_text(image))
    assert kept is not None
    np.testing.assert_array_equal(kept, image)


def test_an_image_of_another_size_is_none() -> None:
    assert text_to_pixels(pixels_to_text(np.zeros((64, 64, 3), np.uint8))) is None


@given(st.text(max_size=60))
def test_no_text_fails(text: str) -> None:
    kept = text_to_pixels(text)
    assert kept is None or kept.shape == (28, 28)
