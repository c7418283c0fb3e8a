"""Summarizes many files at once: in several processes where there are enough for that."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from gardener.worker import end_with_parent

from .extraction import summarize, summarize_text
from .garbage import no_garbage_collection
from .summary import Summary

_WORTH_A_PROCESS = 300  # files: below, starting processes costs more than it saves
_ENCODE = msgspec.msgpack.Encoder().encode


class Source(NamedTuple):
    """The content of a file, and whether it is Python."""

    content: bytes
    python: bool

    def summary(self) -> Summary:
        return summarize(self.content) if self.python else summarize_text(self.content)


Summarizer = Callable[["list[Source]"], "list[bytes]"]


@contextlib.contextmanager
def summarizer(files: int) -> Iterator[Summarizer]:
    """What summarizes many files: several processes where there are enough files for that."""
    workers = min(4, os.cpu_count() or 1)
    if files < _WORTH_A_PROCESS or workers == 1:
        yield _summarize_batch
        return
    from concurrent.futures import ProcessPoolExecutor  # late: it costs what a warm run takes

    with ProcessPoolExecutor(workers, initializer=_start_worker) as pool:

        def summarize_all(sources: list[Source]) -> list[bytes]:
            size = -(-len(sources) // (workers * 4)) or 1
            batches = [sources[start : start + size] for start in range(0, len(sources), size)]
            return [data for batch in pool.map(_summarize_batch, batches) for data in batch]

        yield summarize_all


def _start_worker() -> None:
    """Leave Ctrl-C to the process that waits for this one, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _summarize_batch(sources: list[Source]) -> list[bytes]:
    with no_garbage_collection():
        return [_ENCODE(source.summary()) for source in sources]
