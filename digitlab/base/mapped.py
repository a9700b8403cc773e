"""A value with large arrays, kept in memory once for all processes of a machine."""

from __future__ import annotations

import mmap
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitlab.base.files import cannot_write


@dataclass(frozen=True)
class Mapped:
    """A value whose arrays lie in a file that each process maps into its memory.

    Attributes:
        head: the pickled value without its arrays.
        file: their bytes, one after the other.
        sizes: how many bytes each has.
    """

    head: bytes
    file: Path
    sizes: tuple[int, ...]

    @classmethod
    def write(cls, value: Any, file: Path) -> Mapped:
        """Write the arrays of `value` to `file` (raises StorageError)."""
        arrays: list[pickle.PickleBuffer] = []
        head = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
        try:
            with file.open("wb") as stream:
                sizes = tuple(stream.write(array.raw()) for array in arrays)
        except OSError as error:
            raise cannot_write(file, error) from error
        return cls(head, file, sizes)

    def read(self) -> Any:
        """The value; its arrays are the file's memory and read-only.  Only for files that this program wrote."""
        views = []
        if self.sizes:
            with self.file.open("rb") as stream:
                whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            for size in self.sizes:
                views.append(whole[:size])
                whole = whole[size:]
        return pickle.loads(self.head, buffers=views)
