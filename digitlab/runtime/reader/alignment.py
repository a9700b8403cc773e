"""Where a form lies in a picture of it: a projection, found by what is printed on the form.

Turns and sizes are tried on small pictures, the shift of each found by correlation; then Gauss-Newton steps bring the
printed parts onto each other in finer and finer pictures (B. D. Lucas, T. Kanade, "An iterative image registration
technique", 1981), with both normalised as in G. D. Evangelidis, E. Z. Psarakis, "Parametric image alignment using
enhanced correlation coefficient maximization", 2008.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

from digitlab.images.picture import Picture, reduced

# Of the longer side in pixels, from coarse to fine, each with the parameters that are fitted: an affine map, then a
# projection.  The last level is as fine as a line of print needs.
_LEVELS = ((128, 6), (256, 8), (512, 8))
_BLUR = 1.5  # pixels of a level: two lines of print that far apart still pull each other
_AROUND, _PRINT = 9, 0.1  # pixels around print are compared, and what share of the blackest is print
_TURNS = [90 * quarter + small for quarter in range(4) for small in (-6, -3, 0, 3, 6)]  # degrees
_SIZES = np.geomspace(0.5, 1.2, 11)  # of the form's longer side to the picture's
_STEPS, _STILL = 20, 1e-4  # at each level, and the step in half sides of a form that ends them
_NEAREST = 0.2  # of the distance to the form's middle: nobody photographs at such an angle

Matrix = NDArray[np.float64]


class Alignment(NamedTuple):
    """Where a form lies in a picture.

    Attributes:
        projection: [3, 3], points of the form → points of the picture, homogeneous, both in pixels from the upper left
            corner.
        correlation: of what is printed on both, at most 1.
    """

    projection: Matrix
    correlation: float

    def cut(self, page: Picture, box: NDArray[np.int64]) -> Picture:
        """A box of the form, [left, top, right, bottom], out of the picture, upright and as fine as it is there."""
        corners = self._corners(box)
        left, top, right, bottom = box
        scale = np.linalg.norm(corners[:, 1] - corners[:, 0]) / (bottom - top)
        matrix = self.projection @ [[1 / scale, 0, left], [0, 1 / scale, top], [0, 0, 1]]
        size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
        place = (matrix / matrix[2, 2]).ravel()[:8].tolist()
        image = Image.fromarray(page)
        return np.asarray(image.transform(size, Image.Transform.PERSPECTIVE, place, Image.Resampling.BILINEAR))

    def shows(self, page: Picture, box: NDArray[np.int64]) -> bool:
        """Whether all of the box lies in the picture."""
        corners = self._corners(box).T
        return bool(((corners >= 0) & (corners <= page.shape[::-1])).all())

    def _corners(self, box: NDArray[np.int64]) -> Matrix:
        """Its corners in the picture, float64 [2, 4], from the upper left one downwards and around."""
        left, top, right, bottom = box
        x, y, depth = self.projection @ [[left, left, right, right], [top, bottom, bottom, top], [1, 1, 1, 1]]
        return np.stack([x / depth, y / depth])


def align(form: Picture, counts: Picture, page: Picture) -> Alignment:
    """Find a form in a picture.

    Args:
        form: the empty form, [H, W], bright ink on even paper (`flat_sheet`).
        counts: [H, W], 1 where the form is compared and 0 where people write.
        page: the picture, such ink too, in any size.
    """
    starts = _starts(*_level(form, counts, page, _LEVELS[0][0]))
    found = [(matrix, 0.0) for matrix in starts]
    for side, parameters in _LEVELS:
        level = _level(form, counts, page, side)
        found = [max((_fitted(matrix, *level, parameters) for matrix, _ in found), key=lambda pair: pair[1])]
    ((matrix, correlation),) = found
    return Alignment(np.linalg.inv(_frame(page.shape)) @ matrix @ _frame(form.shape), correlation)


def _level(form: Picture, counts: Picture, page: Picture, side: int) -> tuple[Picture, Picture, Picture]:
    small, ink = (ndimage.gaussian_filter(reduced(picture, side), _BLUR) for picture in (form, page))
    return small, reduced(counts, side), ink


def _frame(shape: tuple[int, ...]) -> Matrix:
    """Pixels → the frame in which the longer side goes from -1 to 1."""
    height, width = shape
    half = max(shape) / 2
    return np.array([[1 / half, 0, -width / 2 / half], [0, 1 / half, -height / 2 / half], [0, 0, 1]])


def _starts(form: Picture, counts: Picture, page: Picture) -> list[Matrix]:
    """The best guess in each of four turns."""
    side = 2 * max(*form.shape, *page.shape)
    print_ = (form - np.average(form, weights=counts)) * counts
    seen = fft.rfft2(page - page.mean(), (side, side))
    best: dict[int, tuple[float, Matrix]] = {}
    for turn, size in product(_TURNS, _SIZES):
        angle, scale = np.radians(turn), size * max(page.shape) / max(form.shape)
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        patch = _patch(print_, rotation / scale, side)
        score = fft.irfft2(seen * np.conj(fft.rfft2(patch)), (side, side))
        row, column = divmod(int(np.argmax(score)), side)
        height = float(score[row, column] / max(np.linalg.norm(patch), 1e-9))
        quarter = (turn + 45) // 90
        if quarter not in best or height > best[quarter][0]:
            best[quarter] = height, _start(rotation * size, (row, column), page.shape, side)
    return [matrix for _, matrix in best.values()]


def _patch(print_: Picture, back: Matrix, side: int) -> Picture:
    """The form's print turned and scaled, its middle in that of a square."""
    (a, b), (c, d) = back.T.tolist()
    x, y = print_.shape[1] / 2, print_.shape[0] / 2
    place = (a, b, x - (a + b) * side / 2, c, d, y - (c + d) * side / 2)
    return np.asarray(
        Image.fromarray(print_).transform((side, side), Image.Transform.AFFINE, place, Image.Resampling.BILINEAR)
    )


