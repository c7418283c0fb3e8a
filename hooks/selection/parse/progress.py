"""Says on stderr how far a long piece of work is; nothing as long as it is short."""

from __future__ import annotations

import sys
import time
from typing import ClassVar

_PATIENCE = 3.0
"""Seconds of work of which nothing is said."""
_SELDOM = 30.0
"""Seconds between two lines where stderr is no terminal, as in the log of a CI run."""


class Progress:
    """How many of the files something was done with, in one line that changes on a terminal.

    `quiet` holds for all of them: a command that is asked for no talk sets it.
    """

    quiet: ClassVar[bool] = False

    def __init__(self, done: str, total: int) -> None:
        """`done` says in the past tense what is done with the files."""
        self._done = done
        self._total = total
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + _PATIENCE
        self._said = 0

    def at(self, count: int) -> None:
        """Say, if it is time to, that so many files are done."""
        if self.quiet or time.monotonic() < self._next:
            return
        text = f"gardener: {self._done} {count} of {self._total} Python files"
        if self._terminal:
            self._write(f"\r{text}")
            self._said = len(text)
        else:
            self._write(f"{text}\n")
        self._next = time.monotonic() + (0.2 if self._terminal else _SELDOM)

    def end(self) -> None:
        """Take the line from the terminal again."""
        if self._said:
            self._write("\r" + " " * self._said + "\r")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
