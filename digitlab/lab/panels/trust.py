"""The question whether the program that a run brings may run, with the program to read."""

from __future__ import annotations

from collections.abc import Callable

from digitlab.lab.elements import Text, box, button, put
from digitlab.runs.directory import RunDirectory, Source
from digitlab.runs.trust import remember
from digitlab.visible import lines

MOST_SHOWN = 200_000  # characters; nobody reads more in a page


class TrustQuestion:
    """Asked before a run from elsewhere is finished.

    Args:
        finish: called with the run's folder and options of `digitlab train`.
    """

    def __init__(self, finish: Callable[..., None]) -> None:
        self._finish = finish

    def build(self) -> None:
        """A place, empty as long as nothing is asked."""
        self._place = box("trust", "section", aria_label="May this program run?")
        put(self._place, role="alert")
        self._place.set_visibility(False)

    def close(self) -> None:
        """Ask no more."""
        self._place.clear()
        self._place.set_visibility(False)

    def ask(self, directory: RunDirectory) -> None:
        """Show the program of a run, and two buttons (raises RunError)."""
        source, file = directory.source, directory.source_file
        assert source is not None
        assert file is not None
        text = lines(source.content.decode(errors="replace").replace("\r\n", "\n"))
        self.close()
        self._place.set_visibility(True)
        with self._place:
            Text("p", "This run brings a program that was not trained on this machine. It would run with your rights.")
            Text("p", str(file.absolute()), "quiet")
            if len(text) > MOST_SHOWN:
                Text("p", "It is too long to be shown. Read it, and finish the run in a terminal, with --trust.")
                return
            Text("pre", text, "program")
            with box("row"):
                button("Run this program", lambda: self._trust(directory, source))
                button("Do not run it", self.close, "main")

    def _trust(self, directory: RunDirectory, source: Source) -> None:
        """The bytes that were shown are trusted, so others that took their place meanwhile are not run."""
        self.close()
        self._finish(directory.path, *([] if remember(source) else ["--trust"]))
