"""The bundles that answer: loaded, tried and warm before they do; exchanged for new ones while requests go on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from digitlab.errors import DigitlabError, UsageError
from digitlab.runtime.places import bundle_folder, shipped_names
from digitlab.runtime.predictor import Predictor, load_model
from digitlab.serve.limits import LIGHT_IMAGES
from digitlab.serve.refusals import not_found

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Model:
    """A bundle at work, under the name by which requests ask for it."""

    name: str
    predictor: Predictor
    version: str  # the bundle's fingerprint

    @classmethod
    def loaded(cls, name: str, place: str) -> Self:
        """From its folder: fingerprints and golden answers checked, and called with each size of a light batch.

        Raises:
            BundleError: it cannot be trusted.
        """
        # One thread a call: requests come side by side, and for a few images two threads only wait for each other.
        predictor = load_model(place, threads=1)
        for size in range(1, LIGHT_IMAGES + 1):
            predictor.run(predictor.outputs, np.zeros((size, 28, 28), np.uint8))
        return cls(name, predictor, predictor.info.fingerprint)


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
        self._active = {name: Model.loaded(name, place) for name, place in self._places.items()}
        self.first = next(iter(self._active))

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

    def reload(self) -> list[Reloaded]:
        """Read all bundles again; a new one takes over once it is tried and warm, a bad one never does."""
        return [self._reloaded(name, place) for name, place in self._places.items()]

    def _reloaded(self, name: str, place: str) -> Reloaded:
        old = self._active[name]
        try:
            new = Model.loaded(name, place)
        except DigitlabError as error:
            return Reloaded(name, old.version, refused=f"{error.problem}; found: {error.found}")
        if new.version == old.version:
            return Reloaded(name, old.version)
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
