from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitlab.serve.limits import MOST_DEPTH
from digitlab.serve.refusals import RequestError
from digitlab.serve.strict_json import parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def refused(content: bytes) -> str:
    with pytest.raises(RequestError) as caught:
        parse(content)
    assert caught.value.status == 400
    return caught.value.found


@given(value=VALUES)
def test_plain_json_comes_through(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(content=st.binary(max_size=40))
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf{}")
@example(b"1" * 5_000)
@example(b'"\\ud800"')
def test_whatever_it_is_no_other_error_comes_out(content: bytes) -> None:
    with contextlib.suppress(RequestError):
        parse(content)


@pytest.mark.parametrize("content", [b"NaN", b'{"a": Infinity}', b"[-Infinity]"])
def test_what_is_no_number_is_refused(content: bytes) -> None:
    assert refused(content) in ("NaN", "Infinity", "-Infinity")


@pytest.mark.parametrize("content", [b'{"a": 1, "a": 1}', b'[{"b": {"a": 1, "c": 2, "a": 3}}]'])
def test_a_key_that_stands_twice_is_refused(content: bytes) -> None:
    assert refused(content) == "'a'"


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_depth_has_a_limit() -> None:
    parse(nested(MOST_DEPTH))
    assert refused(nested(MOST_DEPTH + 1)) == f"more than {MOST_DEPTH} levels"
    assert refused(b"[" * 1_000_000) == f"more than {MOST_DEPTH} levels"
    assert refused(b'{"a":' * 1_000_000) == f"more than {MOST_DEPTH} levels"


def test_brackets_in_texts_do_not_count() -> None:
    text = "[{" * 50 + '\\"'
    assert parse(json.dumps([text]).encode()) == [text]
    assert parse(b"[" + b",".join([b"[]"] * 50) + b"]") == [[]] * 50


def test_closing_brackets_in_texts_hide_nothing() -> None:
    assert "levels" in refused(b'["' + b"]" * 50 + b'",' + nested(MOST_DEPTH) + b"]")
