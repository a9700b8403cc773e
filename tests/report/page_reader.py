"""Reads a page as a browser would, and complains where it would have to guess."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import ClassVar


class Page(HTMLParser):
    """The ids, sections and words of a page; fails on tags that do not close, in order, what was opened."""

    VOID: ClassVar = {"meta", "img", "br", "link", "wbr"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.sections: list[str | None] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag == "section":
            self.sections.append(dict(attrs)["id"])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
