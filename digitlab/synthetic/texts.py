"""What people write in a line of numbers: amounts, decimals, dates, marks, sums; and words beside them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

STRANGE = "x+=$#()'\"°"  # what stands among digits and is not read
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRTUVWXYZ:"  # without those that look like digits
_AFTER_AMOUNTS = (".", ".-", "-", "=", ",-", "--", ".=", "'", '"', "°")

Write = Callable[[np.random.Generator], str]


def number(rng: np.random.Generator) -> str:
    """Characters of `strip.ALPHABET` and of `STRANGE`; a comma stands for a point, a blank for a gap."""
    kinds = list(_KINDS)
    shares = np.array(list(_KINDS.values()))
    return kinds[rng.choice(len(kinds), p=shares / shares.sum())](rng)


def word(rng: np.random.Generator) -> str:
    """Letters at random."""
    return "".join(_LETTERS[i] for i in rng.integers(0, len(_LETTERS), rng.integers(1, 9)))


def _digits(rng: np.random.Generator, count: int) -> str:
    digits = rng.integers(0, 10, count)
    if rng.random() < 0.2:
        digits = rng.choice(digits, count)  # the same ones again, as in 4400
    return "".join(map(str, digits))


def _long(rng: np.random.Generator) -> str:
    return _digits(rng, int(rng.integers(2, 14)))


def _one(rng: np.random.Generator) -> str:
    return _digits(rng, 1)


def _amount(rng: np.random.Generator) -> str:
    value = int(10 ** rng.uniform(2, 6.5))
    if rng.random() < 0.3:
        value = max(1, value // 1000) * 1000
    point = rng.choice(["", ",", ".", " "], p=[0.4, 0.15, 0.4, 0.05])
    after = "" if rng.random() < 0.5 else str(rng.choice(_AFTER_AMOUNTS))
    return f"{value:,}".replace(",", str(point)) + after


def _decimal(rng: np.random.Generator) -> str:
    sign = "-" if rng.random() < 0.2 else ""
    return f"{sign}{rng.integers(1000)}{rng.choice(['.', ','])}{rng.integers(100)}"


def _date(rng: np.random.Generator) -> str:
    return str(rng.choice(["/", ".", "-"])).join(str(rng.integers(1, top)) for top in (32, 13, 2030))


def _marks(rng: np.random.Generator) -> str:
    return " ".join(_digits(rng, int(rng.integers(1, 4))) for _ in range(rng.integers(2, 9)))


def _sum(rng: np.random.Generator) -> str:
    signs = rng.choice(["+", "x", "-", "=", "/"], 3)
    return "".join(_digits(rng, int(rng.integers(1, 3))) + sign for sign in signs) + _digits(rng, 2)


_KINDS: dict[Write, float] = {
    _long: 0.36,
    _amount: 0.22,
    _decimal: 0.1,
    _date: 0.06,
    _marks: 0.14,
    _sum: 0.06,
    _one: 0.06,
}
