"""A page of the documentation, taken apart: its code, commands, links and pictures."""

from __future__ import annotations

import doctest
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LARGEST_PICTURE = 150_000  # bytes


@dataclass(frozen=True)
class Page:
    """One page in docs/."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    def blocks(self, language: str) -> list[str]:
        """The code blocks of one language, in order."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)

    def lines_of_shell(self) -> list[str]:
        """Each line of shell, those that go on after a backslash put together."""
        joined = "".join(self.blocks("sh")).replace("\\\n", " ")
        return [" ".join(line.split()) for line in joined.splitlines()]

    def commands(self, program: str) -> list[str]:
        """The lines of shell that begin with `program`."""
        return [line for line in self.lines_of_shell() if line.startswith(f"{program} ")]

    def assert_snippets_stand_in(self, script: Path, snippets: list[str]) -> None:
        """Each is in the script word for word, in this order."""
        text, place = script.read_text("utf-8"), 0
        for snippet in snippets:
            found = text.find(snippet, place)
            assert found >= 0, f"not in {script.name} after character {place}:\n{snippet}"
            place = found + len(snippet)

    def assert_calculations_hold(self) -> int:
        """The `pycon` blocks give what they show, as one session; how many lines of it there are."""
        session = "\n".join(self.blocks("pycon"))
        test = doctest.DocTestParser().get_doctest(session, {}, self.path.name, str(self.path), 0)
        assert doctest.DocTestRunner().run(test).failed == 0
        return len(test.examples)

    def pictures(self) -> set[Path]:
        """The picture files that it shows."""
        return {self.path.parent / path for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", self.text)}

    def assert_pictures_are_there_and_small(self) -> None:
        for picture in self.pictures():
            assert picture.stat().st_size < LARGEST_PICTURE, picture

    def assert_links_lead_somewhere(self) -> None:
        """To a file or folder, to a heading of this page, or to a heading of another one."""
        for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", self.text):
            file, _, anchor = target.partition("#")
            other = Page(self.path.parent / file) if file else self
            assert other.path.exists(), target
            assert not anchor or anchor in other.anchors(), target

    def anchors(self) -> set[str]:
        headings = re.findall(r"^#+ (.+)$", self.text, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
