"""Programs that fork while they are checked, a bounded number of times."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitlab.checker.child import MAX_PROCESSES
from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from tests.checker.conftest import sample as sample
from tests.checker.test_child import MODEL, check
from tests.serve.running import until

FORKS = """
import os, signal
for _ in range({count}):
    if os.fork() == 0:
        signal.pause()
handle = os.open({file!r}, os.O_WRONLY | os.O_CREAT)
os.write(handle, str(os.getpgrp()).encode())
os.close(handle)
{last}
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
@pytest.mark.parametrize(
    ("count", "last", "found"),
    [
        (2, "", None),
        (2, "os._exit(7)", "exit code 7"),
        (MAX_PROCESSES, "signal.pause()", f"it started more than {MAX_PROCESSES} processes"),
    ],
)
def test_what_a_program_starts_ends_with_it(
    tmp_path: Path, sample: Split, count: int, last: str, found: str | None
) -> None:
    group = tmp_path / "group"
    text = MODEL + FORKS.format(count=count, file=str(group), last=last)
    if found is None:
        assert check(tmp_path, text, sample) == []
    else:
        with pytest.raises(ModelFileError) as caught:
            check(tmp_path, text, sample)
        assert caught.value.found.startswith(found)
    until(lambda: not _exists(int(group.read_text())))


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
