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
from gardener.nodeid import NodeId
from gardener.reports.tracebacks import origin_of

from .facts import Facts
from .process import Ending

LONGEST = 2_000_000
"""Bytes at the end of what pytest printed that are searched for last words."""

_FATAL = re.compile(r"Fatal Python error: (?P<error>[^\n]{1,200})")
_STACK = re.compile(r"hread [^\n]*\(most recent call first\):\n(?P<stack>(?:  File [^\n]*\n)+)")
_TIMEOUT = re.compile(r"\+{5} Timeout \+{5,}\n(?P<stacks>.*?)\+{5} Timeout \+{5}", re.DOTALL)
_MAIN = re.compile(r"~ Stack of MainThread [^\n]*\n(?P<stack>.*?)(?=\n[~+]|\Z)", re.DOTALL)
_FRAME = re.compile(
    r"^  File \"(?P<file>[^\"\n]+)\", line (?P<line>\d{1,9}),? in (?P<name>.+)$", re.MULTILINE
)
MODULE = "<module>"
_RUNS_A_TEST = "pytest_pyfunc_call"
"""pytest's own function around each test."""
_FAULT_OF_PYTHON = "AST constructor recursion depth mismatch"
"""What Python before 3.11.8 raises, now and then, where garbage is collected while it parses."""


class LastWords(NamedTuple):
    """What a process said at its end, with the main thread's stack, the deepest frame last."""

    message: str
    facts: dict[str, str]
    frames: tuple[Frame, ...] = ()

    def about(self, failure: Failure) -> Failure:
        """The failure of a test that did not end, in these words."""
        return structs.replace(failure, message=self.message, facts=self.facts, frames=self.frames)

    def are_of(self, failure: Failure) -> bool:
        """Whether the test was running when the process said this."""
        name = NodeId.parse(failure.nodeid).name
        return any((f.file, f.function) == (failure.file, name) for f in self.frames)

    @property
    def are_of_a_test(self) -> bool:
        """Whether pytest was running any test when the process said this."""
        return any(frame.function == _RUNS_A_TEST for frame in self.frames)


def explain(facts: Facts, ending: Ending, log: Path, root: Path) -> Facts:
    """The facts with the failures of tests that did not end, and why as far as anything tells.

    A process that died while it imported a test file fails that file.
    """
    if ending.reason:
        stopped = [_stopped(failure, ending.reason) for failure in facts.unfinished]
        return facts._replace(failures=(*facts.failures, *stopped), unfinished=())
    if facts.status is not None and not facts.unfinished:
        return facts
    facts = _without_fault_of_python(facts)
    words = tuple(last_words(end_of(log), root))
    own = _words_by_test(facts.unfinished, words)
    unfinished = [
        _explained(failure, own.get(failure.nodeid), words, ending.status)
        for failure in facts.unfinished
    ]
    files = [] if unfinished else list(_failed_imports(words))
    if facts.importing and facts.stop is None and not unfinished:
        files = [_died_importing(facts.importing, words, files, ending.status)]
    return facts._replace(failures=(*facts.failures, *unfinished, *files), unfinished=())


def _without_fault_of_python(facts: Facts) -> Facts:
    """The facts, where Python itself failed in pytest, without an error of pytest's own.

    Only where one test ran: of several it is not known which are cut off for nothing.
    """
    if len(facts.unfinished) != 1 or not facts.internal_error:
        return facts
    failure = facts.unfinished[0]
    if failure.type != "SystemError" or not failure.message.startswith(_FAULT_OF_PYTHON):
        return facts
    known = {**failure.facts, "interpreter": _FAULT_OF_PYTHON}
    return facts._replace(unfinished=(structs.replace(failure, facts=known),), internal_error="")


def _stopped(failure: Failure, reason: str) -> Failure:
    """The failure of a test that was running when gardener ended its process."""
    words = LastWords(f"It was still running when {reason}.", {"stopped": reason}, failure.frames)
    return structs.replace(words.about(failure), type="", causes=())


