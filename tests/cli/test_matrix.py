from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from digitlab.cli import matrix


@pytest.fixture
def image() -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[10:12, 5:23] = [[7] * 18, [200] * 18]
    return image


def printed(image: np.ndarray, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, no_color=True, color_system=None)
    matrix.print_on_terminal(image, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_plain_text_is_what_numpy_reads(image: np.ndarray) -> None:
    np.testing.assert_array_equal(np.loadtxt(matrix.plain(image).splitlines()), image)


def test_a_wide_terminal_shows_all_columns_with_dots_for_zeros(image: np.ndarray) -> None:
    lines = printed(image, 112)
    assert len(lines) == 28
    assert lines[0].split() == ["·"] * 28
    assert lines[10].split() == ["·"] * 5 + ["7"] * 18 + ["·"] * 5


def test_a_narrow_terminal_leaves_out_empty_margins_and_says_so(image: np.ndarray) -> None:
    lines = printed(image, 80)
    assert lines[0] == "columns 5 to 22 of 0 to 27; all others are 0"
    assert lines[11].split() == ["7"] * 18


def test_an_image_without_ink_is_shown_whole(image: np.ndarray) -> None:
    assert len(printed(image * 0, 112)) == 28


def test_a_larger_image_is_shown_as_means_that_fit() -> None:
    image = np.random.default_rng(0).integers(10, 256, (6, 42), np.uint8)
    lines = printed(image, 44)
    assert lines[0] == "mean of each 4×4 pixels; --json gives all"
    shown = np.array([line.split() for line in lines[1:]], int)
    assert shown.shape == (2, 11)
    assert shown[0, 0] == round(image[:4, :4].mean())
    assert shown[1, 10] == round(image[4:, 40:].mean())  # what is left at the corner
