"""JSON in the strict sense: no NaN, no key twice, no depth that has no use."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from digitlab.serve.limits import MOST_DEPTH
from digitlab.serve.refusals import RequestError

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)  # texts, so that brackets in them do not count


def parse(content: bytes) -> Any:
    """The value that stands in `content`, UTF-8.

    Raises:
        RequestError: no JSON, or more than plain JSON.
    """
    _refuse_depth(content)
    try:
        return _DECODER.decode(content.decode())
    except (ValueError, RecursionError) as error:  # ValueError: also bytes that are no text, and numbers without end
        found = getattr(error, "msg", None) or "bytes that cannot be understood"
        raise _no_json(
            f"{found} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else found
        ) from None


def _refuse_depth(content: bytes) -> None:
    if content.count(b"[") + content.count(b"{") <= MOST_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(content):
        first = content[token.start()]
        depth += (first in b"[{") - (first in b"]}")
        if depth > MOST_DEPTH:
            raise _no_json(f"more than {MOST_DEPTH} levels")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RequestError(
            400, "a key stands twice in one object", found=repr(twice[:60]), remedy="send it once", field=twice[:60]
        )
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise _no_json(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse_constant)


def _no_json(found: str) -> RequestError:
    return RequestError(
        400, "the body is no plain JSON", found=found, remedy="send one JSON object, with numbers that are numbers"
    )
