from __future__ import annotations

from digitlab.images.spec import MNIST, ImageSpec
from digitlab.report.format import decimal, percent, pixels, scientific, short, signed


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_numbers_have_a_true_minus_and_their_decimals() -> None:
    assert [signed(1.25), signed(-0.3), signed(-1, 0)] == ["+1.25", "−0.30", "−1"]
    assert [decimal(1234.5), decimal(-0.3), plain(decimal(7.12e10))] == ["1,234.5000", "−0.3000", "7.1 × 10¹⁰"]
    assert [percent(0.982), percent(0.5, 0)] == ["98.20%", "50%"]


def test_large_and_small_numbers_are_powers_of_ten() -> None:
    assert plain(scientific(2.7e-9)) == "2.7 × 10⁻⁹"
    written = [plain(short(value)) for value in (0, 0.37, 8103.1, 4.9e8, 2.2e-16)]
    assert written == ["0", "0.37", "8,103", "4.9 × 10⁸", "2.2 × 10⁻¹⁶"]


def test_a_size_in_pixels() -> None:
    assert pixels(MNIST) == "28×28 pixels"
    assert pixels(ImageSpec(height=48, width=64, channels=3)) == "64×48 pixels in colour"
