"""Bytes of any picture → its brightness or colours, within bounds of memory and whatever the bytes are.

Training data and pictures to predict are decoded here, so that a model sees both alike.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from digitlab.base.files import read_capped, reading
from digitlab.base.isolated import Budget, OverBudgetError
from digitlab.errors import DataError, TooLargeError
from digitlab.images.geometry import in_channels
from digitlab.images.picture import Picture, as_picture

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
MAX_BYTES = 64 * 2**20  # of a file
MAX_PIXELS = 50_000_000  # of a picture; a phone's photograph has 12 million
LEAST_SIDE = 5  # pixels; the longer side of the smallest pictures of digits that people can read
# Longer pictures are reduced to between this and twice this: enough for a sheet of digits, little enough to be quick.
LONGEST_SIDE = 1600
# For a picture that a stranger sent, where it is opened in a process of its own; any honest one takes a second, the
# largest page three, and 600 MiB.
BUDGET = Budget(seconds=8, patience=30, mebibytes=1_024)
MOST_SCANS = 100  # of a JPEG; encoders make 10.  Each is a pass over all pixels, and 37 bytes are enough for one.
_SAVE_AS = "save it as PNG or JPEG"
_GIVE_A_WHOLE_ONE = f"give a whole picture; if it opens elsewhere, {_SAVE_AS}"
_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)  # of a segment; the others stand inside one
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def open_picture(source: Path | bytes, most_pixels: int = MAX_PIXELS, *, colour: bool = False) -> Picture:
    """Decode a picture file and show it as a viewer does: turned upright, its first page, transparency on white.

    Args:
        source: a file, or what stands in one.
        most_pixels: a picture with more is refused.
        colour: keep it; else all becomes grey.

    Returns:
        Brightness, float32 [H, W] from 0 to 1, or in colour [H, W, 3]; long pictures are reduced (`LONGEST_SIDE`).

    Raises:
        DataError: no picture of a known format, a damaged, animated, too large or too small one.
    """
    name = "the picture" if isinstance(source, bytes) else str(source)
    with reading(name, _GIVE_A_WHOLE_ONE):
        content = source if isinstance(source, bytes) else content_of(source)
    return decoded(name, content, most_pixels, colour=colour)[0]


def decoded(
    name: str, content: bytes, most_pixels: int, most_decoded: int = MAX_PIXELS, *, colour: bool = False
) -> tuple[Picture, int]:
    """As `open_picture`, and how many pixels had to be decoded for it: of a large JPEG a part of what it has.

    Args:
        name: for errors.
        content: what stands in a file.
        most_pixels: a picture with more is refused.
        most_decoded: where more would have to be decoded, that is not begun.
        colour: keep it; else all becomes grey.

    Raises:
        DataError: as `open_picture`.
        OverBudgetError: more than `most_decoded`.
    """
    with _decoding(name, most_pixels):
        picture = _opened(name, content, most_pixels)
    pixels = picture.width * picture.height
    if pixels > most_decoded:
        raise OverBudgetError
    with _decoding(name, most_pixels):
        return _values(_smaller(_plain(ImageOps.exif_transpose(picture))), colour), pixels


@contextmanager
def _decoding(name: str, most_pixels: int) -> Iterator[None]:
    """Whatever Pillow raises becomes an error of ours."""
    with reading(name, _GIVE_A_WHOLE_ONE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd but readable files
        try:
            yield
        except Image.DecompressionBombError as error:
            raise _too_large(name, str(error).split(",")[0], most_pixels) from None
        except MemoryError:
            raise _too_large(name, "more memory is needed than there is", most_pixels) from None


def content_of(path: Path) -> bytes:
    """The bytes of a picture file (raises TooLargeError, DataError, OSError)."""
    return read_capped(path, MAX_BYTES)


def _opened(name: str, content: bytes, most_pixels: int) -> Image.Image:
    """What the header says, nothing decoded yet; refused where that could take long."""
    if not content:
        raise DataError(f"{name} is empty", found="0 bytes", remedy="give a picture file")
    refuse_scans(name, content)
    try:
        picture: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        raise _unknown_format(name, content) from None
    _refuse_unusable(name, picture, most_pixels)
    shrink = max(picture.size) / LONGEST_SIDE
    # JPEG decodes at a half or a quarter at no cost.
    picture.draft(None, (max(1, int(picture.width / shrink)), max(1, int(picture.height / shrink))))
    return picture


def refuse_scans(name: str, content: bytes) -> None:
    """Refuse a JPEG that takes minutes to decode (raises DataError); other formats have no such thing."""
    if content[:2] == b"\xff\xd8" and _scans(content) > MOST_SCANS:
        raise DataError(
            f"{name} has more scans than any JPEG needs",
            found=f"more than {MOST_SCANS} passes over its pixels",
            remedy="save it as PNG or as a plain JPEG, not a progressive one",
        )


def _scans(content: bytes) -> int:
    """How many scans a JPEG has, no more of them counted than is needed; as its decoder finds them."""
    place, scans = 2, 0
    while scans <= MOST_SCANS and (marker := _MARKER.search(content, place)):
        kind, place = marker[0][-1], marker.end()
        if kind == _END_OF_IMAGE:
            break
        scans += kind == _START_OF_SCAN
        place += int.from_bytes(content[place : place + 2])
    return scans


def _unknown_format(name: str, content: bytes) -> DataError:
    kinds = ", ".join(FORMATS)
    return DataError(
        f"{name} is no picture of a known format",
        found=f"{len(content):,} bytes that begin with {content[:8]!r}",
        remedy=f"give one of {kinds}",
    )


def _refuse_unusable(name: str, picture: Image.Image, most_pixels: int) -> None:
    """Refuse by what the header says, before anything is decoded."""
    size = f"{picture.width:,}×{picture.height:,} pixels"
    if picture.width * picture.height > most_pixels:
        raise _too_large(name, size, most_pixels)
    if max(picture.size) < LEAST_SIDE:
        raise DataError(f"{name} is too small a picture", found=size, remedy="give a larger picture")
    # Not `n_frames`, for which Pillow walks through all pages of a TIFF, again from the first for each.
    if getattr(picture, "is_animated", False) and picture.format != "MPO":  # a phone's JPEG with a preview behind it
        raise DataError(
            f"{name} holds more than one picture",
            found="several frames or pages",
            remedy=f"choose one and {_SAVE_AS}",
        )


def too_costly() -> TooLargeError:
    """The error for a picture that took more than `BUDGET`."""
    return TooLargeError(
        "the picture takes too long or too much memory",
        found=f"more than {BUDGET.seconds:g} seconds of a processor, or {BUDGET.mebibytes:,} MiB",
        remedy="reduce it, or save it as PNG or a plain JPEG",
    )


def _too_large(name: str, found: str, most_pixels: int) -> TooLargeError:
    return TooLargeError(
        f"{name} is too large a picture",
        found=found,
        remedy=f"reduce it to at most {most_pixels // 10**6} million pixels and {MAX_BYTES // 2**20} MiB",
    )


def _plain(picture: Image.Image) -> Image.Image:
    """Any mode → one of L, F, RGB, RGBA, which can be reduced."""
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    if picture.mode in ("L", "1"):
        return picture.convert("L")
    if picture.mode.startswith("I;16"):
        return _floats(picture, 65535)
    if picture.mode in ("I", "F"):  # nobody has said which number is white
        return _floats(picture, None)
    return picture.convert("RGB")


def _floats(picture: Image.Image, white: float | None) -> Image.Image:
    values = np.nan_to_num(np.array(picture, np.float32), copy=False)
    values *= np.float32(255 / (white or max(float(values.max()), 1e-9)))
    return Image.fromarray(np.clip(values, 0, 255, out=values))


def _smaller(picture: Image.Image) -> Image.Image:
    factor = max(picture.size) // LONGEST_SIDE
    return picture.reduce(factor) if factor > 1 else picture


def _values(picture: Image.Image, colour: bool) -> Picture:
    """L, F, RGB or RGBA → brightness or colours from 0 to 1."""
    if picture.mode == "F":
        return in_channels(np.asarray(picture, np.float32) / np.float32(255), 3 if colour else 1)
    if picture.mode == "RGBA":
        picture = on_paper(picture)
    return as_picture(np.asarray(picture.convert("RGB" if colour else "L")), colour=colour)


def on_paper(picture: Image.Image) -> Image.Image:
    """RGBA → RGB: laid on white, as a viewer shows it, or on black where it would be all white: white ink was meant."""
    for paper in ("white", "black"):
        laid = Image.alpha_composite(Image.new("RGBA", picture.size, paper), picture).convert("RGB")
        low, high = laid.convert("L").getextrema()
        if low != high:
            break
    return laid
