"""The promises of the service under load, on a machine that does nothing else; the client shares its cores."""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

import digitlab
from benchmarks import serve as benchmark
from benchmarks.load import Request, flood, stream
from digitlab.data.dataset import Split
from digitlab.runtime.bundle import read_bundle, write_bundle
from digitlab.runtime.places import bundle_folder
from digitlab.serve.edge import PROBES
from digitlab.serve.limits import MAX_LIGHT
from tests.serve.fuzzing import fuzz_bytes, fuzz_connections, fuzz_described
from tests.serve.running import Answer, Service, serving, until
from tests.serve.tensors import as_json, output
from tests.serve.test_pictures import drawn
from tests.serve.test_workers import INFER, processes

SECONDS_OF_OVERLOAD = 60
FUZZED = 10_000
SWAPS, REQUESTS_DURING_SWAPS = 20, 10_000
PROBE_EVERY = 0.1  # seconds
SLOWEST_PROBE = 0.1


@pytest.fixture
def one(held_out: Split) -> Request:
    return Request.tensors(held_out.images[:1])


def test_it_is_fast_and_its_checks_cost_little(one: Request) -> None:
    bare = Request("/predict", one.body[-784:])
    ours, theirs = [], []
    with benchmark.server("digitlab serve", one) as (port, _), benchmark.server("bare route", bare) as (other, _):
        for _ in range(7):
            ours.append(flood(port, one, seconds=3, connections=16))
            theirs.append(flood(other, bare, seconds=3, connections=16))
        half = stream(port, one, rate=statistics.median(each.rate for each in ours) / 2, seconds=10)
    assert sum(each.refused + each.broken for each in ours) == 0
    assert statistics.median(mine.rate / bare.rate for mine, bare in zip(ours, theirs, strict=True)) >= 0.6
    assert max(each.rate for each in ours) >= 3_000
    assert np.percentile(half.latencies, 99) <= 0.020


def test_it_starts_soon_and_needs_little_memory(one: Request) -> None:
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        with benchmark.server("digitlab serve", one) as (port, process):
            seconds.append(time.perf_counter() - begun)
            flood(port, one, seconds=2, connections=16)
            assert benchmark.resident_mebibytes(process) <= 200
    assert statistics.median(seconds) <= 1.5


