"""The bytes of any picture → brightness or colours, with bounded memory, whatever the bytes are.

Training data and pictures to predict are both decoded here, so that a model sees them alike.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from digitlab.base.files import read_capped, reading
from digitlab.base.isolated import Budget, OverBudgetError
from digitlab.errors import DataError, TooLargeError
from digitlab.images import formats
from digitlab.images.geometry import in_channels
from digitlab.images.picture import Picture, as_picture

MAX_BYTES = 64 * 2**20  # of a file
MAX_PIXELS = 50_000_000  # of a picture; a phone's photograph has 12 million
MIN_SIDE = 5  # pixels of the longer side; people can still read digits of this size
# Longer pictures are reduced to between this and twice this: enough for a sheet of digits, and fast.
WORKING_SIDE = 1600
# For an untrusted picture, opened in a process of its own; an honest one takes 1 s, the largest page 3 s and 600 MiB.
BUDGET = Budget(seconds=8, patience=30, mebibytes=1_024)
MAX_SCANS = 100  # of a JPEG; encoders write 10.  Each is a pass over all pixels, and takes as few as 37 bytes.
# Of whose pages one was chosen, or with a preview behind the picture, as phones write them.
_MANY = ("TIFF", "MPO", "HEIF")
_SAVE_AS = "save it as PNG or JPEG"
_GIVE_A_WHOLE_ONE = f"give a whole picture; if it opens elsewhere, {_SAVE_AS}"
_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)  # of a segment; the other codes occur inside one
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


class Decoded(NamedTuple):
    """A picture, or a page of a file with several."""

    picture: Picture
    pixels: int  # that were decoded: of a large JPEG, fewer than it has
    pages: int  # of its file
    side: int  # pixels of its longer side in the file; `picture` may be reduced


def open_picture(source: Path | bytes, max_pixels: int = MAX_PIXELS, *, colour: bool = False) -> Picture:
    """Decode a picture file as a viewer shows it: upright, its first page, transparency on white.

    Args:
        source: a file, or its bytes.
        max_pixels: a picture with more is refused.
        colour: keep the colours; else grey.

    Returns:
        Brightness, float32 [H, W] from 0 to 1, or in colour [H, W, 3]; long pictures are reduced (`WORKING_SIDE`).

    Raises:
        DataError: not a picture of a known format, or one that is damaged, animated, too large or too small.
    """
    return open_page(source, 1, max_pixels, colour=colour).picture


def open_page(source: Path | bytes, page: int, max_pixels: int = MAX_PIXELS, *, colour: bool = False) -> Decoded:
    """As `open_picture`, one page, from 1, of a PDF or a TIFF (raises DataError, too, where there is no such page)."""
    name = "the picture" if isinstance(source, bytes) else str(source)
    with reading(name, _GIVE_A_WHOLE_ONE):
        content = source if isinstance(source, bytes) else read_capped(source, MAX_BYTES)
    return decoded(name, content, max_pixels, page=page, colour=colour)


def decoded(
    name: str, content: bytes, max_pixels: int, max_decoded: int = MAX_PIXELS, *, page: int = 1, colour: bool = False
) -> Decoded:
    """As `open_page`, of bytes, and never more than `max_decoded`.

    Args:
        name: for errors.
        content: the bytes of a file.
        max_pixels: a picture with more is refused.
        max_decoded: a picture for which more must be decoded is not begun.
        page: of a file with several, from 1.
        colour: keep the colours; else grey.

    Raises:
        DataError: as `open_picture`.
        OverBudgetError: more than `max_decoded`.
    """
    with _decoding(name, max_pixels):
        picture, pages, side = _opened(name, content, page, max_pixels)
    pixels = picture.width * picture.height
    if pixels > max_decoded:
        raise OverBudgetError
    with _decoding(name, max_pixels):
        return Decoded(_values(_smaller(_plain(ImageOps.exif_transpose(picture))), colour), pixels, pages, side)


@contextmanager
def _decoding(name: str, max_pixels: int) -> Iterator[None]:
    """Turn whatever Pillow raises into a `DataError`."""
    with reading(name, _GIVE_A_WHOLE_ONE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd but readable files
        try:
            yield
        except Image.DecompressionBombError as error:
            raise _too_large(name, str(error).split(",")[0], max_pixels) from None
        except MemoryError:
            raise _too_large(name, "it needs more memory than there is", max_pixels) from None


def _opened(name: str, content: bytes, page: int, max_pixels: int) -> tuple[Image.Image, int, int]:
    """The page, nothing decoded yet, their number and its longer side; refused where decoding could take long."""
    if not content:
        raise DataError(f"{name} is empty", found="0 bytes", remedy="give a picture file")
    _refuse_scans(name, content)
    picture, pages = formats.opened(name, content, page, max_pixels)
    _refuse_unusable(name, picture, max_pixels)
    side = max(picture.size)
    shrink = side / WORKING_SIDE
    # JPEG decodes to a half or a quarter of its size at no cost.
    picture.draft(None, (max(1, int(picture.width / shrink)), max(1, int(picture.height / shrink))))
    return picture, pages, side


def _refuse_scans(name: str, content: bytes) -> None:
    """Refuse a JPEG that takes minutes to decode (raises DataError); other formats have no scans."""
    if content[:2] == b"\xff\xd8" and _scans(content) > MAX_SCANS:
        raise DataError(
            f"{name} has too many scans for a JPEG",
            found=f"more than {MAX_SCANS} passes over its pixels",
            remedy="save it as PNG or as a plain JPEG, not a progressive one",
        )


def _scans(content: bytes) -> int:
    """The number of scans of a JPEG, as its decoder finds them; counting stops above `MAX_SCANS`."""
    place, scans = 2, 0
    while scans <= MAX_SCANS and (marker := _MARKER.search(content, place)):
        kind, place = marker[0][-1], marker.end()
        if kind == _END_OF_IMAGE:
            break
        scans += kind == _START_OF_SCAN
        place += int.from_bytes(content[place : place + 2])
    return scans


def _refuse_unusable(name: str, picture: Image.Image, max_pixels: int) -> None:
    """Refuse by the header, before anything is decoded."""
    size = f"{picture.width:,}×{picture.height:,} pixels"
    if picture.width * picture.height > max_pixels:
        raise _too_large(name, size, max_pixels)
    if max(picture.size) < MIN_SIDE:
        raise DataError(f"{name} is too small", found=size, remedy="give a larger picture")
    if getattr(picture, "is_animated", False) and picture.format not in _MANY:
        raise DataError(
            f"{name} holds more than one picture",
            found="several frames",
            remedy=f"choose one and {_SAVE_AS}",
        )


def too_costly() -> TooLargeError:
    """The error for a picture that took more than `BUDGET`."""
    return TooLargeError(
        "the picture takes too long or too much memory",
        found=f"more than {BUDGET.seconds:g} seconds of a processor, or {BUDGET.mebibytes:,} MiB",
        remedy="reduce it, or save it as PNG or a plain JPEG",
    )


def _too_large(name: str, found: str, max_pixels: int) -> TooLargeError:
    return TooLargeError(
        f"{name} is too large",
        found=found,
        remedy=f"reduce it to at most {max_pixels // 10**6} million pixels",
    )


def _plain(picture: Image.Image) -> Image.Image:
    """Any mode → L, F, RGB or RGBA, which can be reduced."""
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    if picture.mode in ("L", "1"):
        return picture.convert("L")
    if picture.mode.startswith("I;16"):
        return _floats(picture, 65535)
    if picture.mode in ("I", "F"):  # the format does not say which number is white
        return _floats(picture, None)
    return picture.convert("RGB")


def _floats(picture: Image.Image, white: float | None) -> Image.Image:
    values = np.nan_to_num(np.array(picture, np.float32), copy=False)
    values *= np.float32(255 / (white or max(float(values.max()), 1e-9)))
    return Image.fromarray(np.clip(values, 0, 255, out=values))


def _smaller(picture: Image.Image) -> Image.Image:
    factor = max(picture.size) // WORKING_SIDE
    return picture.reduce(factor) if factor > 1 else picture


def _values(picture: Image.Image, colour: bool) -> Picture:
    """L, F, RGB or RGBA → brightness or colours from 0 to 1."""
    if picture.mode == "F":
        return in_channels(np.asarray(picture, np.float32) / np.float32(255), 3 if colour else 1)
    if picture.mode == "RGBA":
        picture = on_paper(picture)
    return as_picture(np.asarray(picture.convert("RGB" if colour else "L")), colour=colour)


def on_paper(picture: Image.Image) -> Image.Image:
    """RGBA → RGB on white, as a viewer shows it; or on black where all would be white: then the ink is white."""
    for paper in ("white", "black"):
        laid = Image.alpha_composite(Image.new("RGBA", picture.size, paper), picture).convert("RGB")
        low, high = laid.convert("L").getextrema()
        if low != high:
            break
    return laid
