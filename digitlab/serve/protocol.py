"""The schemas of the Open Inference Protocol, version 2, which clients of KServe and Triton speak."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field

from digitlab.serve.limits import MAX_ID

EXTENSIONS = ["binary_tensor_data"]
INPUT, DATATYPE = "images", "UINT8"

Parameters = Annotated[dict[str, bool | int | float | str], FailFast()]
Name = Annotated[str, Field(max_length=64)]
Dimension = Annotated[int, Field(ge=0, lt=2**31)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class InputTensor(_Form):
    """One input: `data` flat or nested, in row-major order; left out where its bytes follow the JSON."""

    name: Name
    shape: list[Dimension] = Field(max_length=8, examples=[[1, 28, 28]])
    datatype: Name = Field(examples=[DATATYPE])
    parameters: Parameters = Field(default_factory=dict)
    data: list[Any] | None = None


class WantedOutput(_Form):
    """One requested output."""

    name: Name
    parameters: Parameters = Field(default_factory=dict)


class InferRequest(_Form):
    """A request for inference."""

    id: str | None = Field(None, max_length=MAX_ID)
    parameters: Parameters = Field(default_factory=dict)
    inputs: list[InputTensor] = Field(min_length=1, max_length=1)
    outputs: list[WantedOutput] | None = Field(None, min_length=1, max_length=8)


class OutputTensor(_Form):
    """One output."""

    name: str
    datatype: Literal["FP32"]
    shape: list[int]
    parameters: Parameters = Field(default_factory=dict)
    data: list[float] | None = None


class InferResponse(_Form):
    """The answer; `model_version` is the fingerprint of the bundle."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[OutputTensor]


class TensorForm(_Form):
    """Name, type and shape of a tensor; −1 stands for any length."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(_Form):
    """The inputs and outputs of a model."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorForm]
    outputs: list[TensorForm]


class ServerMetadata(_Form):
    """Name and version of the server."""

    name: str
    version: str
    extensions: list[str]


class Live(_Form):
    """Whether the process runs."""

    live: bool


class Ready(_Form):
    """Whether it answers requests."""

    ready: bool


class ModelReady(_Form):
    """Whether a model answers requests."""

    name: str
    ready: bool
