"""Whose request it is."""

from __future__ import annotations

import pytest

from digitlab.web.access import HostNames, is_cross_site, is_loopback


def test_what_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.9")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.7", "example.org", "")))


@pytest.mark.parametrize(
    "header", ["LocalHost:8000", "localhost", "A.B", "a.b:80", "10.0.0.1", "10.0.0.1:8000", "[::1]", "[::1]:80"]
)
def test_its_names_and_all_addresses_are_known(header: str) -> None:
    names = HostNames("a.B")
    assert header.encode() in names
    assert header.encode() in names  # also the second time


@pytest.mark.parametrize("header", ["", "[", "a.b.c", "a:b", "10.0.0.1.example", "::1:x", "localhost.example"])
def test_other_names_are_unknown(header: str) -> None:
    assert header.encode("latin-1") not in HostNames("a.b")


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
    assert is_cross_site(method, {b"host": b"localhost:8000", **given}) is foreign
