"""What the page on own images says, tried; its numbers are those of the code."""

from __future__ import annotations

from digitlab.export.read_back import MAX_IMAGES
from digitlab.images.spec import MAX_SIDE, ImageSpec
from digitlab.models.pooling import halvings
from tests.docs.page import DOCS, Page

PAGE = Page(DOCS / "own-images.md")


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"{MAX_SIDE}×{MAX_SIDE}" in PAGE.text
    assert f"up to {MAX_IMAGES} validation images" in PAGE.text
    often = [halvings(ImageSpec(height=side, width=side)) for side in (19, 20, 28, 39, 40, 79, 80, 158, 159, 256)]
    assert often == [1, 2, 2, 2, 3, 3, 4, 4, 5, 5]
    assert "3 times from 40 pixels of the longer\nside, 4 from 80, 5 from 159" in PAGE.text


def test_links_lead_somewhere() -> None:
    PAGE.assert_links_lead_somewhere()