@pytest.mark.timeout(600)
def test_twenty_swaps_under_load(held_out: Split, tmp_path: Path) -> None:
    images = held_out.images[:1]
    bundles = {name: digitlab.load_model(name) for name in ("softmax", "mlp:128")}
    expected = {each.info.fingerprint: each.predict(images) for each in bundles.values()}
    folder, body, seen = tmp_path / "current", as_json(images), list[str]()
    write_bundle(folder, read_bundle(bundle_folder("softmax")))
    enough, failures = threading.Event(), list[Answer]()

    def ask() -> None:
        while not enough.is_set():
            answer = service.ask("POST", "/v2/models/current/infer", body)
            if answer.status != 200:
                failures.append(answer)
                continue
            version = answer.document["model_version"]
            if np.abs(output(answer.document) - expected[version]).max() > 1e-6:
                failures.append(answer)
            seen.append(version)

    with serving(folder) as service, in_threads(ask, 4, enough):
        for swap in range(SWAPS):
            until(partial(at_least, seen, swap * REQUESTS_DURING_SWAPS // SWAPS), 300)
            write_bundle(folder, read_bundle(bundle_folder("softmax" if swap % 2 else "mlp:128")))
            service.signal(signal.SIGHUP)
            until(partial(exchanged, service, swap + 1))
        until(partial(at_least, seen, REQUESTS_DURING_SWAPS), 300)
        enough.set()
        assert [line["outcome"] for line in service.events("bundle")] == ["changed"] * SWAPS
    assert failures == []
    assert min(seen.count(version) for version in expected) > REQUESTS_DURING_SWAPS / 10


@pytest.mark.timeout(600)
def test_four_times_as_many_as_it_holds(one: Request) -> None:
    with serving("robust") as service:
        flood(service.port, one, seconds=2, connections=16)
        before = benchmark.resident_mebibytes(service.process.pid)
        with probed(service) as slowest:
            result = flood(service.port, one, seconds=SECONDS_OF_OVERLOAD, connections=4 * MAX_LIGHT)
        codes = codes_of(service)
        growth = benchmark.resident_mebibytes(service.process.pid) - before
    print(f"{result.rate:,.0f} answers a second, {codes}, slowest probe {max(slowest):.3f} s, {growth:.0f} MiB more")
    assert result.broken == 0
    assert set(codes) <= {200, 429, 503}
    assert codes[200] > 1_000
    assert growth < 100
    assert max(slowest) <= SLOWEST_PROBE


@pytest.mark.timeout(600)
def test_more_photographs_than_it_holds(held_out: Split) -> None:
    picture = Request("/v1/read", drawn(held_out.images[0]), {"Content-Type": "image/png"})
    with serving("robust") as service:
        flood(service.port, picture, seconds=2, connections=2)
        before = benchmark.resident_mebibytes(service.process.pid)
        with probed(service) as slowest:
            result = flood(service.port, picture, seconds=15, connections=32)
        codes = codes_of(service)
        growth = benchmark.resident_mebibytes(service.process.pid) - before
    print(f"{result.rate:,.0f} answers a second, {codes}, slowest probe {max(slowest):.3f} s, {growth:.0f} MiB more")
    assert set(codes) <= {200, 429, 503}
    assert growth < 100
    assert max(slowest) <= SLOWEST_PROBE


@pytest.mark.timeout(0)
def test_hours_change_nothing(one: Request, held_out: Split, soak_seconds: float) -> None:
    memory, enough = list[tuple[float, float]](), threading.Event()
    picture = drawn(held_out.images[0])

    def ask() -> None:
        while not enough.wait(0.05):
            assert service.ask("POST", "/v1/predict", picture).status == 200
            memory.append((time.monotonic(), benchmark.resident_mebibytes(service.process.pid)))

    with serving("robust") as service:
        rate = flood(service.port, one, seconds=3, connections=16).rate / 3
        with in_threads(ask, 1, enough):
            result = stream(service.port, one, rate=rate, seconds=soak_seconds)
            enough.set()
        codes = codes_of(service)
    moments, mebibytes = np.array(memory[len(memory) // 5 :]).T  # the first fifth is for growing warm
    slope = float(np.polyfit(moments / 60, mebibytes, 1)[0])
    print(f"{len(result.latencies):,} tensors, {len(memory):,} pictures", end=", ")
    print(f"{slope:+.2f} MiB a minute, {mebibytes[-1]:.0f} MiB")
    assert set(codes) == {200}
    assert slope < 1


@pytest.mark.timeout(1_800)
def test_ten_thousand_odd_requests(one: Request) -> None:
    with serving("softmax", "mlp:128") as service:
        sent = fuzz_described(service, FUZZED // 14)
        fuzz_bytes(service, FUZZED // 3)
        fuzz_connections(service, FUZZED // 10)
        print(f"{sent:,} described ones, {FUZZED // 3:,} of bytes, {FUZZED // 10:,} of hardly HTTP")
        assert sent + FUZZED // 3 + FUZZED // 10 >= FUZZED
        assert service.events("failure") == []
        assert service.get("/v2/health/ready").status == 200


def test_a_worker_that_is_killed_under_load(one: Request) -> None:
    with serving("robust", "--workers", "2") as service:
        before = processes(service)
        timer = threading.Timer(2, lambda: os.kill(min(before), signal.SIGKILL))
        timer.start()
        result = flood(service.port, one, seconds=8, connections=16)
        until(lambda: len(service.events("serving")) == 3)
        died, back = service.events("worker died")[0]["time"], service.events("serving")[2]["time"]
        print(f"{result.requests:,} answers, {result.broken} broken connections; died {died}, back {back}")
        assert result.refused == 0
        assert result.broken <= 16  # those in its hands
        assert result.requests > 1_000
        assert service.ask("POST", INFER.replace("softmax", "robust"), one.body, one.headers).status == 200


def at_least(seen: list[str], count: int) -> bool:
    return len(seen) >= count


def exchanged(service: Service, times: int) -> bool:
    return len(service.events("bundle")) >= times


@contextlib.contextmanager
def in_threads(work: Callable[[], None], count: int, enough: threading.Event) -> Iterator[None]:
    """`work` goes on in so many threads until the block ends."""
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def probed(service: Service) -> Iterator[list[float]]:
    """Health and metrics are asked for all the time; the seconds that each answer took, there when the block ends.

    A process of its own asks: this one is busy with the log and its own collector of garbage.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_probe, args=(service.port, theirs))
    process.start()
    ours.recv()  # it has begun
    seconds: list[float] = []
    try:
        yield seconds
    finally:
        ours.send("enough")
        seconds += ours.recv()
        process.join()


def _probe(port: int, parent: Connection) -> None:
    seconds = []
    parent.send("begun")
    while not parent.poll(PROBE_EVERY):
        for path in PROBES:
            begun = time.perf_counter()
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                connection.request("GET", path)
                assert connection.getresponse().status == 200
            seconds.append(time.perf_counter() - begun)
    parent.send(seconds)


def codes_of(service: Service) -> dict[int, int]:
    """How many answers had each code, by the service's own count."""
    found: dict[int, int] = {}
    for line in service.get("/metrics").body.decode().splitlines():
        if line.startswith("digitlab_requests_total{"):
            code = int(line.partition('code="')[2].partition('"')[0])
            found[code] = found.get(code, 0) + int(float(line.rpartition(" ")[2]))
    return found
