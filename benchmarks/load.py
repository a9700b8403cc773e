"""Load on a service: as fast as it goes with `wrk`, or at a fixed rate."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_SCRIPT = """
local file = io.open("{body}", "rb")
wrk.method, wrk.body = "POST", file:read("*a")
file:close()
{headers}
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d\\n", summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Request:
    """What is sent, over and over."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def tensors(cls, images: NDArray[np.uint8], model: str = "robust") -> Request:
        """Images [N, 28, 28] as bytes, which ask for probabilities as bytes."""
        tensor = {
            "name": "images",
            "shape": list(images.shape),
            "datatype": "UINT8",
            "parameters": {"binary_data_size": images.size},
        }
        wanted = [{"name": "probabilities", "parameters": {"binary_data": True}}]
        head = json.dumps({"inputs": [tensor], "outputs": wanted}).encode()
        headers = {"Inference-Header-Content-Length": str(len(head))}
        return cls(f"/v2/models/{model}/infer", head + images.tobytes(), headers)

    def on_the_wire(self) -> bytes:
        """As HTTP/1.1."""
        lines = [f"POST {self.path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Flood:
    """What `wrk` counted."""

    requests: int
    seconds: float
    refused: int  # answers that are not 200
    broken: int  # connections that failed, answers that did not come

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds


def flood(port: int, request: Request, *, seconds: int, connections: int) -> Flood:
    """As many requests as get through, from one thread of `wrk`."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing; it is a package of most systems, as `apt-get install wrk`")
    with tempfile.TemporaryDirectory() as folder:
        body, script = Path(folder) / "body", Path(folder) / "script.lua"
        body.write_bytes(request.body)
        headers = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in request.headers.items())
        script.write_text(_SCRIPT.format(body=body, headers=headers))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
        address = f"http://127.0.0.1:{port}{request.path}"
        printed = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", printed)
    assert found is not None, printed
    requests, microseconds, refused, broken = (int(number) for number in found.groups())
    return Flood(requests, microseconds / 1e6, refused, broken)


@dataclass(frozen=True)
class Stream:
    """What a fixed rate of requests got: seconds from when each was due, and the codes."""

    latencies: NDArray[np.float64]
    codes: Counter[int]


def stream(port: int, request: Request, *, rate: float, seconds: float, connections: int = 16) -> Stream:
    """Requests at a fixed rate, over connections that stay; a late answer makes those behind it late, too."""
    return asyncio.run(_stream(port, request.on_the_wire(), rate, seconds, connections))


async def _stream(port: int, wire: bytes, rate: float, seconds: float, connections: int) -> Stream:
    latencies: list[float] = []
    codes: Counter[int] = Counter()
    loop = asyncio.get_running_loop()
    start = loop.time() + 0.1

    async def client(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, int(rate * seconds), connections):
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(wire)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            latencies.append(loop.time() - due)
            codes[int(head[9:12])] += 1
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client(first) for first in range(connections)))
    return Stream(np.array(latencies), codes)
