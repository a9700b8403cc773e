"""Requests of the protocol, written by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


def as_json(images: Images, **more: Any) -> bytes:
    """Images [N, 28, 28] as plain JSON, without other parts."""
    tensor = {"name": "images", "shape": list(images.shape), "datatype": "UINT8", "data": images.ravel().tolist()}
    return json.dumps({"inputs": [tensor], **more}).encode()


def as_bytes(images: Images, **more: Any) -> tuple[bytes, dict[str, str]]:
    """The same with the binary extension: body and headers."""
    parameters = {"binary_data_size": images.size}
    tensor = {"name": "images", "shape": list(images.shape), "datatype": "UINT8", "parameters": parameters}
    head = json.dumps({"inputs": [tensor], **more}).encode()
    return head + images.tobytes(), {"Inference-Header-Content-Length": str(len(head))}


def output(document: dict[str, Any], name: str = "probabilities") -> NDArray[np.float32]:
    """One tensor of an answer in JSON."""
    (found,) = (each for each in document["outputs"] if each["name"] == name)
    return np.array(found["data"], np.float32).reshape(found["shape"])
