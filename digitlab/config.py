"""What a run was asked to do: frozen, checked, to and from JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitlab.errors import UsageError, unknown_name

Config = TypeVar("Config", bound=BaseModel)
Rate = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TrainingConfig(_Frozen):
    """How to train.  The defaults are the lab's."""

    epochs: int = Field(25, ge=1)  # passes over the training part
    batch_size: int = Field(32, ge=1, le=1_000_000)  # images a step
    optimizer: Literal["sgd", "adam", "muon", "own"] = "sgd"  # muon: training.muon; own: that of the user's file
    learning_rate: Rate | None = 0.01  # of the optimizer; None: as the user's file has it
    schedule: Literal["constant", "one-cycle"] = "constant"  # of the rate, see training.schedules
    settling: int = Field(0, ge=0)  # of a constant rate: the last so many epochs go at a tenth of it
    label_smoothing: float = Field(0.0, ge=0, lt=1)  # the share of a label that is spread over all classes
    averaging: float = Field(0.0, ge=0, lt=1)  # what the running mean of the weights keeps a step; 0: no mean
    precision: Literal["float32", "bfloat16"] = "float32"  # of the products; weights and answers stay float32
    seed: int = Field(0, ge=0, lt=2**32)  # of the split, the start weights, the batch order and dropout
    augmentation: Literal["affine", "affine and drawn"] | None = None  # what a batch becomes, see training.augment
    member: int = Field(0, ge=0, lt=1_000)  # of an ensemble: the same split, but another start, order and augmentation
    teachers: tuple[str, ...] = ()  # folders of runs whose mean answer is learned, see training.distillation
    stratified: bool = False  # draw the validation part class by class

    @property
    def draw_seed(self) -> int:
        """From what all is drawn but the split."""
        if not self.member:
            return self.seed
        return int(np.random.SeedSequence([self.seed, self.member]).generate_state(1)[0])

    @property
    def optimizer_text(self) -> str:
        """The optimizer and its rate in words."""
        if self.learning_rate is None:
            return "optimizer and rate of the file"
        return f"{self.optimizer} with rate {self.learning_rate:g}"


class RunConfig(_Frozen):
    """All that is needed to do the same run again."""

    recipe: str  # a recipe's name with its layers, or the path of a user's file
    source_sha256: str | None = None  # of the user's file
    data: str  # a name or a path that `digitlab.load` reads
    image_size: int | None = None  # and the form that its images were given then
    gray: bool = False
    training: TrainingConfig = TrainingConfig()
    test: bool = True  # open the test part at the end
    threads: int | None = Field(None, ge=1, le=1024)  # of TensorFlow, at most; None: as many as it likes
    train_step: str | None = None  # the name of a step given from Python; None: the recipe's


def first_complaint(error: ValidationError) -> str:
    """What pydantic found wrong first, in a line: "input should be greater than 0 (epochs)"."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{first['msg'][0].lower()}{first['msg'][1:]}" + (f" ({place})" if place else "")


def checked(kind: type[Config], **values: Any) -> Config:
    """`kind(**values)`, with a plain error for a wrong value; NumPy's numbers count as numbers.

    Raises:
        UsageError: names the option, the value that arrived and what it must be.
    """
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    try:
        return kind(**plain)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][-1])
        if first["type"] == "extra_forbidden":
            raise unknown_name("setting", name, kind.model_fields) from None
        raise UsageError(
            f"invalid value for --{name.replace('_', '-')}",
            found=repr(first["input"]),
            remedy=_wanted(first["type"], first["msg"]),
        ) from None


def _wanted(complaint: str, text: str) -> str:
    """What to give in place of the wrong value."""
    words = {"int_type": "give a whole number", "int_from_float": "give a whole number", "float_type": "give a number"}
    give = "give a number that is" if complaint.startswith(("greater_than", "less_than")) else "give"
    return words.get(complaint, text.replace("Input should be", give))
