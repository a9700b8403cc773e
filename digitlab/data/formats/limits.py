"""Limits on the size of data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from digitlab.errors import DataError

MAX_BYTES = 4 * 2**30  # of one part's images, or of a file: more does not fit beside a training on a laptop
MAX_IMAGES = 2_000_000
MAX_PIXELS = 20_000_000  # of one picture; a phone's photograph has 12 million
MAX_CLASSES = 1_000


def refuse_huge(path: Path | str, shape: Sequence[int], item_size: int = 1) -> None:
    """Raise DataError if an array [N, …] of `item_size` bytes a value has more than `MAX_IMAGES` or `MAX_BYTES`."""
    if shape[0] > MAX_IMAGES or math.prod(shape) * item_size > MAX_BYTES:
        raise DataError(
            f"{path} claims to hold more than can be loaded",
            found=f"an array of {'×'.join(f'{n:,}' for n in shape)}",
            remedy=f"at most {MAX_IMAGES:,} images and {MAX_BYTES / 2**30:.0f} GiB; "
            "if it should be smaller, the file is damaged: download it again",
        )


def refuse_large_file(path: Path) -> None:
    """Raise DataError if a file is too large to be read whole."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DataError(
            f"{path} is too large",
            found=f"{size / 2**30:.1f} GiB",
            remedy=f"give at most {MAX_BYTES / 2**30:.0f} GiB",
        )
