"""How much the service answers, how soon, and what its checks cost over the same network behind a bare route.

    python -m benchmarks.serve

One image as bytes; every server has one process, and shares the machine with the client.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.load import Flood, Request, flood, stream
from benchmarks.table import print_table, print_title, spread
from digitlab.data import synthetic

PROGRAMS = {
    "digitlab serve": ["digitlab", "serve", "--port"],
    "bare route": ["benchmarks.serve_bare"],
    "LitServe": ["benchmarks.serve_litserve"],
}
ROUNDS, SECONDS, CONNECTIONS = 7, 3, 16
HALF_SECONDS = 10
STARTS = 7


def main() -> None:
    """Print the tables."""
    image = synthetic.generate(0, train=10, test=10).train.images[:1]
    requests = {
        "digitlab serve": Request.tensors(image),
        "bare route": Request("/predict", image.tobytes()),
        "LitServe": Request(
            "/predict",
            json.dumps({"image": base64.b64encode(image.tobytes()).decode()}).encode(),
            {"Content-Type": "application/json"},
        ),
    }
    if find_spec("litserve") is None:
        print("LitServe is missing (pip install litserve), so it is left out", file=sys.stderr)
        del requests["LitServe"]
    print_title("Service: one image a request, one process, the client on the same cores")
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(server(name, request))[0] for name, request in requests.items()}
        floods = _floods(ports, requests)
        _print_floods(floods)
        rate = float(np.median([each.rate for each in floods["digitlab serve"]])) / 2
        _print_half_load(ports["digitlab serve"], requests["digitlab serve"], rate)
    _print_start(requests["digitlab serve"])


def _floods(ports: dict[str, int], requests: dict[str, Request]) -> dict[str, list[Flood]]:
    """By turns, since machines get faster and slower."""
    results: dict[str, list[Flood]] = {name: [] for name in ports}
    for _ in range(ROUNDS):
        for name, port in ports.items():
            result = flood(port, requests[name], seconds=SECONDS, connections=CONNECTIONS)
            assert result.refused == result.broken == 0, (name, result)
            results[name].append(result)
    return results


def _print_floods(floods: dict[str, list[Flood]]) -> None:
    ours = floods["digitlab serve"]
    rows = []
    for name, results in floods.items():
        ratios = [mine.rate / theirs.rate for mine, theirs in zip(ours, results, strict=True)]
        rows.append([name, spread([each.rate for each in results], "", 0), spread(ratios, "×")])
    print_table(["server", f"requests a second, {CONNECTIONS} connections", "ours over this"], rows)


def _print_half_load(port: int, request: Request, rate: float) -> None:
    result = stream(port, request, rate=rate, seconds=HALF_SECONDS)
    assert set(result.codes) == {200}
    figures = [f"{1000 * np.percentile(result.latencies, percent):.1f} ms" for percent in (50, 90, 99, 99.9)]
    print(f"\nAt half of that, {rate:,.0f} requests a second for {HALF_SECONDS} s (n = {len(result.latencies):,}):\n")
    print_table(["median", "90%", "99%", "99.9%"], [figures])


def _print_start(request: Request) -> None:
    starts, memories = [], []
    for _ in range(STARTS):
        begun = time.perf_counter()
        with server("digitlab serve", request) as (port, process):
            starts.append(time.perf_counter() - begun)
            flood(port, request, seconds=1, connections=CONNECTIONS)
            memories.append(resident_mebibytes(process))
    print("\nA process of its own:\n")
    rows = [
        ["process start to the first answer", spread(starts)],
        ["memory of the worker, after a second of load", spread(memories, "MiB", 0)],
    ]
    print_table(["what", "median (least to greatest)"], rows)


@contextlib.contextmanager
def server(name: str, request: Request) -> Iterator[tuple[int, int]]:
    """A server in a process of its own, once it answers: its port, and the process."""
    port = free_port()
    command = [sys.executable, "-m", *PROGRAMS[name], str(port)]
    quiet = {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}  # as our own network does it
    with subprocess.Popen(
        command, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            while not answers(port, request):
                assert process.poll() is None, f"{name} does not start"
                time.sleep(0.01)
            yield port, process.pid
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # LitServe leaves processes behind


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def answers(port: int, request: Request) -> bool:
    """Whether this request is answered now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", request.path, request.body, request.headers)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def resident_mebibytes(process: int) -> float:
    """What the system says of a process's memory (Linux)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"the system says nothing of the memory of process {process}")


if __name__ == "__main__":
    main()