def _words_by_test(
    failures: tuple[Failure, ...], words: tuple[LastWords, ...]
) -> dict[str, LastWords]:
    """The last words of the process of each test, as far as they tell whose they are.

    pytest-xdist prints while its worker still writes its stack, now and then into the middle of the
    line that names the test. So where one test and the words of one test are left, they belong together.
    """
    own: dict[str, LastWords] = {}
    for failure in failures:
        of_test = next((last for last in words if last.are_of(failure)), None)
        if of_test:
            own[failure.nodeid] = of_test
    left = [f for f in failures if f.nodeid not in own and not f.type and f.message]
    unclaimed = [w for w in words if w not in own.values() and w.are_of_a_test]
    if len(left) == len(unclaimed) == 1:
        own[left[0].nodeid] = unclaimed[0]
    return own


def _explained(
    failure: Failure, own: LastWords | None, words: tuple[LastWords, ...], status: int
) -> Failure:
    """The failure in its process's words; one that knows its own exception stays as it is."""
    if failure.type:
        return failure
    if own:
        return own.about(failure)
    if failure.message:  # what pytest-xdist says of a worker that died
        return structs.replace(failure, facts={"crash": "its process"})
    if len(words) == 1:  # it died in a fixture: no other test was running
        return words[0].about(failure)
    return words_for_status(status).about(failure)


def status_in_words(status: int | None) -> str:
    """`exit status 4`, or `killed (signal 9)`."""
    return f"killed (signal {-status})" if status and status < 0 else f"exit status {status}"


def ending_in_words(status: int | None) -> str:
    """`ended with exit status 4`, or `was killed (signal 9)`."""
    words = status_in_words(status)
    return f"was {words}" if words.startswith("killed") else f"ended with {words}"


def words_for_status(status: int, subject: str = "the test") -> LastWords:
    """What the exit status of a process tells of what did not end in it, if nothing else does."""
    if status >= 0:
        message = f"Its process ended with exit status {status} before {subject} did."
        return LastWords(message, {"crash": f"exit status {status}"})
    name = f"signal {-status}"
    with contextlib.suppress(ValueError):
        name = signal.Signals(-status).name
    message = f"Its process was killed by {name} before {subject} ended."
    return LastWords(message, {"crash": name})


def _failed_imports(words: tuple[LastWords, ...]) -> Iterator[Failure]:
    """For processes that died outside of any test: the test file that was being imported."""
    for last in words:
        for frame in last.frames:
            if (frame.origin, frame.function) == ("test", MODULE):
                failure = Failure(nodeid=frame.file, phase=Phase.COLLECT, type="", message="")
                yield last.about(failure)
                break


def _died_importing(
    file: str, words: tuple[LastWords, ...], files: list[Failure], status: int
) -> Failure:
    """The failure of the file that was imported when the process died."""
    for failure in files:
        if failure.nodeid == file:
            return failure
    last = words[-1] if words else words_for_status(status, "its import")
    return last.about(Failure(nodeid=file, phase=Phase.COLLECT, type="", message=""))


def end_of(log: Path) -> str:
    """The end of what pytest printed; empty where it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - LONGEST, 0))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_words(text: str, root: Path) -> Iterator[LastWords]:
    """What faulthandler and pytest-timeout (its `thread` method) print before they end a process."""
    for part in re.split(r"(?=Fatal Python error: )", text)[1:]:
        fatal = _FATAL.match(part)
        error = fatal["error"].strip() if fatal else ""
        stack = _STACK.search(part, max(part.find("Current thread "), 0))
        frames = _frames(stack["stack"], root) if stack else ()
        yield LastWords(f"Fatal Python error: {error}", {"crash": error}, frames[::-1])
    for timeout in _TIMEOUT.finditer(text):
        main = _MAIN.search(timeout["stacks"])
        frames = _frames(main["stack"], root) if main else ()
        message = "Timeout from pytest-timeout, which ended the process."
        yield LastWords(message, {"timeout": "pytest-timeout"}, frames)


def _frames(stack: str, root: Path) -> tuple[Frame, ...]:
    frames = []
    for match in _FRAME.finditer(stack):
        path = match["file"]
        with contextlib.suppress(ValueError):
            path = Path(path).relative_to(root).as_posix()
        frames.append(Frame(path, int(match["line"]), match["name"].strip(), origin_of(path)))
    return tuple(frames)
