"""The elements of all panels: plain HTML, so that the browser's keyboard control and screen readers work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


class Field(ui.element, component="browser/field.js"):
    """An input for a number."""


class Choice(ui.element):
    """A labelled select element with options (value, text); `act` gets the chosen value, which is one of them."""

    def __init__(self, label: str, options: Sequence[tuple[str, str]], chosen: str, act: Callable[[str], Any]) -> None:
        with box("field", "label"):
            Text("span", label)
            super().__init__("select")
        self._act = act
        self.on("change", lambda event: self._chosen(event.args), js_handler="(event) => emit(event.target.value)")
        self.offer(options, chosen)

    def offer(self, options: Sequence[tuple[str, str]], chosen: str) -> None:
        """Replace the options."""
        self._offered = [value for value, _ in options]
        self.clear()
        with self:
            for value, text in options:
                set_props(Text("option", text), value=value, selected=value == chosen)

    def _chosen(self, value: object) -> Any:
        return self._act(value) if isinstance(value, str) and value in self._offered else None


class Text(TextElement):
    """A tag with text: "h2", "p", "span"."""

    def __init__(self, tag: str, text: str = "", classes: str = "") -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)


def box(classes: str, tag: str = "div", **attributes: str) -> ui.element:
    """A container, to be used with `with`; attributes as in HTML, `aria_label` for "aria-label"."""
    element = ui.element(tag).classes(classes)
    set_props(element, **attributes)
    return element


def set_props(element: ui.element, **attributes: str | bool | list[str] | None) -> None:
    """Set attributes of HTML, or props of a component of ours; None removes one."""
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
    """An element that shows markup: the only place that hands any to NiceGUI.

    `Markup.format` escapes its arguments; a plain text that is given here all the same is escaped, too.
    """

    def __init__(self, classes: str, content: Markup | None = None) -> None:
        self._element = ui.html(escape(content or ""), sanitize=False).classes(classes)  # noqa: TID251, the only place

    def show(self, content: Markup) -> None:
        """Replace the content."""
        self._element.content = escape(content)


def button(text: str, act: Callable[..., Any], classes: str = "", **attributes: str) -> Text:
    """A button that calls `act` without arguments, which may be a coroutine function."""
    element = Text("button", text, f"button {classes}")
    set_props(element, type="button", **attributes)
    element.on("click", lambda: act())
    return element


def number(label: str, value: str, act: Callable[[str], Any], **attributes: str) -> ui.element:
    """A labelled input for a number; `act` gets the text when the input is left."""
    with box("field", "label"):
        Text("span", label)
        element = Field()
        set_props(element, value=value, **attributes)
        element.on("written", lambda event: act(event.args))
    return element


def switch(label: str, on: bool, act: Callable[[bool], Any]) -> ui.element:
    """A checkbox; `act` gets whether it is checked."""

    def turned(event: Any) -> Any:
        set_props(element, checked=event.args)  # so that a later call finds the state of the browser
        return act(event.args)

    with box("switch", "label"):
        element = ui.element("input")
        set_props(element, type="checkbox", checked=on)
        element.on("change", turned, js_handler="(event) => emit(event.target.checked)")
        Text("span", label)
    return element


def picture(uri: str, alt: str, classes: str = "") -> Markup:
    """An image as markup, with its alternative text."""
    return Markup('<img class="{}" src="{}" alt="{}">').format(classes, uri, alt)
