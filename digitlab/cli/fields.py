"""The fields of a form, as `digitlab predict --template` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digitlab.cli.printing import say

if TYPE_CHECKING:
    from digitlab.runtime.files import Answer
    from digitlab.runtime.reader.form import FormField

HEADER = ["file", "page", "field", "text", "probability", "sure"]


def say_fields(answer: Answer, punctuation: bool) -> None:
    """A line for each field."""
    place = f", page {answer.page} of {answer.pages}" if answer.pages > 1 else ""
    say(f"{answer.file}{place}:")
    for field in answer.fields:
        words = [f"  {field.name}:", _text(field, punctuation), "" if field.is_sure else "(unsure)"]
        say(" ".join(word for word in words if word))


def field_rows(answer: Answer, punctuation: bool) -> list[list[str]]:
    """The cells of `HEADER` for each field; no probability where no digit was found."""
    return [
        [
            answer.file,
            str(answer.page),
            field.name,
            _text(field, punctuation),
            "" if field.probability is None else f"{field.probability:.4f}",
            "yes" if field.is_sure else "no",
        ]
        for field in answer.fields
    ]


def field_documents(answer: Answer) -> list[dict[str, Any]]:
    """The fields for JSON; the probability is null where no digit was found."""
    return [
        {
            "name": field.name,
            "text": _text(field, False),
            "written": _text(field, True),
            "probability": field.probability,
            "sure": field.is_sure,
        }
        for field in answer.fields
    ]


def _text(field: FormField, punctuation: bool) -> str:
    """In one line."""
    return (field.reading.written if punctuation else field.reading.text).replace("\n", " ")
