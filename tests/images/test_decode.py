from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digitlab.base.extras import PACKAGES
from digitlab.base.isolated import OverBudgetError
from digitlab.errors import DataError, MissingExtraError
from digitlab.images.decode import MAX_PIXELS, WORKING_SIDE, decoded, open_page, open_picture, too_costly


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        open_picture(content)
    return str(caught.value)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_white_is_white(mode: str) -> None:
    picture = open_picture(encoded(Image.new("L", (9, 6), 255).convert(mode)))
    assert picture.shape == (6, 9)
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture, 1, atol=1e-6)


def test_sixteen_bits() -> None:
    values = np.array([[0, 13_107, 65_535] * 3], np.uint16)
    np.testing.assert_allclose(open_picture(encoded(Image.fromarray(values)))[0, :3], [0, 0.2, 1], atol=1e-4)


def test_cmyk() -> None:
    picture = open_picture(encoded(Image.new("CMYK", (8, 8), (0, 0, 0, 255)), "JPEG"))
    assert picture.max() < 0.05


def test_transparent_pixels_are_white() -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.putpixel((3, 4), (0, 0, 0, 255))
    picture = open_picture(encoded(image))
    assert (picture[4, 3], picture[0, 0]) == (0, 1)


def test_a_palette_with_transparency() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 10, 10, 10])
    image.putpixel((2, 2), 0)
    picture = open_picture(encoded(image, transparency=1))
    assert (picture[2, 2], picture[0, 0]) == (0, 1)


def test_white_ink_on_nothing_is_seen() -> None:
    image = Image.new("RGBA", (8, 8), (255, 255, 255, 0))
    image.putpixel((3, 4), (255, 255, 255, 255))
    picture = open_picture(encoded(image))
    assert (picture[4, 3], picture[0, 0]) == (1, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_upright(orientation: int) -> None:
    page = np.full((20, 40), 255, np.uint8)
    page[:10, :20] = 0  # the upper left quarter
    stored = {
        1: page, 2: page[:, ::-1], 3: np.rot90(page, 2), 4: page[::-1],
        5: page.T, 6: np.rot90(page), 7: np.rot90(page, 2).T, 8: np.rot90(page, 3),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = open_picture(encoded(Image.fromarray(np.ascontiguousarray(stored)), "JPEG", exif=exif, quality=95))
    np.testing.assert_allclose(picture, page / 255, atol=0.1)


def bar(side: int = 64) -> Image.Image:
    """A black bar left of the middle, in colour."""
    image = Image.new("RGB", (side, side), "white")
    image.paste((0, 0, 0), (10, 10, 25, 54))
    return image


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "JPEG2000", "HEIF", "PDF"])
def test_formats_of_phones_scanners_and_browsers(kind: str) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    picture = open_picture(encoded(bar(), kind, **({"resolution": 200} if kind == "PDF" else {})))
    assert picture.shape == ((65, 65) if kind == "PDF" else (64, 64))  # a page's points are rounded up
    np.testing.assert_allclose(picture[15:50, 13:22], 0, atol=0.15)
    np.testing.assert_allclose(picture[:, 35:], 1, atol=0.15)


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_each_page_of_a_document(kind: str) -> None:
    pages = [Image.new("L", (40, 30), grey) for grey in (0, 100, 255)]
    options = {"resolution": 200, "quality": 95} if kind == "PDF" else {}
    content = encoded(pages[0], kind, save_all=True, append_images=pages[1:], **options)
    found = [open_page(content, page) for page in (1, 2, 3)]
    assert [page.pages for page in found] == [3, 3, 3]
    np.testing.assert_allclose([page.picture.mean() for page in found], [0, 100 / 255, 1], atol=0.02)
    np.testing.assert_array_equal(open_picture(content), found[0].picture)
    with pytest.raises(DataError) as caught:
        open_page(content, 4)
    assert str(caught.value) == "the picture has no page 4\n  found: 3 pages\n  to do: ask for page 1 to 3"


def test_a_page_of_a_pdf_has_a_limit() -> None:
    content = encoded(bar(64), "PDF", resolution=1)  # 64 inches wide
    assert refused(content) == (
        "page 1 of the picture is too large\n  found: 12,800×12,800 pixels at 200 dots per inch\n"
        "  to do: reduce it to at most 50 million pixels"
    )


def test_a_broken_pdf_is_told() -> None:
    assert refused(b"%PDF-1.7 nothing").startswith("cannot read the picture\n  found: ")


@pytest.mark.parametrize(
    ("content", "kind"), [(b"<svg></svg>", "SVG"), (b"%!PS-Adobe", "PostScript"), (b"8BPS", "a Photoshop file")]
)
def test_a_format_to_convert_is_named(content: bytes, kind: str) -> None:
    assert f"known format\n  found: {kind}\n  to do: save it as PNG or JPEG; known are" in refused(content)


