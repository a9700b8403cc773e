"""The few elements that all panels are made of: plain HTML, so that the browser's own keys and readers work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


class Field(ui.element, component="browser/field.js"):
    """Where a number is written."""


class Choice(ui.element):
    """A list to choose from; `act` gets what was chosen, which is always something that was offered."""

    def __init__(self, act: Callable[[str], Any]) -> None:
        super().__init__("select")
        self._act = act
        self._offered: list[str] = []
        self.on("change", lambda event: self._chosen(event.args), js_handler="(event) => emit(event.target.value)")

    def offer(self, options: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer these in place of what was offered before: (value, what is read) each."""
        self._offered = [value for value, _ in options]
        self.clear()
        with self:
            for value, text in options:
                put(Text("option", text), value=value, selected=value == chosen)

    def _chosen(self, value: object) -> Any:
        return self._act(value) if isinstance(value, str) and value in self._offered else None


class Text(TextElement):
    """A tag with text in it: «h2», «p», «span»."""

    def __init__(self, tag: str, text: str = "", classes: str = "") -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)


def box(classes: str, tag: str = "div", **attributes: str) -> ui.element:
    """A container, to be used with `with`; attributes as of HTML, `aria_label` for «aria-label»."""
    element = ui.element(tag).classes(classes)
    put(element, **attributes)
    return element


def put(element: ui.element, **attributes: str | bool | list[str] | None) -> None:
    """Set attributes of HTML, or what a component of ours takes; None takes one away."""
    before = dict(element.props)
    for name, value in attributes.items():
        key = name.replace("_", "-")
        if value is None or value is False:
            element.props.pop(key, None)
        else:
            element.props[key] = [*value] if isinstance(value, list) else value
    if element.props != before:
        element.update()


class Html:
    """Where markup is shown: the only place that hands any to NiceGUI.

    `Markup` is made by formatting, which escapes what is put in; a plain text that comes here all the same is escaped.
    """

    def __init__(self, classes: str, content: Markup | None = None) -> None:
        self._element = ui.html(escape(content or ""), sanitize=False).classes(classes)  # noqa: TID251, the only place

    def show(self, content: Markup) -> None:
        """Show this in place of what was shown."""
        self._element.content = escape(content)


def button(text: str, act: Callable[..., Any], classes: str = "", **attributes: str) -> Text:
    """A button that calls `act` without arguments, which may be a coroutine function."""
    element = Text("button", text, f"button {classes}")
    put(element, type="button", **attributes)
    element.on("click", lambda: act())
    return element


def choice(label: str, options: Sequence[tuple[str, str]], chosen: str, act: Callable[[str], Any]) -> Choice:
    """A list to choose from: (value, what is read) each; `act` gets the value."""
    with box("field", "label"):
        Text("span", label)
        element = Choice(act)
    element.offer(options, chosen)
    return element


def number(label: str, value: str, act: Callable[[str], Any], **attributes: str) -> ui.element:
    """A field for a number; `act` gets what was written when it is left."""
    with box("field", "label"):
        Text("span", label)
        element = Field()
        put(element, value=value, **attributes)
        element.on("written", lambda event: act(event.args))
    return element


def switch(label: str, on: bool, act: Callable[[bool], Any]) -> ui.element:
    """A box to tick; `act` gets whether it is ticked."""

    def turned(event: Any) -> Any:
        put(element, checked=event.args)  # so that a later `put` finds it as the browser has it
        return act(event.args)

    with box("switch", "label"):
        element = ui.element("input")
        put(element, type="checkbox", checked=on)
        element.on("change", turned, js_handler="(event) => emit(event.target.checked)")
        Text("span", label)
    return element


def picture(uri: str, words: str, classes: str = "") -> Markup:
    """An image as markup, with what it shows in words."""
    return Markup('<img class="{}" src="{}" alt="{}">').format(classes, uri, words)
