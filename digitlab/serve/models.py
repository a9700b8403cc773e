"""The bundles that answer: loaded, tried and warm before they do; exchanged for new ones while requests go on."""

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
from digitlab.serve.limits import LIGHT_IMAGES, SECONDS_OF_A_BATCH
from digitlab.serve.refusals import not_found

# To read and try a bundle; the shipped ones take half a second.  The memory is that of the runtime, and three times the
# largest model file.
_TRIAL = Budget(seconds=20, patience=60, mebibytes=4_096)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Model:
    """A bundle at work, under the name by which requests ask for it."""

    name: str
    predictor: Predictor
    version: str  # the bundle's fingerprint

    @classmethod
    def of(cls, name: str, bundle: Bundle) -> Self:
        """A bundle with its golden answers checked, and called with each size of a light batch and a whole one.

        Raises:
            BundleError: it cannot be trusted, or would keep all other requests waiting.
        """
        # One thread a call: requests come side by side, and for a few images two threads only wait for each other.
        predictor = Predictor(bundle, name, threads=1)
        predictor.try_sizes(*range(1, LIGHT_IMAGES), BATCH)
        begun = time.thread_time()
        predictor.try_sizes(LIGHT_IMAGES)
        _refuse_slow(name, time.thread_time() - begun)
        return cls(name, predictor, bundle.info.fingerprint)


def _refuse_slow(name: str, seconds: float) -> None:
    """Small requests are answered in the event loop, one batch after the other."""
    if seconds > SECONDS_OF_A_BATCH:
        raise BundleError(
            f"the bundle {name} is too slow to be served",
            found=f"{seconds:.1f} seconds of a processor for {LIGHT_IMAGES} images",
            remedy=f"use a network that takes at most {SECONDS_OF_A_BATCH:g}",
        )


def tried(name: str, place: str) -> Bundle:
    """A bundle from its folder that can be served: read and tried (raises BundleError)."""
    bundle = read_bundle(bundle_folder(place))
    Model.of(name, bundle)
    return bundle


@dataclass(frozen=True)
class Reloaded:
    """What became of one bundle when all were read again: its new version, or why it stays as it was."""

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
        """Those that answer now."""
        return list(self._active.values())

    def get(self, name: str, version: str | None = None) -> Model:
        """The model that answers now (raises RequestError: no such name or version)."""
        model = self._active.get(name)
        if model is None or version not in (None, model.version):
            found = f"'{name[:64]}'" + (f", version '{version[:64]}'" if version else "")
            raise not_found("there is no such model", found, f"ask for {' or '.join(self._active)}")
        return model

    async def reload(self) -> list[Reloaded]:
        """Read all bundles again; a new one takes over once it is tried and warm, a bad one never does.

        They are read and tried in a process that is killed if that takes too long, so that nothing in a bundle can
        hold up this one.
        """
        trials = self._trials = Isolated(1, _TRIAL)
        try:
            return [await self._reloaded(trials, name, place) for name, place in self._places.items()]
        finally:
            trials.close()

    def close(self) -> None:
        """Kill the process in which bundles are tried."""
        if self._trials is not None:
            self._trials.close()

    async def _reloaded(self, trials: Isolated, name: str, place: str) -> Reloaded:
        old = self._active[name]
        try:
            bundle: Bundle = await trials.do(tried, name, place)
            if bundle.info.fingerprint == old.version:
                return Reloaded(name, old.version)
            new = await asyncio.to_thread(Model.of, name, bundle)
        except OverBudgetError:
            most = f"more than {_TRIAL.seconds:.0f} seconds of a processor, or {_TRIAL.mebibytes} MiB"
            return Reloaded(name, old.version, refused=f"it takes too long or too much memory; found: {most}")
        except DigitlabError as error:
            return Reloaded(name, old.version, refused=f"{error.problem}; found: {error.found}")
        except Exception as error:  # whatever it is, the others are read and this one is told
            return Reloaded(name, old.version, refused=f"it cannot be used; found: {error!r}"[:500])
        self._active = {**self._active, name: new}  # in one step, since requests read it meanwhile
        return Reloaded(name, new.version, changed=True)


def named(places: tuple[str, ...]) -> dict[str, str]:
    """Each place by the name that requests use: that of its folder.

    Raises:
        UsageError: a name that cannot stand in an address, or two of the same.
    """
    names: dict[str, str] = {}
    for place in places:
        name = bundle_folder(place).name if place in shipped_names() else Path(place).expanduser().absolute().name
        if not _NAME.fullmatch(name):
            raise UsageError(
                "this folder's name cannot stand in an address",
                found=f"'{name}'",
                remedy="rename it: letters, digits, dots, dashes, at most 64",
            )
        if name in names:
            raise UsageError(
                "two bundles have the same name", found=f"{names[name]} and {place}", remedy="rename one of the folders"
            )
        names[name] = place
    return names
