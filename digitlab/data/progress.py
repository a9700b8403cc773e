"""A progress bar for what takes seconds: downloading and drawing.  On a terminal only, and on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]  # called with (done, in all)


@contextmanager
def bar(title: str) -> Iterator[Progress]:
    """Yield a function that moves a bar; the bar appears with its first call and is gone at the end."""
    from rich.console import Console  # deferred: most loads show no bar
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(title, total=None, visible=False)
        yield lambda done, total: bars.update(task, completed=done, total=total, visible=True)
