"""The signals that ask a process to end, and code that must not end in its middle."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

Handler = Callable[[int, FrameType | None], None] | signal.Handlers

STOPS = ("SIGTERM", "SIGHUP")
"""Names of the signals, beside Ctrl-C's, that ask a process to end; not every system has all."""


@contextlib.contextmanager
def handling(handler: Handler, names: tuple[str, ...]) -> Iterator[None]:
    """Handle the signals of these names (as far as the system has them) while the body runs."""
    previous = {}
    for name in names:
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(ValueError):  # not the main thread
                previous[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old_handler in previous.items():
            signal.signal(number, old_handler)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let a signal that ends the process, Ctrl-C's too, take effect only after the body.

    In another thread than the main one Python cannot defer signals; the body just runs.
    """
    arrived: list[int] = []
    try:
        with handling(lambda number, _: arrived.append(number), ("SIGINT", *STOPS)):
            yield
    finally:
        for number in arrived[:1]:
            signal.raise_signal(number)