@pytest.mark.parametrize(("kind", "extra"), [("HEIF", "heif"), ("PDF", "pdf")])
def test_what_lacks_its_extra_says_so(kind: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    content = encoded(bar(), kind)
    monkeypatch.setitem(PACKAGES, extra, ("no_such_package",))
    with pytest.raises(MissingExtraError) as caught:
        open_picture(content)
    assert f"needs the extra [{extra}], which is not installed\n  found: no package" in str(caught.value)
    assert f"pip install '.[{extra}]'" in str(caught.value)


def test_a_large_photograph_is_reduced() -> None:
    picture = open_picture(encoded(Image.new("RGB", (4000, 3000), "white"), "JPEG"))
    assert WORKING_SIDE <= max(picture.shape) <= 2 * WORKING_SIDE


def test_of_a_photograph_a_quarter_of_the_pixels_is_decoded() -> None:
    content = encoded(Image.new("RGB", (4000, 3000), "white"), "JPEG")
    assert decoded("the picture", content, MAX_PIXELS).pixels == 3_000_000
    with pytest.raises(OverBudgetError):
        decoded("the picture", content, MAX_PIXELS, max_decoded=2_999_999)
    assert open_picture(encoded(Image.new("RGB", (20_000, 6)), "JPEG")).shape[0] <= 6


def test_a_path_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(Image.new("L", (8, 8))))
    assert open_picture(path).shape == (8, 8)
    with pytest.raises(DataError, match=r"cannot read .*missing\.png\n  found: No such file or directory"):
        open_picture(tmp_path / "missing.png")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the picture is empty\n  found: 0 bytes\n  to do: give a picture file"),
        (
            b"no picture at all",
            (
                "the picture is not a picture of a known format\n  found: 17 bytes that begin with b'no pictu'\n"
                "  to do: save it as PNG or JPEG; known are PNG, JPEG, GIF, BMP, WEBP, TIFF, AVIF, JPEG 2000, HEIC, PDF"
            ),
        ),
        (
            encoded(Image.new("L", (1, 1))),
            "the picture is too small\n  found: 1×1 pixels\n  to do: give a larger picture",
        ),
        (
            encoded(Image.new("L", (8, 8)), "GIF", save_all=True, append_images=[Image.new("L", (8, 8), 9)]),
            (
                "the picture holds more than one picture\n  found: several frames\n"
                "  to do: choose one and save it as PNG or JPEG"
            ),
        ),
    ],
)
def test_useless_files_are_refused(content: bytes, text: str) -> None:
    assert refused(content) == text


def test_a_cut_file_is_refused() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8))
    assert refused(encoded(noise)[:2000]).startswith("cannot read the picture\n  found: image file is truncated")


@pytest.mark.parametrize("side", [8_000, 20_000])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    """A PNG of a few kilobytes that says it is huge; its pixels are never asked for, so they need not be there."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data = b"IDAT" + zlib.compress(bytes(10_000))
    chunk += struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    text = refused(b"\x89PNG\r\n\x1a\n" + chunk)
    assert text.startswith("the picture is too large\n  found: ")
    assert text.endswith("  to do: reduce it to at most 50 million pixels")


def with_scans(count: int, side: int = 64) -> bytes:
    """A progressive JPEG whose last scan, a few bytes long, is there again and again."""
    content = encoded(Image.new("L", (side, side), 200), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * (count - content[:last].count(b"\xff\xda")) + b"\xff\xd9"


def test_a_jpeg_of_many_passes_is_refused_before_it_is_decoded() -> None:
    assert open_picture(with_scans(100)).mean() == pytest.approx(200 / 255, abs=0.01)
    begun = time.process_time()
    assert refused(with_scans(20_000, side=4_400)) == (
        "the picture has too many scans for a JPEG\n  found: more than 100 passes over its pixels\n"
        "  to do: save it as PNG or as a plain JPEG, not a progressive one"
    )
    assert time.process_time() - begun < 5  # one pass takes 18 ms


def test_a_picture_over_its_budget_says_what_the_budget_is() -> None:
    assert str(too_costly()) == (
        "the picture takes too long or too much memory\n"
        "  found: more than 8 seconds of a processor, or 1,024 MiB\n"
        "  to do: reduce it, or save it as PNG or a plain JPEG"
    )


def test_bytes_that_look_like_a_scan_are_not_counted() -> None:
    content = encoded(Image.new("L", (64, 64)), "JPEG", comment=b"\xff\xda" * 1_000)
    assert open_picture(content + b"\xff\xda" * 1_000).shape == (64, 64)  # a phone's film follows the picture


def with_pages(count: int) -> bytes:
    """A TIFF whose pages all show the same pixels."""
    content = encoded(Image.new("1", (8, 8)), "TIFF")
    (first,) = struct.unpack("<I", content[4:8])
    (tags,) = struct.unpack("<H", content[first : first + 2])
    page = content[first : first + 2 + 12 * tags]
    chain = b"".join(
        page + struct.pack("<I", len(content) + (number + 1) * (len(page) + 4) if number + 1 < count else 0)
        for number in range(count)
    )
    return content[:4] + struct.pack("<I", len(content)) + content[8:] + chain


def test_the_pages_of_a_tiff_are_not_walked_through() -> None:
    assert open_picture(with_pages(1)).shape == (8, 8)
    content = with_pages(20_000)
    begun = time.process_time()
    assert refused(content) == (
        "the picture has too many pages\n  found: more than 100\n  to do: split it into several files"
    )
    assert time.process_time() - begun < 1  # to count them takes several seconds, and grows with their square


def test_numbers_of_a_tiff_take_little_more_than_their_memory() -> None:
    content = encoded(Image.new("F", (2_000, 1_500), 0.5), "TIFF", compression="tiff_deflate")
    tracemalloc.start()
    try:
        open_picture(content)
        assert tracemalloc.get_traced_memory()[1] < 3 * 4 * 2_000 * 1_500
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300), st.sampled_from(["", "PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"]), st.data())
def test_hostile_bytes_give_a_picture_or_our_error(noise: bytes, kind: str, data: st.DataObject) -> None:
    content = bytearray(encoded(Image.new("RGB", (12, 12), "red"), kind) if kind else b"")
    if content and noise:
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + len(noise)] = noise
    try:
        picture = open_picture(bytes(content) or noise)
    except DataError:
        return
    assert picture.ndim == 2
    assert 0 <= picture.min() <= picture.max() <= 1
