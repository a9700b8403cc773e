"""Reads the named boxes of filled forms, which are first aligned to a picture of the empty form."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.errors import DataError, TooLargeError
from digitlab.images.decode import open_page
from digitlab.images.picture import Picture, resized
from digitlab.preprocess.ink import measure
from digitlab.runtime.annotate import MIN_SURE
from digitlab.runtime.reader.alignment import Alignment, align
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import Reading, read
from digitlab.runtime.reader.sheet import flat_sheet
from digitlab.runtime.reader.template import check_boxes, read_template

_MARGIN = 0.06  # of a box's shorter side, which its frame takes
# Photographs of a form composed by program reach 0.86 or more (n = 60), those of other forms 0.47 at most (n = 30).
_MIN_CORRELATION = 0.6
_FAINT = 0.1  # of all light is not reflected: what absorbs less is no stroke, however even the paper is
# Of the square of a box's height, the least area of a piece of ink: a dash.  On the same photographs the largest piece
# of a filled box takes 0.086 or more, 0.055 with strokes a third as dark (n = 196 each); 44 empty ones have none.
_STROKE = 0.005
_NEAR = 5  # pixels around what is printed in a box, which is no writing


@dataclass(frozen=True)
class FormField:
    """What is written in a box of a form.

    Attributes:
        name: of the box.
        reading: its digits, with their boxes in the aligned cut; none where nothing is written.
        is_written: whether there is ink that the empty form does not have.
        is_whole: whether the picture shows all of the box.
    """

    name: str
    reading: Reading
    is_written: bool
    is_whole: bool

    @property
    def probability(self) -> float | None:
        """That all of its digits are right, if they are independent; None without digits."""
        found = self._probabilities
        return prod(found) if found else None

    @property
    def is_sure(self) -> bool:
        """Whether it is empty, or each of its digits at least 90% sure."""
        found = self._probabilities
        return self.is_whole and (min(found) >= MIN_SURE if found else not self.is_written)

    @property
    def _probabilities(self) -> list[float]:
        return [digit.probability for line in self.reading.lines for digit in line]


class Form:
    """An empty form and its boxes; reads filled ones.

    Args:
        path: of the template.

    Raises:
        DataError: the template or the picture of the empty form cannot be read.
        UsageError: the template has other keys, or a box that is empty or lies outside of the form.
    """

    def __init__(self, path: Path) -> None:
        self.path, template = path, read_template(path)
        picture, _, _, side = open_page(path.parent / template.form, 1)
        scale = side / max(picture.shape)
        height, width = picture.shape
        check_boxes(path, template, (round(scale * width), round(scale * height)))
        self._boxes = {name: _inside(np.array(box) / scale) for name, box in template.boxes.items()}
        self._ink = flat_sheet(picture)
        self._counts = np.ones_like(self._ink)
        for left, top, right, bottom in self._boxes.values():
            self._counts[top:bottom, left:right] = 0
        if not (self._ink * self._counts > _FAINT).any():
            raise DataError(
                f"{template.form} shows nothing that a form could be aligned by",
                found="no print outside of the boxes",
                remedy="give a picture of the form with its frames and words, and its boxes inside of the frames",
            )

    def read(self, picture: Picture, name: str) -> list[FormField]:
        """What is written in each box.

        Args:
            picture: grey, [H, W], of the filled form, turned, shifted and in any size.
            name: of the picture, for errors.

        Raises:
            DataError: the picture does not show this form.
        """
        page = flat_sheet(picture)
        alignment = align(self._ink, self._counts, page)
        if alignment.correlation < _MIN_CORRELATION:
            raise DataError(
                f"{name} does not show the form of {self.path}",
                found=f"the printed parts have a correlation of {alignment.correlation:.2f} at best, not of "
                f"{_MIN_CORRELATION} or more",
                remedy="give a picture of the whole form, as flat as possible; or the template of this form",
            )
        return [self._field(field, box, page, alignment) for field, box in self._boxes.items()]

    def _field(self, name: str, box: NDArray[np.int64], page: Picture, alignment: Alignment) -> FormField:
        left, top, right, bottom = box
        cut = alignment.cut(page, box)
        is_written = _is_written(cut, resized(self._ink[top:bottom, left:right], cut.shape))
        found = _read(cut) if is_written else Reading(())
        return FormField(name, found, is_written, alignment.shows(page, box))


def _read(cut: Picture) -> Reading:
    """Its digits; none of a scribble with more marks than digits have."""
    try:
        return read(cut, line_network(), upright=True)
    except TooLargeError:
        return Reading(())


def _is_written(cut: Picture, printed: Picture) -> bool:
    """Whether a box has ink where nothing is printed on the empty form: a piece as large as a stroke."""
    smooth = ndimage.gaussian_filter(cut, 1)
    levels = measure(smooth)
    free = ndimage.maximum_filter(printed, _NEAR) < _FAINT
    labels, _ = ndimage.label((smooth > max(_FAINT, levels.noise if levels else 0)) & free)
    return bool(np.bincount(labels[labels > 0], minlength=1).max() >= _STROKE * len(cut) ** 2)


def _inside(box: NDArray[np.float64]) -> NDArray[np.int64]:
    """The box without its frame."""
    margin = max(2, _MARGIN * min(box[2:] - box[:2]))
    inside: NDArray[np.int64] = np.rint(box + margin * np.array([1, 1, -1, -1])).astype(np.int64)
    return inside
