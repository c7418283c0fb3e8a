"""Progress of a run on a terminal; nothing anywhere else."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from .tail import Tail


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[Tail], None] | None]:
    """Show a bar on stderr while the body runs; None when nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]}"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.description}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("starting pytest", total=None, failed="")

        def show(tail: Tail) -> None:
            bar.update(
                task,
                total=tail.total or None,
                completed=min(tail.done, tail.total or tail.done),
                failed=f"[red]{tail.failed} failed" if tail.failed else "",
                description=escape(tail.current[-60:]) or "collecting",
            )

        yield show
