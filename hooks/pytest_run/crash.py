"""Why a test did not end: the last words of its process, how that ended, or what stopped it."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from gardener.model import Failure, Frame, Phase
from gardener.reports.tracebacks import origin_of

from .events import Facts

LONGEST = 2_000_000
"""Bytes at the end of what pytest printed that are searched for last words."""

_FATAL = re.compile(r"Fatal Python error: (?P<what>[^\n]{1,200})")
_STACK = re.compile(r"hread [^\n]*\(most recent call first\):\n(?P<stack>(?:  File [^\n]*\n)+)")
_TIMEOUT = re.compile(r"\+{5} Timeout \+{5,}\n(?P<stacks>.*?)\+{5} Timeout \+{5}", re.DOTALL)
_MAIN = re.compile(r"~ Stack of MainThread [^\n]*\n(?P<stack>.*?)(?=\n[~+]|\Z)", re.DOTALL)
_FRAME = re.compile(
    r"^  File \"(?P<file>[^\"\n]+)\", line (?P<line>\d{1,9}),? in (?P<name>.+)$", re.MULTILINE
)


class Ending(NamedTuple):
    """The exit status of a run's process; `stopped` says why gardener ended it, if it did."""

    status: int
    stopped: str = ""


class _Words(NamedTuple):
    """What a process said at its end, with the main thread's stack, the deepest frame last."""

    message: str
    facts: dict[str, str]
    frames: tuple[Frame, ...] = ()

    def about(self, failure: Failure) -> Failure:
        """The failure of a test that did not end, told in these words."""
        return structs.replace(failure, message=self.message, facts=self.facts, frames=self.frames)


def explain(facts: Facts, ending: Ending, log: Path, root: Path) -> Facts:
    """The facts with the failures of tests that did not end, and why as far as anything tells.

    A process that died while it imported a test file fails that file.
    """
    if ending.stopped:
        said = _Words(f"It was still running when {ending.stopped}.", {"stopped": ending.stopped})
        cut = tuple(said._replace(frames=f.frames).about(f) for f in facts.cut)
        cut = tuple(structs.replace(failure, type="", causes=()) for failure in cut)
        return facts._replace(failures=(*facts.failures, *cut), cut=())
    if facts.status is not None and not facts.cut:
        return facts
    words = tuple(_last_words(log, root))
    cut = tuple(_told(failure, words, ending.status) for failure in facts.cut)
    files = () if cut else tuple(_importing(words))
    return facts._replace(failures=(*facts.failures, *cut, *files), cut=())


def _told(failure: Failure, words: tuple[_Words, ...], status: int) -> Failure:
    """The failure in its process's words; one that knows its own exception stays as it is."""
    if failure.type:
        return failure
    name = failure.nodeid.partition("[")[0].rpartition("::")[2]
    for own in words:
        if any((frame.file, frame.function) == (failure.file, name) for frame in own.frames):
            return own.about(failure)
    if len(words) == 1 and not failure.message:  # it died in a fixture: no other test was running
        return words[0].about(failure)
    return failure if failure.message else _by_status(status).about(failure)


def _by_status(status: int) -> _Words:
    if status >= 0:
        said = f"Its process ended with exit status {status} before the test did."
        return _Words(said, {"crash": f"exit status {status}"})
    name = f"signal {-status}"
    with contextlib.suppress(ValueError):
        name = signal.Signals(-status).name
    return _Words(f"Its process was killed by {name} before the test ended.", {"crash": name})


def _importing(words: tuple[_Words, ...]) -> Iterator[Failure]:
    """For processes that died outside of any test: the test file that was being imported."""
    for own in words:
        file = next((f.file for f in own.frames if (f.origin, f.function) == _MODULE), "")
        if file:
            yield own.about(Failure(nodeid=file, phase=Phase.COLLECT, type="", message=""))


_MODULE = ("test", "<module>")


def _last_words(log: Path, root: Path) -> Iterator[_Words]:
    """What faulthandler and pytest-timeout (its `thread` method) print before they end a process."""
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - LONGEST, 0))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return
    for said in re.split(r"(?=Fatal Python error: )", text)[1:]:
        found = _FATAL.match(said)
        what = found["what"].strip() if found else ""
        at = max(said.find("Current thread "), 0)
        stack = _STACK.search(said, at)
        frames = _frames(stack["stack"], root) if stack else ()
        yield _Words(f"Fatal Python error: {what}", {"crash": what}, frames[::-1])
    for found in _TIMEOUT.finditer(text):
        main = _MAIN.search(found["stacks"])
        frames = _frames(main["stack"], root) if main else ()
        said = "Timeout from pytest-timeout, which ended the process."
        yield _Words(said, {"timeout": "pytest-timeout"}, frames)


def _frames(stack: str, root: Path) -> tuple[Frame, ...]:
    found = []
    for one in _FRAME.finditer(stack):
        path = one["file"]
        with contextlib.suppress(ValueError):
            path = Path(path).relative_to(root).as_posix()
        found.append(Frame(path, int(one["line"]), one["name"].strip(), origin_of(path)))
    return tuple(found)
