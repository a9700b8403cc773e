"""Seeded mistakes: every mistake of the list planted into a correct program, where it makes sense there.

`mutants(source, seed)` gives them; tests/checker/mutations/ has one file for each family of mistakes.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.checker.mutations import behaviour, data, learning, loss, output, start, structure
from tests.checker.mutations.registry import MUTATIONS, Mutation

FAMILIES = (output, loss, data, structure, start, learning, behaviour)  # loading them fills the registry

# TensorFlow may stop these in the first step, with a message of its own: the mistake is there all the same, and is
# looked for.  Of hard outputs those that have no gradient are stopped, not those that are hard at inference only.
STOPPED_BY_TENSORFLOW = frozenset({"wrong-rank", "one-hot-against-sparse", "layer-made-in-call", "hard-output"})

__all__ = ["MUTATIONS", "STOPPED_BY_TENSORFLOW", "Mutant", "Mutation", "mutants"]


@dataclass(frozen=True)
class Mutant:
    """A program with one mistake, and the mistake's name."""

    name: str
    source: str
    family: str


def mutants(source: str, seed: int, each: int = 1) -> Iterator[Mutant]:
    """At most `each` mutants for every mistake; the same seed gives the same ones, whatever else is registered."""
    for name, mutation in MUTATIONS.items():
        rng = random.Random(zlib.crc32(f"{seed} {name}".encode()))
        for _, text in zip(range(each), mutation.drawn(source, rng), strict=False):
            yield Mutant(name, text, mutation.family)
