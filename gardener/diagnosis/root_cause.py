"""What a failure really is about: the exception behind it, and the code that it leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gardener.diagnosis.background import chain_of, ended_beside
from gardener.model import Cause, Failure, Frame, Phase, RaisedException
from gardener.nodeid import NodeId


def root_of(failure: Failure) -> RaisedException:
    """The exception that a failure really is about.

    An explicit cause (`raise ... from`) and a group's member stand for what they
    caused, unless a library wraps an error of its own in a text that tells more. An implicit
    context does so only when the outer exception came up in the clean-up after it, is a
    test's own verdict (`pytest.fail`, a failed assertion) or repeats the inner message. What
    ended beside the test stands for the silence that the test met.
    """
    visible = _root_of(failure, chain_of(failure), knows_consequences=True)
    ended = ended_beside(failure, visible)
    return _root_of(ended[0], ended[1:], knows_consequences=True) if ended else visible


def former_root_of(failure: Failure) -> RaisedException:
    """What `root_of` told before it knew of clean-ups and of what libraries wrap."""
    return _root_of(failure, chain_of(failure), knows_consequences=False)


def _root_of(
    outermost: RaisedException, chain: Iterable[Cause], *, knows_consequences: bool
) -> RaisedException:
    current, in_group = outermost, False
    for cause in chain:
        if cause.link == "group":
            if knows_consequences and in_group and not bare_name(current.type).endswith("Group"):
                break  # the first member is shown, not the last
            in_group = True
        if knows_consequences and _is_told_by(current, cause):
            break
        is_consequence = (
            knows_consequences
            and "cleanup" in current.facts
            and "lacks" not in current.facts  # a library lacks it whatever went before
            and bare_name(cause.type) not in _CONTROL_FLOW
        )
        if cause.link == "context" and not is_consequence:
            is_verdict = bare_name(current.type) in ("Failed", "AssertionError")
            if knows_consequences and is_verdict and _is_staged(current, cause):
                break
            if not (is_verdict and cause.message) and not _repeats(current.message, cause.message):
                break
        if cause.link == "cause" and bare_name(cause.type) in ("CancelledError", "StopIteration"):
            break
        if bare_name(current.type) == "FixtureLookupError":  # pytest 7.0 chains its own look-up
            break
        current = cause
    return current


_CONTROL_FLOW = frozenset(
    {"Cancelled", "CancelledError", "GeneratorExit", "StopAsyncIteration", "StopIteration"}
)
"""What ends a wait or a loop: a deadline's `__exit__` turns it into the error that is meant."""
_INTERNAL = frozenset({"KeyError", "IndexError", "AttributeError", "LookupError", "StopIteration"})
"""Errors of a library's inside that say nothing to those who use it."""
_BY_INTERPRETER = re.compile(
    r"\A(?:(?:not enough|too many) values to unpack|invalid literal for int\(\)|could not convert string to "
    r"|substring not found|Incorrect padding|Invalid base64|Non-base(?:16|32|64) digit)"
)
"""How Python words what a library ran into as it took a text apart."""


def _is_told_by(outer: RaisedException, cause: Cause) -> bool:
    """Whether a library put an error of its own inside into words: `raise ... from`."""
    if cause.link != "cause" or not (outer.frames and cause.frames):
        return False
    if outer.frames[-1].origin != "library" or any(f.origin != "library" for f in cause.frames):
        return False
    if bare_name(cause.type) in _INTERNAL or _BY_INTERPRETER.search(cause.message):
        return len(outer.message.split()) > 2
    return outer.message != cause.message and _repeats(outer.message, cause.message)


def inside_of(failure: Failure, root: RaisedException) -> Cause | None:
    """The error inside a library that a failure's exception is its own words for; None: none."""
    if root is failure and failure.causes and _is_told_by(root, failure.causes[0]):
        return failure.causes[0]
    return None


