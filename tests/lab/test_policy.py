"""The headers that every answer of the lab carries."""

from __future__ import annotations

import re
from urllib.request import urlopen

from tests.lab.lab import Lab


def test_the_page_says_what_may_run_and_who_may_frame_it(lab: Lab) -> None:
    nonces = set()
    for _ in range(2):
        with urlopen(lab.address) as answer:
            policy, text = answer.headers["Content-Security-Policy"], answer.read().decode()
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for part in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"):
            assert part in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        nonce = re.search(r"'nonce-([\w-]+)'", policy)
        assert nonce
        assert set(re.findall(r"<script nonce=\"([^\"]*)\"", text)) == {nonce[1]}
        assert "<script>" not in text
        nonces.add(nonce[1])
    assert len(nonces) == 2
