"""Work that is killed: it takes no more time and memory than its budget, and the next finds a process again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitlab.base.isolated import Budget, Isolated, OverBudgetError
from digitlab.errors import DataError
from tests.serve.running import until
from tests.serve.test_workers import lives

BUDGET = Budget(seconds=0.3, patience=60, mebibytes=256)
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only, /proc is there only")


@pytest.fixture
def isolated() -> Iterator[Isolated]:
    one = Isolated(1, BUDGET)
    yield one
    one.close()


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def burn(_: object = None) -> None:
    re.fullmatch("(a+)+", "a" * 40 + "b")


def unpack_much(mebibytes: int) -> int:
    return int(np.ones(mebibytes * 2**20, np.uint8).sum())


def fail(kind: str) -> None:
    if kind == "ours":
        raise DataError("wrong", found="this", remedy="that")

    class LocalError(Exception):
        """Cannot be pickled."""

    raise LocalError("told")


def sum_of_answers(ask: Callable[[int], int], count: int) -> int:
    return sum(ask(number) for number in range(count))


def test_results_and_errors_come_back(isolated: Isolated) -> None:
    async def all_of_them() -> None:
        assert await isolated.do(max, 3, 7) == 7
        first = await isolated.do(os.getpid)
        with pytest.raises(DataError, match="found: this"):
            await isolated.do(fail, "ours")
        with pytest.raises(RuntimeError, match="LocalError: told"):
            await isolated.do(fail, "theirs")
        assert await isolated.do(os.getpid) == first != os.getpid()

    run(all_of_them())


def test_it_may_ask_while_it_works(isolated: Isolated) -> None:
    assert run(isolated.do(sum_of_answers, 4, answer=lambda number: number * 10)) == 60


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system does not count")
def test_too_much_time_ends_it_also_in_c_code(isolated: Isolated) -> None:
    async def twice() -> None:
        first = await isolated.do(os.getpid)
        for _ in range(2):
            with pytest.raises(OverBudgetError):
                await isolated.do(burn)
        assert await isolated.do(os.getpid) != first
        assert not lives(first)

    run(twice())


def test_the_clock_ends_what_only_waits() -> None:
    isolated = Isolated(1, Budget(seconds=60, patience=0.2, mebibytes=256))
    with pytest.raises(OverBudgetError):
        run(isolated.do(time.sleep, 600))
    isolated.close()


@linux
def test_too_much_memory_ends_it(isolated: Isolated) -> None:
    async def more_and_more() -> None:
        assert await isolated.do(unpack_much, 50) == 50 * 2**20
        with pytest.raises(OverBudgetError):
            await isolated.do(unpack_much, 400)
        assert await isolated.do(unpack_much, 50) == 50 * 2**20

    run(more_and_more())


@linux
def test_nobody_waits_for_it_any_more() -> None:
    isolated = Isolated(1, Budget(seconds=600, patience=600, mebibytes=256))

    async def given_up() -> int:
        process = int(await isolated.do(os.getpid))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(isolated.do(burn), 0.2)
        assert await isolated.do(os.getpid) != process
        return process

    process = run(given_up())
    until(lambda: not lives(process))
    isolated.close()


def test_those_who_wait_come_in_order() -> None:
    isolated = Isolated(1, BUDGET)

    async def crowd() -> list[int]:
        done: list[int] = []

        async def one(number: int) -> None:
            await isolated.do(os.getpid)
            done.append(number)

        await asyncio.gather(*(one(number) for number in range(20)))
        return done

    assert run(crowd()) == list(range(20))
    isolated.close()


PARENT = """
import asyncio, os, sys, time
from digitlab.base.isolated import Budget, Isolated
from tests.test_isolated import burn
isolated = Isolated(2, Budget(seconds=2, patience=600, mebibytes=256))
async def main():
    print(*await asyncio.gather(isolated.do(os.getpid), isolated.do(os.getpid)), flush=True)
    await isolated.do(burn)
asyncio.run(main())
"""


@linux
def test_processes_without_their_parent_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as parent:
        assert parent.stdout is not None
        processes = [int(process) for process in parent.stdout.readline().split()]
        assert all(lives(process) for process in processes)
        parent.kill()
        until(lambda: not any(lives(process) for process in processes))
