"""Event files for TensorBoard: scalars, and settings for its page of hyperparameters.

The bytes of a run's file follow from its folder alone, and an epoch only adds some at the end.  So a second export
appends what is missing, and a TensorBoard that is open shows it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import masked_crc32c
from tensorboardX.summary import hparams

from digitlab.base.files import cannot_write, write_bytes
from digitlab.runs.run import Run
from digitlab.trackers.figures import KERAS_NAMES, TEST_NAMES, epochs, result_figures, run_name, settings, start_time


def write_events(runs: Sequence[Run], folder: Path) -> None:
    """Bring the event file of each run, in a folder of its own in `folder`, up to date (raises StorageError)."""
    for run in runs:
        file = folder / run_name(run) / f"events.out.tfevents.{start_time(run):.0f}.digitlab"
        try:
            file.parent.mkdir(exist_ok=True)
            _bring_up_to_date(file, b"".join(map(_record, _events(run))))
        except OSError as error:
            raise cannot_write(file, error) from error


def _bring_up_to_date(file: Path, content: bytes) -> None:
    """Append what is missing, also after a write that was cut short; write anew where something else stands there."""
    old = file.read_bytes() if file.exists() else None
    if old is None or not content.startswith(old):
        write_bytes(file, content)
    elif old != content:
        with file.open("ab") as stream:
            stream.write(content[len(old) :])


def _events(run: Run) -> Iterator[Event]:
    start, complete = start_time(run), epochs(run)
    experiment, session, end = hparams(settings(run), dict.fromkeys([*KERAS_NAMES.values(), *TEST_NAMES], 0.0))
    yield Event(wall_time=start, file_version="brain.Event:2")
    yield Event(wall_time=start, summary=_in_fixed_order(experiment))
    yield Event(wall_time=start, summary=_in_fixed_order(session))
    for epoch in complete:
        yield Event(wall_time=epoch.time, step=epoch.number, summary=_scalars(epoch.figures))
    last = complete[-1]
    if run.result is not None:
        yield Event(wall_time=last.time, step=last.number, summary=_scalars(result_figures(run)))
    if run.info.status == "done":
        yield Event(wall_time=last.time, step=last.number, summary=end)


def _scalars(figures: Mapping[str, float]) -> Summary:
    return Summary(value=[Summary.Value(tag=name, simple_value=value) for name, value in figures.items()])


def _in_fixed_order(summary: Summary) -> Summary:
    """The same hyperparameters in the same bytes, whichever process writes them."""
    plugin = summary.value[0].metadata.plugin_data
    plugin.content = HParamsPluginData.FromString(plugin.content).SerializeToString(deterministic=True)
    return summary


def _record(event: Event) -> bytes:
    """A record of TensorFlow's TFRecord format: length and data, each followed by its masked CRC-32C."""
    data = event.SerializeToString(deterministic=True)
    length = struct.pack("<Q", len(data))
    return b"".join([length, _checksum(length), data, _checksum(data)])


def _checksum(data: bytes) -> bytes:
    return struct.pack("<I", masked_crc32c(data))
