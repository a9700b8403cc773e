"""Whose request it is."""

from __future__ import annotations

import pytest

from digitlab.web.access import host_name, is_address, is_foreign, is_loopback


def test_what_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.9")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.7", "example.org", "")))


@pytest.mark.parametrize(
    ("header", "name"),
    [("LocalHost:8000", "localhost"), ("[::1]:80", "[::1]"), ("a.b", "a.b"), ("a:b", "a:b"), ("", "")],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


def test_what_is_an_address() -> None:
    assert all(map(is_address, ("10.0.0.1", "[::1]", "::1")))
    assert not any(map(is_address, ("localhost", "10.0.0.1.example", "", "[")))


HERE, ELSEWHERE = "http://localhost:8000", "http://evil.example"


@pytest.mark.parametrize(
    ("method", "headers", "foreign"),
    [
        ("POST", {}, False),  # a program
        ("POST", {"origin": HERE}, False),
        ("POST", {"origin": HERE.upper()}, False),
        ("POST", {"origin": ELSEWHERE}, True),
        ("GET", {"origin": ELSEWHERE}, True),
        ("POST", {"origin": "http://localhost:3000"}, True),
        ("POST", {"origin": "null"}, True),
        ("POST", {"origin": "http://["}, True),
        ("POST", {"sec-fetch-site": "cross-site"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("GET", {"sec-fetch-site": "cross-site"}, False),  # a link leads here
        ("POST", {"sec-fetch-site": "none"}, False),
        ("POST", {"sec-fetch-site": "same-origin", "origin": "https://digits.example"}, False),  # behind a proxy
    ],
)
def test_pages_of_other_sites_are_told_apart(method: str, headers: dict[str, str], foreign: bool) -> None:
    given = {name.encode(): value.encode() for name, value in headers.items()}
    assert is_foreign(method, {b"host": b"localhost:8000", **given}) is foreign
