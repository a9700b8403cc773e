"""What `benchmarks.serve` compares with, where it is installed: the same network behind LitServe as it comes.

python -m benchmarks.serve_litserve PORT
"""

from __future__ import annotations

import base64
import sys

import litserve

from benchmarks.serve_bare import answer, open_network


class Digits(litserve.LitAPI):
    """Pixels as base64 in JSON, since it takes no bytes."""

    def setup(self, device: str) -> None:
        """Open the network."""
        self.network = open_network()

    def decode_request(self, request: dict[str, str]) -> bytes:
        """Pixels."""
        return base64.b64decode(request["image"])

    def predict(self, pixels: bytes) -> bytes:
        """Probabilities."""
        return answer(self.network, pixels)

    def encode_response(self, output: bytes) -> dict[str, str]:
        """Probabilities as base64."""
        return {"probabilities": base64.b64encode(output).decode()}


def main() -> None:
    """Serve until killed."""
    server = litserve.LitServer(Digits(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    main()
