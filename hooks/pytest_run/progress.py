"""Progress of a run: a bar on a terminal, elsewhere a line now and then, so that a log lives."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from gardener.redaction import redact

from .tail import Tail

FIRST = 20.0
"""Seconds until the first line of a run that has no terminal: most runs end before."""
EVERY = 30.0
"""Seconds between two lines."""


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[Tail], None] | None]:
    """Show on stderr how far the body is; None when nobody wants to see it."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _lines()
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


def _lines() -> Callable[[Tail], None]:
    """What says now and then how far a run is, in a line of its own."""
    began = time.monotonic()
    due = began + FIRST

    def say(tail: Tail) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + EVERY
            sys.stderr.write(redact(f"gardener: {_so_far(tail)} ({now - began:.0f} s)") + "\n")
            sys.stderr.flush()

    return say


def _so_far(tail: Tail) -> str:
    if not tail.total:
        return f"collecting, {tail.current} runs" if tail.current else "pytest collects the tests"
    failed = f", {tail.failed} failed" if tail.failed else ""
    return f"{min(tail.done, tail.total)} of {tail.total} tests ran{failed}; now {tail.current}"
