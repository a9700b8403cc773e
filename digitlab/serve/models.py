"""The served bundles: checked and warmed up before they answer, and reloaded while requests are answered."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from digitlab.base.isolated import Budget, Isolated, OverBudgetError
from digitlab.errors import BundleError, DigitlabError, UsageError
from digitlab.runtime.bundle import Bundle, read_bundle
from digitlab.runtime.network import BATCH
from digitlab.runtime.places import bundle_folder, shipped_names
from digitlab.runtime.predictor import Predictor
from digitlab.serve.http_errors import not_found
from digitlab.serve.limits import LIGHT_IMAGES, MAX_BATCH_SECONDS

# To read and check a bundle; the shipped ones take half a second.  The memory is that of the runtime plus three times
# the largest model file.
_TRIAL = Budget(seconds=20, patience=60, mebibytes=4_096)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Model:
    """A served bundle."""

    name: str  # in requests
    predictor: Predictor
    version: str  # the bundle's fingerprint

    @classmethod
    def of(cls, name: str, bundle: Bundle) -> Self:
        """Check a bundle's golden answers, and call it with each size of a light batch and a full one.

        Raises:
            BundleError: its answers are wrong, or it is so slow that it would block all other requests.
        """
        # One thread per call: requests arrive in parallel, and for few images two threads only wait for each other.
        predictor = Predictor(bundle, name, threads=1)
        predictor.try_sizes(*range(1, LIGHT_IMAGES), BATCH)
        started = time.thread_time()
        predictor.try_sizes(LIGHT_IMAGES)
        seconds = time.thread_time() - started
        if seconds > MAX_BATCH_SECONDS:  # light requests are answered in the event loop, one batch after the other
            raise BundleError(
                f"the bundle {name} is too slow to be served",
                found=f"{seconds:.1f} seconds of processor time for {LIGHT_IMAGES} images",
                remedy=f"use a network that takes at most {MAX_BATCH_SECONDS:g} seconds",
            )
        return cls(name, predictor, bundle.info.fingerprint)


def checked_bundle(name: str, place: str) -> Bundle:
    """Read a bundle and check that it can be served (raises BundleError)."""
    bundle = read_bundle(bundle_folder(place))
    Model.of(name, bundle)
    return bundle


@dataclass(frozen=True)
class Reloaded:
    """The result of reloading one bundle: its version, and why it was refused."""

    name: str
    version: str
    changed: bool = False
    refused: str | None = None


class Models:
    """All models of a service.

    Args:
        places: folders or names of bundles.

    Raises:
        DigitlabError: one of them cannot be used, or two have the same name.
    """

    def __init__(self, places: tuple[str, ...]) -> None:
        self._places = named(places)
        self._active = {name: Model.of(name, read_bundle(bundle_folder(place))) for name, place in self._places.items()}
        self.first = next(iter(self._active))
        self._trials: Isolated | None = None

    def all(self) -> list[Model]:
        """The current models."""
        return list(self._active.values())

    def get(self, name: str, version: str | None = None) -> Model:
        """The current model of this name (raises RequestError: unknown name or version)."""
        model = self._active.get(name)
        if model is None or version not in (None, model.version):
            found = f"'{name[:64]}'" + (f", version '{version[:64]}'" if version else "")
            raise not_found("unknown model or version", found, f"ask for {' or '.join(self._active)}")
        return model

    async def reload(self) -> list[Reloaded]:
        """Read all bundles again; a new one replaces the old once it is checked and warm, a bad one never does.

        They are read and checked in a process that is killed if that takes too long, so that no bundle can block this
        one.
        """
        trials = self._trials = Isolated(1, _TRIAL)
        try:
            return [await self._reloaded(trials, name, place) for name, place in self._places.items()]
        finally:
            trials.close()

    def close(self) -> None:
        """Kill the process in which bundles are checked."""
        if self._trials is not None:
            self._trials.close()

    async def _reloaded(self, trials: Isolated, name: str, place: str) -> Reloaded:
        old = self._active[name]
        try:
            bundle: Bundle = await trials.do(checked_bundle, name, place)
            if bundle.info.fingerprint == old.version:
                return Reloaded(name, old.version)
            new = await asyncio.to_thread(Model.of, name, bundle)
        except OverBudgetError:
            most = f"more than {_TRIAL.seconds:.0f} seconds of processor time, or {_TRIAL.mebibytes} MiB"
            return Reloaded(name, old.version, refused=f"it takes too long or too much memory; found: {most}")
        except DigitlabError as error:
            return Reloaded(name, old.version, refused=f"{error.problem}; found: {error.found}")
        except Exception as error:  # whatever it is, it is logged and the other bundles are read
            return Reloaded(name, old.version, refused=f"it cannot be used; found: {error!r}"[:500])
        self._active = {**self._active, name: new}  # one assignment, since requests read it concurrently
        return Reloaded(name, new.version, changed=True)


def named(places: tuple[str, ...]) -> dict[str, str]:
    """Each place by the name of its folder (raises UsageError: a name not fit for a URL, or two of the same)."""
    names: dict[str, str] = {}
    for place in places:
        name = bundle_folder(place).name if place in shipped_names() else Path(place).expanduser().absolute().name
        if not _NAME.fullmatch(name):
            raise UsageError(
                "the name of this folder cannot be part of a URL",
                found=f"'{name}'",
                remedy="rename it: at most 64 letters, digits, dots, dashes and underscores",
            )
        if name in names:
            raise UsageError(
                "two bundles have the same name", found=f"{names[name]} and {place}", remedy="rename one of the folders"
            )
        names[name] = place
    return names
