"""Which bundles can be served, and under which names."""

from __future__ import annotations

import pytest

from digitlab.errors import BundleError, UsageError
from digitlab.runtime.bundle import read_bundle
from digitlab.runtime.places import bundle_folder
from digitlab.serve import models
from digitlab.serve.http_errors import RequestError
from digitlab.serve.models import Model, Models, named


def test_a_bundle_has_the_name_of_its_folder() -> None:
    assert list(named(("softmax", "mlp:128", "/runs/cnn-2026-11-28T06-31-19/"))) == [
        "softmax", "mlp-128", "cnn-2026-11-28T06-31-19"
    ]  # fmt: skip


def test_a_name_that_is_no_part_of_a_url_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        named(("/runs/my run",))
    assert str(caught.value) == (
        "the name of this folder cannot be part of a URL\n  found: 'my run'\n"
        "  to do: rename it: at most 64 letters, digits, dots, dashes and underscores"
    )


def test_two_bundles_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two bundles have the same name\n  found: a/current and b/current"):
        named(("a/current", "b/current"))


def test_a_slow_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MAX_BATCH_SECONDS", 0)
    bundle = read_bundle(bundle_folder("softmax"))
    with pytest.raises(BundleError, match="the bundle mine is too slow to be served"):
        Model.of("mine", bundle)


def test_an_unknown_version_is_not_found() -> None:
    with pytest.raises(RequestError, match="unknown model or version\n  found: 'softmax', version '1'") as caught:
        Models(("softmax",)).get("softmax", "1")
    assert (caught.value.status, caught.value.reason) == (404, "not-found")
