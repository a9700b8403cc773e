"""What a mutation is: candidates for one mistake in one program, of which one is drawn."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.checker.mutations.program import Plan, Program

Candidates = Callable[[Program], Iterable[Plan]]


@dataclass(frozen=True)
class Mutation:
    """One mistake: its name, its family, and the ways to plant it into a program."""

    name: str
    family: str
    candidates: Candidates

    def __call__(self, source: str, rng: random.Random) -> str | None:
        """The program with the mistake, or None where it would make no sense."""
        return next(self.drawn(source, rng), None)

    def drawn(self, source: str, rng: random.Random) -> Iterator[str]:
        """All ways to plant it, in random order, each as a program that compiles and differs."""
        program = Program(source)
        texts = list(dict.fromkeys(program.applied(plan) for plan in self.candidates(program) if plan))
        rng.shuffle(texts)
        yield from (text for text in texts if ast.dump(ast.parse(text)) != ast.dump(program.tree))


MUTATIONS: dict[str, Mutation] = {}


def mutation(name: str, family: str) -> Callable[[Candidates], Candidates]:
    """Registers a function that gives the candidates of one mistake."""

    def register(candidates: Candidates) -> Candidates:
        MUTATIONS[name] = Mutation(name, family, candidates)
        return candidates

    return register
