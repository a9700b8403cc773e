"""The answers of a model when its bundle was written: to images, and to pictures, which test the preprocessing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import BundleError
from digitlab.images.spec import MNIST, ImageSpec
from digitlab.preprocess.pipeline import prepare
from digitlab.preprocess.settings import Preprocessing

MAX_DIFFERENCE = 1e-3  # of a probability; other processors round differently, by a hundredth of this
MAX_COUNT = 1_000  # of images, and of pictures; digitlab writes 20 and 10
_NAMES = ("images", "image_probabilities", "pictures", "picture_probabilities")

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True)
class Golden:
    """Images uint8 [n, *shape] for the model, and pictures uint8 [m, height, width] or [m, height, width, 3].

    Both have their probabilities, float32 [n, classes].
    """

    images: NDArray[np.uint8]
    image_probabilities: NDArray[np.float32]
    pictures: NDArray[np.uint8]
    picture_probabilities: NDArray[np.float32]

    @classmethod
    def answered(
        cls, images: NDArray[np.uint8], pictures: NDArray[np.uint8], settings: Preprocessing, predict: Predict
    ) -> Golden:
        """With the present answers of `predict`."""
        prepared = np.stack([prepare(picture, settings).image for picture in pictures])
        return cls(images, predict(images), pictures, predict(prepared))

    def complaint(self, settings: Preprocessing, predict: Predict) -> str | None:
        """How the answers of `predict` differ from the stored ones, in words; None if they agree."""
        now = Golden.answered(self.images, self.pictures, settings, predict)
        for name, kind in (("image", "images"), ("picture", "raw pictures, so the preprocessing differs")):
            old, new = getattr(self, f"{name}_probabilities"), getattr(now, f"{name}_probabilities")
            off = np.abs(old - new).max(axis=1)
            wrong = int((~(off <= MAX_DIFFERENCE)).sum())  # so that NaN counts as wrong
            if wrong:
                return f"other answers to {wrong} of the {len(off)} golden {kind}"
        return None

    def to_bytes(self) -> bytes:
        """An uncompressed .npz, the same bytes for the same arrays."""
        stream = io.BytesIO()
        np.savez(stream, allow_pickle=False, **asdict(self))
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, classes: int, path: Path, image: ImageSpec = MNIST) -> Golden:
        """The inverse of `to_bytes`; refuses Python objects and compressed arrays (raises BundleError)."""
        try:
            arrays = _unpacked(content)
        except Exception as error:  # on hostile bytes, NumPy and zipfile raise more kinds than they document
            raise _damaged(path, str(error) or type(error).__name__) from None
        golden = cls(**arrays)
        counts = len(golden.images), len(golden.pictures)
        fits = (
            0 < min(counts) <= max(counts) <= MAX_COUNT
            and golden.images.shape[1:] == image.shape
            and golden.pictures.ndim == golden.images.ndim
            and golden.pictures.shape[3:] == image.shape[2:]
            and golden.image_probabilities.shape == (counts[0], classes)
            and golden.picture_probabilities.shape == (counts[1], classes)
            and {name: array.dtype.name for name, array in arrays.items()}
            == {name: "float32" if name.endswith("probabilities") else "uint8" for name in _NAMES}
        )
        if not fits:
            raise _damaged(path, "arrays of another form")
        return golden


def _unpacked(content: bytes) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("compressed parts")
        if sorted(member.filename for member in members) != sorted(f"{name}.npy" for name in _NAMES):
            raise ValueError("unexpected arrays")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def _damaged(path: Path, found: str) -> BundleError:
    remedy = "write the bundle again: digitlab export RUN; or copy it again"
    return BundleError(f"{path} is damaged", found=found, remedy=remedy)