def _is_staged(verdict: RaisedException, cause: Cause) -> bool:
    """Whether a test raised an error itself, to check in the handler what becomes of it."""
    staged, checked = cause.crash_frame, verdict.crash_frame
    if staged is None or checked is None or not cause.frames or cause.frames[-1] is not staged:
        return False
    is_own = staged.origin == "test" and staged.source.startswith("raise ")
    return is_own and (staged.file, staged.function) == (checked.file, checked.function)


def _repeats(outer: str, inner: str) -> bool:
    first_line = inner.strip().partition("\n")[0]
    return len(first_line) >= 8 and first_line in outer


def frame_of(failure: Failure) -> Frame | None:
    """Where to look at a failure: where the exception that it is about was raised."""
    return root_of(failure).crash_frame or failure.crash_frame


_UNMATCHED = re.compile(r"(?m)^remains unmatched: .+\Z")


_OF_RPC = re.compile(
    r"\A<\w*RpcError of RPC that terminated with:\s+status = (?P<status>\S+)\s+details = \"(?P<details>[^\n]*)\"$",
    re.MULTILINE,
)


def saying(raised: RaisedException) -> str:
    """What an exception says, else its code: `code=1008` of one without a message."""
    return telling_text(raised.message) or raised.facts.get("state", "")


def telling_text(message: str) -> str:
    """The part of a message that says what is wrong: all, but of pytest's `LineMatcher` its end.

    It lists the whole output before the pattern that no line of it matches. gRPC's says on its
    second and third line which error it is.
    """
    rpc = _OF_RPC.match(message)
    if rpc:
        return f"{rpc['status']}: {rpc['details']}"
    unmatched = (
        _UNMATCHED.search(message) if message.startswith(("nomatch:", "exact match:")) else None
    )
    return unmatched[0] if unmatched else message


def bare_name(dotted: str) -> str:
    """The last part of a dotted name."""
    return dotted.rpartition(".")[2]


def qualified_name(function: str) -> str:
    """The qualified name of a function, without the marks of functions around it."""
    return function.replace(".<locals>", "") if "<" in function else function


def symbol_at(frame: Frame) -> str:
    """The function of a frame as `path/to/file.py:Qualified.name`."""
    return f"{frame.file}:{qualified_name(frame.function)}" if frame.function else frame.file


def silent_assertion(raised: RaisedException) -> str:
    """Where an `assert` of a library fails without a word, as `package/file.py:function`; empty: it is none."""
    frame = raised.frames[-1] if raised.frames else None
    is_silent = bare_name(raised.type) == "AssertionError" and not raised.message.strip()
    if not is_silent or frame is None or frame.origin != "library" or not frame.function:
        return ""
    file = "/".join(frame.file.replace("\\", "/").split("/")[-2:])
    return f"{file}:{qualified_name(frame.function)}"


def in_test_function(failure: Failure, frame: Frame) -> bool:
    """Whether a frame lies in the test itself, not in a function that it calls."""
    test = NodeId.parse(failure.nodeid)
    function = bare_name(test.name or test.file)
    return function in qualified_name(frame.function).split(".")


def beneath_test(failure: Failure, frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames from the test's own function on; all where it is not among them.

    Those before it only run the test: a decorator, or a plugin of pytest that is the project's own.
    """
    if failure.phase != Phase.CALL:
        return frames
    numbers = (
        n
        for n, frame in enumerate(frames)
        if frame.origin == "test" and in_test_function(failure, frame)
    )
    return frames[next(numbers, 0) :]


def symbols_of(failure: Failure, root: RaisedException, limit: int = 12) -> list[str]:
    """Project callables that a failure has to do with: in its traceback, statement, test."""
    raised: tuple[RaisedException, ...] = (failure,) if root is failure else (root, failure)
    in_traceback = [
        symbol_at(frame)
        for r in raised
        for frame in beneath_test(failure, r.frames)
        if frame.origin == "project"
    ]
    symbols = (*reversed(in_traceback), *failure.statement_symbols, *failure.body_symbols)
    return list(dict.fromkeys(symbols))[:limit]