def _start(turned: Matrix, shift: tuple[int, int], shape: tuple[int, ...], side: int) -> Matrix:
    """The guess as a map from frame to frame, where the correlation is highest at this shift of the square."""
    down, across = ((place + side // 2) % side for place in shift)
    matrix = np.eye(3)
    matrix[:2, :2] = turned
    matrix[:, 2] = _frame(shape) @ (across, down, 1)
    return matrix


def _fitted(matrix: Matrix, form: Picture, counts: Picture, page: Picture, parameters: int) -> tuple[Matrix, float]:
    """The map after its steps at one level, with the correlation that it reaches."""
    near = ndimage.maximum_filter(form, _AROUND) > _PRINT * form.max()
    rows, columns = np.nonzero((counts > 0.5) & near)
    points = _frame(form.shape) @ np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
    wanted, _ = _normalised(form[rows, columns])
    slopes = [ndimage.convolve1d(page, [0.5, 0, -0.5], axis) for axis in (0, 1)]
    to_pixels = np.linalg.inv(_frame(page.shape))
    best, highest = matrix, -1.0
    for _ in range(_STEPS):
        x, y, depth = matrix @ points
        if depth.min() < _NEAREST:
            break
        x, y = x / depth, y / depth
        places = (to_pixels @ np.stack([x, y, np.ones(len(x))]))[1::-1] - 0.5
        seen, spread = _normalised(ndimage.map_coordinates(page, places, order=1))
        if seen @ wanted > highest:
            best, highest = matrix, float(seen @ wanted)
        down, across = (ndimage.map_coordinates(slope, places, order=1) / spread * to_pixels[0, 0] for slope in slopes)
        sides = np.concatenate([across * points, down * points, -(across * x + down * y) * points[:2]]) / depth
        sides = sides[:parameters]
        normal = sides @ sides.T
        step = np.linalg.solve(normal + 1e-6 * (np.trace(normal) + 1) * np.eye(parameters), sides @ (wanted - seen))
        matrix = matrix + np.append(step, np.zeros(9 - parameters)).reshape(3, 3)
        if np.abs(step).max() < _STILL:
            break
    return best, highest


def _normalised(values: Picture) -> tuple[Picture, float]:
    """The values less their mean, of length 1, and their length before."""
    centred = values - values.mean()
    length = max(float(np.linalg.norm(centred)), 1e-9)
    return centred / length, length
