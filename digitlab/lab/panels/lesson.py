"""The lesson beside the panels: one step at a time, each of which opens its panel."""

from __future__ import annotations

from dataclasses import replace

from digitlab.lab.elements import Choice, Html, Text, box, button, set_props
from digitlab.lab.lesson import Lesson
from digitlab.lab.link import View
from digitlab.lab.window import Window


class LessonPanel:
    """The sheet of one window."""

    def __init__(self, window: Window, lesson: Lesson) -> None:
        self._window = window
        self._lesson = lesson

    def build(self) -> None:
        """Title, text, and buttons to the other steps."""
        window = self._window
        with box("lesson", "aside", aria_label=f"Lesson: {self._lesson.title}"):
            Text("p", self._lesson.title, "quiet")
            self._which = Choice("Step", [], "", lambda step: self._go(int(step)))
            self._title = Text("h2", "")
            self._text = Html("sheet")
            with box("row apart"):
                self._back = button("Back", lambda: self._go(window.view.step - 1))
                self._next = button("Next", lambda: self._go(window.view.step + 1), "main")
        self._show()

    async def _go(self, step: int) -> None:
        """Show a step and apply its settings; the others stay as they are."""
        self._window.view.step = step
        self._show()
        opened = View.of(self._lesson.steps[step].settings)
        for name in self._lesson.steps[step].settings:
            setattr(self._window.view, name, getattr(opened, name))
        await self._window.go(self._window.view.panel)

    def _show(self) -> None:
        at, steps = self._window.view.step, self._lesson.steps
        self._which.offer([(str(place), f"{place + 1}. {one.title}") for place, one in enumerate(steps)], str(at))
        self._title.text = steps[at].title
        self._text.show(steps[at].html)
        set_props(self._back, disabled=at == 0)
        set_props(self._next, disabled=at == len(steps) - 1)


def opening(lesson: Lesson, query: dict[str, str]) -> View:
    """The view of a window that opens at a step: the address takes precedence over the settings of the step."""
    view = View.of(query)
    step = min(view.step, len(lesson.steps) - 1)
    return replace(View.of({**lesson.steps[step].settings, **query}), step=step)
