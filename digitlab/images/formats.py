"""The formats of pictures: those that Pillow reads, those that need an extra, and those to convert elsewhere."""

from __future__ import annotations

import io
import math

from PIL import Image, UnidentifiedImageError

from digitlab.base.extras import require
from digitlab.errors import DataError, TooLargeError

_PILLOW = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000")
NAMES = "PNG, JPEG, GIF, BMP, WEBP, TIFF, AVIF, JPEG 2000, HEIC, PDF"
ENDINGS = {
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".j2k", ".jp2", ".jpeg", ".jpg", ".pdf", ".png", ".tif", ".tiff",
    ".webp",
}  # fmt: skip
MAX_PAGES = 100  # of a PDF or a TIFF
_DOTS_PER_INCH = 200  # as scanners do; a digit of 4 mm is 31 pixels high
_POINTS_PER_INCH = 72
# ISO/IEC 23008-12: the brand of the file, behind its length and "ftyp".
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OTHERS = {b"<svg": "SVG", b"%!PS": "PostScript", b"8BPS": "a Photoshop file", b"\xff\x0a": "JPEG XL"}
_CONVERT = "save it as PNG or JPEG"


def opened(name: str, content: bytes, page: int, max_pixels: int) -> tuple[Image.Image, int]:
    """The picture, nothing decoded yet but for a page of a PDF, and how many pages the file has.

    Args:
        name: for errors.
        content: the bytes of a file.
        page: from 1; an animation has one page too many, and is refused.
        max_pixels: a page of a PDF that would have more is not drawn.

    Raises:
        DataError: another format, no such page, or too many of them.
        MissingExtraError: the format needs an extra.
    """
    if content[:5] == b"%PDF-":
        return _page_of_pdf(name, content, page, max_pixels)
    formats: tuple[str, ...] = _PILLOW
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS and b"avif" not in content[8:64]:
        require("heif", f"{name}, a HEIC picture,")
        import pillow_heif

        pillow_heif.register_heif_opener()
        formats = ("HEIF",)
    try:
        picture: Image.Image = Image.open(io.BytesIO(content), formats=formats)
    except UnidentifiedImageError:
        raise _unknown(name, content) from None
    pages = _seek(name, picture, page) if picture.format == "TIFF" else 1
    if page > pages:
        raise _no_page(name, page, pages)
    return picture, pages


def _seek(name: str, picture: Image.Image, page: int) -> int:
    """Go to a page of a TIFF; not `n_frames`, which has no limit."""
    pages = 1
    try:
        while True:
            picture.seek(pages)
            pages += 1
            if pages > MAX_PAGES:
                raise _too_many(name)
    except EOFError:
        picture.seek(min(page, pages) - 1)
    return pages


def _page_of_pdf(name: str, content: bytes, page: int, max_pixels: int) -> tuple[Image.Image, int]:
    require("pdf", f"{name}, a PDF,")
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        pages = len(document)
        if pages > MAX_PAGES:
            raise _too_many(name)
        if page > pages:
            raise _no_page(name, page, pages)
        sheet = document[page - 1]
        scale = _DOTS_PER_INCH / _POINTS_PER_INCH
        width, height = (math.ceil(scale * side) for side in sheet.get_size())
        if width * height > max_pixels:
            raise TooLargeError(
                f"page {page} of {name} is too large",
                found=f"{width:,}×{height:,} pixels at {_DOTS_PER_INCH} dots per inch",
                remedy=f"reduce it to at most {max_pixels // 10**6} million pixels",
            )
        drawn: Image.Image = sheet.render(scale=scale, grayscale=False).to_pil()
        return drawn, pages
    finally:
        document.close()


def _too_many(name: str) -> TooLargeError:
    return TooLargeError(
        f"{name} has too many pages",
        found=f"more than {MAX_PAGES}",
        remedy="split it into several files",
    )


def _no_page(name: str, page: int, pages: int) -> DataError:
    return DataError(f"{name} has no page {page}", found=f"{pages} pages", remedy=f"ask for page 1 to {pages}")


def _unknown(name: str, content: bytes) -> DataError:
    kind = next((kind for start, kind in _OTHERS.items() if content.lstrip().startswith(start)), None)
    return DataError(
        f"{name} is not a picture of a known format",
        found=kind or f"{len(content):,} bytes that begin with {content[:8]!r}",
        remedy=f"{_CONVERT}; known are {NAMES}",
    )
