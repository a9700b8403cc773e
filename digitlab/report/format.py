"""Numbers as the pages write them: with a true minus, thousands apart, powers of ten."""

from __future__ import annotations

from digitlab.images.spec import ImageSpec

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def percent(share: float, decimals: int = 2) -> str:
    """Like "98.20%"."""
    return f"{100 * share:.{decimals}f}%"


def signed(value: float, decimals: int = 2) -> str:
    """Like "+1.25" or "−0.30"."""
    return f"{value:+.{decimals}f}".replace("-", "−")


def decimal(value: float) -> str:
    """Four decimals, like "1,234.5000" or "−0.3000"; a million and more as a power of ten."""
    return f"{value:,.4f}".replace("-", "−") if abs(value) < 1e6 else scientific(value)


def pixels(spec: ImageSpec) -> str:
    """Like "28×28 pixels" or "64×64 pixels in colour"."""
    return f"{spec.width}×{spec.height} pixels{' in colour' * (spec.channels == 3)}"


def scientific(value: float) -> str:
    """Like "2.7 × 10⁻⁹", which does not break across lines."""
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def short(value: float) -> str:
    """A positive number of any size: "0.37", "8,103", "4.9 × 10⁸"."""
    if value == 0 or 0.001 <= value < 1e6:
        return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return scientific(value)
