"""The question whether the program that a run brings may run; the program is shown."""

from __future__ import annotations

from collections.abc import Callable

from digitlab.lab.elements import Text, box, button, set_props
from digitlab.runs.directory import RunDirectory, Source
from digitlab.runs.trust import remember
from digitlab.visible import lines

MAX_SHOWN = 200_000  # characters; nobody reads more in a page


class TrustQuestion:
    """Asked before a run from elsewhere is resumed; `finish` gets its folder and options of `digitlab train`."""

    def __init__(self, finish: Callable[..., None]) -> None:
        self._finish = finish

    def build(self) -> None:
        """An element that is hidden until something is asked."""
        self._place = box("trust", "section", aria_label="May this program run?")
        set_props(self._place, role="alert")
        self._place.set_visibility(False)

    def close(self) -> None:
        """Hide the question."""
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
            if len(text) > MAX_SHOWN:
                Text("p", "It is too long to show. Read it, and resume the run in a terminal with --trust.")
                return
            Text("pre", text, "program")
            with box("row"):
                button("Run this program", lambda: self._trust(directory, source))
                button("Do not run it", self.close, "main")

    def _trust(self, directory: RunDirectory, source: Source) -> None:
        """Trust the bytes that were shown; others that have replaced them in the meantime are not run."""
        self.close()
        self._finish(directory.path, *([] if remember(source) else ["--trust"]))
