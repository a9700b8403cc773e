"""Text of others as it may be shown: what steers a terminal, or turns the order of letters, stands as "?", as in ls.

That is the control characters of ASCII and Latin-1, Unicode's marks of direction and line breaks, and what of a file's
name is no text.
"""

from __future__ import annotations

import re

_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def one_line(text: str) -> str:
    """A name, or a sentence with names in it; it stays in its line."""
    return lines(text).replace("\n", "?").replace("\t", "?")


def lines(text: str) -> str:
    """Text of several lines."""
    return _STEERS.sub("?", text)
