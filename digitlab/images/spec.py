"""Height, width and channels of the images of a dataset and of a model."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MIN_SIDE, MAX_SIDE = 2, 256  # pixels


class ImageSpec(BaseModel):
    """The form of every image of a dataset, and of the input of a model."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    height: int = Field(ge=MIN_SIDE, le=MAX_SIDE)
    width: int = Field(ge=MIN_SIDE, le=MAX_SIDE)
    channels: Literal[1, 3] = 1  # grey, or red, green and blue

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Self | None:
        """The spec of one array [height, width] or [height, width, 3]; None for any other shape."""
        if len(shape) not in (2, 3) or shape[2:] not in ((), (3,)):
            return None
        try:
            return cls(height=shape[0], width=shape[1], channels=3 if len(shape) == 3 else 1)
        except ValidationError:
            return None

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image as an array: (height, width), or (height, width, 3) in colour."""
        return (self.height, self.width) if self.channels == 1 else (self.height, self.width, 3)

    @property
    def values(self) -> int:
        """How many numbers one image has."""
        return self.height * self.width * self.channels

    @property
    def longest(self) -> int:
        """The longer side, in pixels."""
        return max(self.height, self.width)

    @property
    def batch_shape(self) -> str:
        """The shape of an array of images: `[N, 28, 28]`."""
        return f"[N, {', '.join(map(str, self.shape))}]"

    @property
    def in_words(self) -> str:
        """The array with its dtype: `uint8 [N, 28, 28]`."""
        return f"uint8 {self.batch_shape}"

    def __str__(self) -> str:
        return f"{self.width}×{self.height}" + (" in colour" if self.channels == 3 else "")


MNIST = ImageSpec(height=28, width=28)
# How MNIST frames a digit: longer side of the ink in pixels, and pixel index of the centre of mass on both axes.
INK_BOX, CENTRE_OF_MASS = 20, 14.0


def spec_of(images: Any) -> ImageSpec | None:
    """The spec of an array of images [N, height, width] or [N, height, width, 3]; None for anything else."""
    shape = getattr(images, "shape", ())
    return ImageSpec.of(tuple(int(side) for side in shape[1:])) if len(shape) in (3, 4) else None
