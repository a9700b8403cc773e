"""A new bundle takes over while the service runs; a bad one never does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import digitlab
from digitlab.runtime.bundle import GOLDEN, MODEL, make_bundle, read_bundle, write_bundle
from digitlab.runtime.places import bundle_folder
from tests.serve.running import Service, serving, until
from tests.serve.tensors import as_json, output

A, B = digitlab.load_model("softmax"), digitlab.load_model("mlp:128")


def asked(service: Service, images: np.ndarray) -> tuple[str, np.ndarray]:
    document = service.ask("POST", "/v2/models/current/infer", as_json(images[:3])).document
    return document["model_version"], output(document)


def reloaded(service: Service, times: int) -> dict[str, str]:
    """Tell it to read its bundles again; the line that says what came of it."""
    service.signal(signal.SIGHUP)
    lines: list[dict[str, str]] = until(lambda: len(service.events("bundle")) >= times and service.events("bundle"))
    return lines[-1]


def test_a_new_one_takes_over_and_a_bad_one_does_not(tmp_path: Path, images: np.ndarray) -> None:
    folder = tmp_path / "current"
    write_bundle(folder, read_bundle(bundle_folder("softmax")))
    with serving(folder) as service:
        assert asked(service, images)[0] == A.info.fingerprint

        write_bundle(folder, read_bundle(bundle_folder("mlp:128")))
        assert reloaded(service, 1)["outcome"] == "changed"
        version, probabilities = asked(service, images)
        assert version == B.info.fingerprint
        np.testing.assert_allclose(probabilities, B.predict(images[:3]), atol=1e-6)
        assert service.metric(f'digitlab_bundle_info{{model="current",version="{B.info.fingerprint}"}}') == 1
        assert service.metric(f'digitlab_bundle_info{{model="current",version="{A.info.fingerprint}"}}') == 0

        assert reloaded(service, 2)["outcome"] == "unchanged"

        for number, spoil in enumerate((flip_a_bit, answer_otherwise, take_away), 3):
            spoil(folder)
            line = reloaded(service, number)
            assert (line["outcome"], line["level"], line["version"]) == ("refused", "error", B.info.fingerprint)
            np.testing.assert_allclose(asked(service, images)[1], B.predict(images[:3]), atol=1e-6)
        assert service.metric('digitlab_bundle_reloads_total{outcome="refused"}') == 3
        assert service.get("/v2/health/ready").status == 200


def flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / MODEL).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / MODEL).write_bytes(content)


def answer_otherwise(folder: Path) -> None:
    """The weights of another network under golden answers that are not its own, every fingerprint right."""
    write_with_model(folder, read_bundle(bundle_folder("mlp:128")).model)


def take_away(folder: Path) -> None:
    (folder / GOLDEN).unlink()


def exchange_model(folder: Path, change: Callable[[Any], None]) -> None:
    """A changed network under the name of a good one, every fingerprint right."""
    proto = onnx.load_model_from_string(read_bundle(bundle_folder("softmax")).model)
    change(proto.graph)
    write_with_model(folder, proto.SerializeToString())


def write_with_model(folder: Path, model: bytes) -> None:
    good = read_bundle(bundle_folder("softmax"))
    info = good.info
    wrong = make_bundle(
        model,
        good.golden,
        classes=info.classes,
        preprocessing=info.preprocessing,
        calibration=info.calibration,
        origin=info.origin,
    )
    write_bundle(folder, wrong)


def loop_for_ever(graph: Any) -> None:
    graph.node.insert(0, onnx.helper.make_node("Loop", ["", ""], ["x"], body=onnx.helper.make_graph([], "b", [], [])))


def give_another_shape(graph: Any) -> None:
    del graph.node[-1]
    graph.node.append(onnx.helper.make_node("Transpose", ["probabilities"], ["evidence"], perm=[1, 0]))


def test_a_hostile_one_is_told_and_the_others_are_read(tmp_path: Path, images: np.ndarray) -> None:
    refused_while_others_are_read(tmp_path, images, [loop_for_ever, give_another_shape])


def refused_while_others_are_read(folder: Path, images: np.ndarray, changes: list[Callable[[Any], None]]) -> None:
    """Each change is refused with a line in the log; the model stays as it was, and the bundle behind it is read."""
    first, second = folder / "first", folder / "second"
    for place in (first, second):
        write_bundle(place, read_bundle(bundle_folder("softmax")))
    with serving(first, second) as service:
        for number, change in enumerate(changes, 1):
            exchange_model(first, change)
            write_bundle(second, read_bundle(bundle_folder("mlp:128" if number % 2 else "softmax")))
            service.signal(signal.SIGHUP)
            until(partial(has_lines, service, 2 * number), 120)
            bad, good = service.events("bundle")[-2:]
            assert (bad["model"], bad["outcome"], bad["version"]) == ("first", "refused", A.info.fingerprint)
            assert "; found: " in bad["why"]
            assert (good["model"], good["outcome"]) == ("second", "changed")
            document = service.ask("POST", "/v2/models/first/infer", as_json(images[:3])).document
            np.testing.assert_allclose(output(document), A.predict(images[:3]), atol=1e-6)
        assert service.metric('digitlab_bundle_reloads_total{outcome="refused"}') == len(changes)
        assert service.events("text") == []  # no lines but ours
        assert service.end() == 0


def has_lines(service: Service, count: int) -> bool:
    return len(service.events("bundle")) >= count


@pytest.mark.parametrize("swaps", [5])
def test_no_request_fails_and_each_names_the_version_that_answered(
    tmp_path: Path, images: np.ndarray, swaps: int
) -> None:
    expected = {each.info.fingerprint: each.predict(images[:3]) for each in (A, B)}
    folder = tmp_path / "current"
    write_bundle(folder, read_bundle(bundle_folder("softmax")))
    seen = set()
    with serving(folder) as service:
        for swap in range(swaps):
            write_bundle(folder, read_bundle(bundle_folder("softmax" if swap % 2 else "mlp:128")))
            service.signal(signal.SIGHUP)
            while len(service.events("bundle")) <= swap:
                version, probabilities = asked(service, images)
                np.testing.assert_allclose(probabilities, expected[version], atol=1e-6)
                seen.add(version)
        assert [line["outcome"] for line in service.events("bundle")] == ["changed"] * swaps
    assert seen == set(expected)


def test_many_signals_are_one_or_two_readings() -> None:
    with serving("softmax") as service:
        for _ in range(300):
            service.signal(signal.SIGHUP)
        until(lambda: service.events("bundle"))
        service.signal(signal.SIGHUP)
        service.get("/v2/health/ready")
        service.end()
        assert 1 <= len(service.events("bundle")) < 30


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the process in /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_signal_while_it_starts_is_kept(workers: int) -> None:
    command = [sys.executable, "-m", "digitlab", "serve", "softmax", "--port", "0", "--workers", str(workers)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            until(lambda: holds_hang_ups(process.pid))
            process.send_signal(signal.SIGHUP)
            events = (json.loads(line)["event"] for line in process.stderr)
            assert next(events) in ("serving", "bundle")
            if workers == 1:
                assert "bundle" in events
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
            assert process.wait(30) == 0
        finally:
            process.kill()


def holds_hang_ups(process: int) -> bool:
    (mask,) = (line.split()[1] for line in Path(f"/proc/{process}/status").read_text().splitlines() if "SigBlk" in line)
    return bool(int(mask, 16) & 1 << signal.SIGHUP - 1)
