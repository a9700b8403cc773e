"""What `benchmarks.serve` compares with: the same network behind one route, without any check.

python -m benchmarks.serve_bare PORT
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request, Response

from digitlab.runtime.places import DEFAULT, bundle_folder


def open_network() -> Any:
    """The network as our service opens it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = str(bundle_folder(DEFAULT) / "model.onnx")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def answer(network: Any, pixels: bytes) -> bytes:
    """Probabilities as bytes, for images as bytes."""
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28)
    result: np.ndarray = network.run(["probabilities"], {"images": images})[0]
    return result.tobytes()


def main() -> None:
    """Serve until killed, with uvicorn as it comes."""
    app, network = FastAPI(), open_network()

    @app.post("/predict")
    async def predict(request: Request) -> Response:
        return Response(answer(network, await request.body()), media_type="application/octet-stream")

    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
