"""What is told of a test, or of the import of a file, that did not end in its time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from msgspec import structs

from gardener.model import Failure, Frame, Phase

from .crash import MODULE, LastWords, end_of, last_words
from .facts import Facts
from .interrupts import BY_THE_USER
from .process import Ending
from .watchdog import Stuck

CONFTEST = "conftest.py"


def with_stuck(facts: Facts, ending: Ending, log: Path, root: Path) -> Facts:
    """The facts with a failure for each thing that did not end.

    Where the whole process was ended for one of them, nothing is said of what else it was at.
    """
    if not ending.stuck:
        return facts
    words = tuple(last_words(end_of(log), root))
    aborted = [last for last in words if last.message.endswith(": Aborted")]
    for number, stuck in enumerate(ending.stuck):
        if stuck.test:
            # They were interrupted for their stacks one after another.
            in_turn = aborted[number] if len(aborted) == len(ending.stuck) else None
            facts = _with_test(facts, stuck, words, in_turn)
        elif not stuck.is_over:
            facts = _with_import(facts, stuck, words)
    if not ending.gave_up:
        return facts
    cut = {(failure.nodeid, failure.attempt) for failure in facts.unfinished}
    results = tuple(r for r in facts.results if (r.nodeid, r.attempt) not in cut)
    facts = facts._replace(results=results, unfinished=())
    if ending.stuck[-1].is_over and facts.status is None:
        return facts._replace(status=int(bool(facts.failures)))
    return facts


def _with_test(
    facts: Facts, stuck: Stuck, words: Sequence[LastWords], in_turn: LastWords | None
) -> Facts:
    attempt = max((r.attempt for r in facts.results if r.nodeid == stuck.test), default=1)
    attempts = [
        failure
        for failure in (*facts.unfinished, *facts.failures)
        if (failure.nodeid, failure.attempt) == (stuck.test, attempt)
        and failure.phase is not Phase.COLLECT
    ]
    blank = Failure(nodeid=stuck.test, phase=Phase.CALL, type="", message="", attempt=attempt)
    failure = next(iter(attempts), blank)
    frames = _place(failure) or _frames(failure, words, in_turn)
    # A test that catches everything, Ctrl-C included, may yet have passed.
    results = tuple(
        structs.replace(result, outcome="unfinished")
        if (result.nodeid, result.attempt) == (stuck.test, attempt)
        else result
        for result in facts.results
    )
    return facts._replace(
        results=results,
        failures=(
            *(f for f in facts.failures if f not in attempts),
            _worded(failure, _message("It", stuck, frames, stuck.test), stuck, frames),
        ),
        unfinished=tuple(f for f in facts.unfinished if f not in attempts),
    )


def _with_import(facts: Facts, stuck: Stuck, words: Sequence[LastWords]) -> Facts:
    interrupted = [f for f in facts.failures if f.phase is Phase.COLLECT and f.type in BY_THE_USER]
    if interrupted:
        reworded = [
            _worded(f, _message("Its import", stuck, _place(f), f.nodeid), stuck, _place(f))
            for f in interrupted
        ]
        return facts._replace(
            failures=(*(f for f in facts.failures if f not in interrupted), *reworded)
        )
    frames = _place(facts.stop) if facts.stop else ()
    frames = frames or next((last.frames for last in reversed(words)), ())
    nodeid = _imported(frames, stuck.file)
    if not nodeid:
        trouble = f"it did nothing for {stuck.time}, and gardener ended it."
        return facts._replace(internal_error=facts.internal_error or trouble)
    failure = Failure(nodeid=nodeid, phase=Phase.COLLECT, type="", message="")
    message = _message("Its import", stuck, frames, nodeid)
    return facts._replace(failures=(*facts.failures, _worded(failure, message, stuck, frames)))


def _message(subject: str, stuck: Stuck, frames: Sequence[Frame], nodeid: str) -> str:
    """One sentence with the place: two tests that hang elsewhere have not the same cause."""
    for frame in reversed(frames):
        if frame.origin in ("test", "project"):
            place = "at the top" if frame.function == MODULE else f"in `{frame.function}`"
            return f"{subject} did not end in {stuck.time}: it was {place} of {frame.file}."
    return f"{subject} did not end in {stuck.time}; where in {nodeid} is not known."


def _worded(failure: Failure, message: str, stuck: Stuck, frames: tuple[Frame, ...]) -> Failure:
    return structs.replace(
        failure,
        type="",
        message=message,
        causes=(),
        facts={"timeout": stuck.time},
        frames=frames,
    )


def _place(failure: Failure) -> tuple[Frame, ...]:
    """Where it was when Ctrl-C reached it: a coroutine is cancelled first."""
    cancelled = [c for c in failure.causes if c.type.rpartition(".")[2] == "CancelledError"]
    for raised in (*cancelled, failure, *failure.causes):
        if any(frame.origin in ("test", "project") for frame in raised.frames):
            return raised.frames
    return ()


def _frames(
    failure: Failure, words: Sequence[LastWords], in_turn: LastWords | None
) -> tuple[Frame, ...]:
    """The stack that its process printed when it was aborted."""
    of_test = next((last for last in words if last.are_of(failure)), in_turn)
    return of_test.frames if of_test else ()


def _imported(frames: Iterable[Frame], file: str) -> str:
    """The file whose import did not end: a conftest where the stack leads through one."""
    importing = [frame.file for frame in frames if frame.function == MODULE]
    if file and (file in importing or not importing):
        return file
    conftests = [name for name in importing if PurePosixPath(name).name == CONFTEST]
    return next(iter(conftests), file)
