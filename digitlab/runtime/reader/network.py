"""The network that reads lines: shipped with digitlab, loaded when first needed, trusted only if it answers as of old.

model.onnx    strips uint8 [N, 32, width] → probabilities float32 [N, width / 4, classes]
lines.json    its alphabet, how it was trained, the SHA-256 of the two others
golden.npz    strips uint8 [n, 32, width] with the answers that it gave when it was written
"""

from __future__ import annotations

import functools
import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from digitlab.base.files import read_capped, write_bytes
from digitlab.config import first_complaint
from digitlab.errors import BundleError, DataError
from digitlab.preprocess.strip import ALPHABET, STEP
from digitlab.runtime.golden import MAX_DIFFERENCE
from digitlab.runtime.network import session
from digitlab.runtime.places import SHIPPED

FOLDER = SHIPPED / "lines"
MODEL, INFO, GOLDEN = "model.onnx", "lines.json", "golden.npz"
_MAX_BYTES = 16 * 2**20
_THREADS = 1  # a line takes a few milliseconds; pages that are read side by side have the others
_MARGIN = 2 * STEP  # columns of paper behind a strip, as there was in training


class Round(BaseModel):
    """Lines that were composed, and the training on them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    canvases: int
    batch: int  # canvases of a step
    steps: int
    rate: float  # the highest learning rate
    seed: int


class LinesInfo(BaseModel):
    """What `lines.json` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alphabet: str
    rounds: tuple[Round, ...]  # of its training, each on lines of its own
    versions: dict[str, str]
    sha256: dict[str, str]


class LineNetwork:
    """Reads strips.

    Args:
        folder: with the three files.

    Raises:
        BundleError: a file is missing or changed, or the network answers otherwise than when it was written.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.info, model, golden = _files(folder)
        self._session = session(model, str(folder), _THREADS)
        with np.load(io.BytesIO(golden), allow_pickle=False) as arrays:
            off = np.abs(self._answers(arrays["strips"]) - arrays["probabilities"]).max()
        if not off <= MAX_DIFFERENCE:  # so that NaN is wrong
            raise _unusable(folder, f"other answers to its golden strips, by {off:.3f}")

    def __call__(self, strips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities float32 [n, places, classes] along strips, uint8 [n, 32, width]; a place is 4 columns."""
        width = strips.shape[2]
        padded = np.pad(strips, ((0, 0), (0, 0), (0, -width % STEP + _MARGIN)))
        return self._answers(padded)[:, : -(-width // STEP)]

    def _answers(self, strips: NDArray[np.uint8]) -> NDArray[np.float32]:
        (probabilities,) = self._session.run(("probabilities",), {"images": strips})
        answers: NDArray[np.float32] = probabilities
        return answers


@functools.cache
def line_network() -> LineNetwork:
    """The one that is shipped, loaded once."""
    return LineNetwork()


def write_lines(folder: Path, model: bytes, strips: NDArray[np.uint8], info: LinesInfo) -> None:
    """Write the three files, `golden.npz` with what the model answers now, `lines.json` with their fingerprints."""
    (probabilities,) = session(model, str(folder), _THREADS).run(("probabilities",), {"images": strips})
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, strips=strips, probabilities=probabilities)
    files = {MODEL: model, GOLDEN: stream.getvalue()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_bytes(folder / name, content)
    sha256 = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    write_bytes(folder / INFO, info.model_copy(update={"sha256": sha256}).model_dump_json(indent=2).encode() + b"\n")


def _files(folder: Path) -> tuple[LinesInfo, bytes, bytes]:
    try:
        info = LinesInfo.model_validate_json(read_capped(folder / INFO, _MAX_BYTES))
        model, golden = (read_capped(folder / name, _MAX_BYTES) for name in (MODEL, GOLDEN))
    except ValidationError as error:
        raise _unusable(folder, first_complaint(error)) from None
    except (OSError, DataError) as error:
        raise _unusable(folder, str(error).split("\n")[0]) from None
    for name, content in ((MODEL, model), (GOLDEN, golden)):
        if hashlib.sha256(content).hexdigest() != info.sha256.get(name):
            raise _unusable(folder, f"{name} is not the file that was shipped")
    if info.alphabet != ALPHABET:
        raise _unusable(folder, f"the characters {info.alphabet!r}")
    return info, model, golden


def _unusable(folder: Path, found: str) -> BundleError:
    return BundleError(
        f"the line reader {folder} cannot be used", found=found, remedy="install digitlab again: its files were changed"
    )
