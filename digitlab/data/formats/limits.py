"""What no file may exceed, and how the noise of its decoder becomes an error of ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from digitlab.errors import DataError, DigitlabError

MAX_BYTES = 4 * 2**30  # of one part's images: more does not fit beside a training on a laptop
MAX_FILE_BYTES = MAX_BYTES  # of one file that is read whole
MAX_IMAGES = 2_000_000
MAX_PIXELS = 20_000_000  # of one picture; a phone's photograph has 12 million
MAX_CLASSES = 1_000


@contextmanager
def reading(path: Path | str, remedy: str) -> Iterator[None]:
    """Turn whatever a decoder raises inside the block into a `DataError` that names the file."""
    try:
        yield
    except DigitlabError:
        raise
    except Exception as error:  # on hostile bytes, decoders raise far more kinds than they document
        raise DataError(f"cannot read {path}", found=_in_words(error), remedy=remedy) from error


def _in_words(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


def refuse_huge(path: Path | str, shape: Sequence[int], item_size: int) -> None:
    """Refuse an array that claims to be larger than anything we would train on, before it is allocated.

    Args:
        path: named in the error.
        shape: of the array; its first number counts the images.
        item_size: bytes of one value.

    Raises:
        DataError: more than `MAX_IMAGES` images or `MAX_BYTES` bytes.
    """
    if shape[0] > MAX_IMAGES or math.prod(shape) * item_size > MAX_BYTES:
        raise DataError(
            f"{path} claims to hold more than can be loaded",
            found=f"an array of {'×'.join(f'{n:,}' for n in shape)}",
            remedy=f"at most {MAX_IMAGES:,} images and {MAX_BYTES / 2**30:.0f} GiB; "
            "if it should be smaller, the file is damaged: get it anew",
        )


def refuse_large_file(path: Path) -> None:
    """Refuse a file that is too large to be read whole (raises DataError)."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise DataError(
            f"{path} is too large",
            found=f"{size / 2**30:.1f} GiB",
            remedy=f"give at most {MAX_FILE_BYTES / 2**30:.0f} GiB",
        )
