"""What is deployed: a folder that is trusted only if all its files fit together.

model.onnx    images uint8 [N, height, width] or [N, height, width, 3] → probabilities float32 [N, classes],
              scaling included
bundle.json   class names, preprocessing with the form of the images, calibration, origin, SHA-256 of the two others
golden.npz    images and pictures with the answers of the model when the bundle was written
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitlab.base.files import cannot_write, read_capped, write_bytes
from digitlab.config import first_complaint
from digitlab.errors import BundleError, DataError, TooLargeError
from digitlab.images.spec import ImageSpec
from digitlab.preprocess.settings import Preprocessing
from digitlab.runtime.golden import Golden
from digitlab.runtime.places import INFO
from digitlab.runtime.verdict import Calibration

MODEL, GOLDEN = "model.onnx", "golden.npz"
MAX_BYTES = {MODEL: 512 * 2**20, INFO: 2**20, GOLDEN: 16 * 2**20}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Origin(_Frozen):
    """The training of a bundle."""

    run: str  # the name of its folder
    recipe: str
    seed: int
    epochs: int
    dataset: str
    dataset_sha256: str
    validation_accuracy: float
    versions: dict[str, str]


class BundleInfo(_Frozen):
    """What `bundle.json` holds."""

    format: Literal[1, 2] = 2  # 1 has only the digits domain, 28×28 pixels
    classes: tuple[str, ...] = Field(min_length=2, max_length=1_000)  # their names
    preprocessing: Preprocessing
    calibration: Calibration
    origin: Origin
    sha256: dict[str, str]  # of each other file

    @property
    def image(self) -> ImageSpec:
        """The form of the images that the model takes."""
        return self.preprocessing.image

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that identify the bundle."""
        newer = {"preprocessing": {"domain"}} if self.format == 1 else None  # a field that it lacks
        return _sha256(self.model_dump_json(exclude=newer).encode())[:16]


@dataclass(frozen=True)
class Bundle:
    """A bundle in memory, its files complete and unchanged; `Predictor` checks its answers."""

    info: BundleInfo
    model: bytes
    golden: Golden


def make_bundle(
    model: bytes,
    golden: Golden,
    *,
    classes: tuple[str, ...],
    preprocessing: Preprocessing,
    calibration: Calibration,
    origin: Origin,
) -> Bundle:
    """A bundle of these parts, with their SHA-256."""
    sha256 = {MODEL: _sha256(model), GOLDEN: _sha256(golden.to_bytes())}
    info = BundleInfo(
        classes=classes, preprocessing=preprocessing, calibration=calibration, origin=origin, sha256=sha256
    )
    return Bundle(info, model, golden)


def write_bundle(folder: Path, bundle: Bundle) -> None:
    """Write the three files into `folder`, `bundle.json` last, so that an incomplete bundle is refused.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    write_bytes(folder / MODEL, bundle.model)
    write_bytes(folder / GOLDEN, bundle.golden.to_bytes())
    write_bytes(folder / INFO, (bundle.info.model_dump_json(indent=2) + "\n").encode())


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle; every file must have its SHA-256 in `bundle.json`.

    Raises:
        BundleError: a file is missing, too large, changed or of another format.
    """
    if not folder.is_dir():
        raise _unusable(folder, "it does not exist", "no such folder")
    try:
        info = BundleInfo.model_validate_json(_read(folder, INFO))
    except ValidationError as error:
        raise _unusable(folder, f"{INFO} is invalid", first_complaint(error)) from None
    parts = {name: _read(folder, name) for name in (MODEL, GOLDEN)}
    for name, content in parts.items():
        if _sha256(content) != info.sha256.get(name):
            found = f"sha256 {_sha256(content)[:12]}…"
            raise _unusable(folder, f"{name} has changed since the bundle was written", found)
    return Bundle(info, parts[MODEL], Golden.from_bytes(parts[GOLDEN], len(info.classes), folder / GOLDEN, info.image))


def _read(folder: Path, name: str) -> bytes:
    try:
        return read_capped(folder / name, MAX_BYTES[name])
    except TooLargeError:
        raise _unusable(folder, f"{name} is too large", f"more than {MAX_BYTES[name] >> 20} MiB") from None
    except DataError as error:
        raise _unusable(folder, f"{name} is not a regular file", error.found) from None
    except OSError as error:
        raise _unusable(folder, f"{name} cannot be read", error.strerror or str(error)) from None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unusable(folder: Path, problem: str, found: str) -> BundleError:
    return BundleError(
        f"the bundle {folder} cannot be used: {problem}",
        found=found,
        remedy="write it again: digitlab export RUN; or copy it again",
    )
