"""What ended beside a test: a task or a thread, whose error the test sees only as a silence.

A server that never comes up explains refused connections, waits without end, and attributes that
its start would have set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, takewhile

from msgspec import structs

from gardener.model import Cause, Failure, Identity, Phase, RaisedException

_THREAD = "thread"
_LOCAL = frozenset({"task", _THREAD})
"""Facts `background` of what the functions of the traceback hold, or the test itself started."""
_VERDICTS = frozenset({"AssertionError", "Failed"})
_SILENCES = frozenset({
    "BrokenPipeError", "BrokenResourceError", "CancelledError", "ClientConnectorError", "ClosedResourceError",
    "ConnectError", "ConnectTimeout", "ConnectionAbortedError", "ConnectionClosed", "ConnectionClosedError",
    "ConnectionClosedOK", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError",
    "Empty", "EndOfStream", "EOFError", "IncompleteReadError", "InvalidHandshake", "InvalidMessage",
    "MaxRetryError", "NewConnectionError", "QueueEmpty", "ReadError", "ReadTimeout",
    "RemoteDisconnected", "RemoteProtocolError", "ServerDisconnectedError", "Timeout", "TimeoutError",
    "TimeoutException", "WriteError", "WouldBlock",
})  # fmt: skip
"""Exceptions that say only that the other side did not answer, or not any more."""


def is_silence(type_: str) -> bool:
    """Whether an exception of this type says only that nothing answers."""
    return type_.rpartition(".")[2] in _SILENCES


def chain_of(failure: Failure) -> tuple[Cause, ...]:
    """The exceptions behind that of the failure itself, without those of what ran beside it."""
    return tuple(takewhile(lambda cause: "background" not in cause.facts, failure.causes))


def ended_beside(failure: Failure, last: RaisedException) -> tuple[Cause, ...]:
    """What ended beside a test and explains it, with what is behind that; `last` is what the test saw."""
    causes = failure.causes
    starts = [n for n, cause in enumerate(causes) if "background" in cause.facts]
    for start, end in pairwise((*starts, len(causes))):
        if _explains(causes[start].facts["background"], last):
            return causes[start:end]
    return ()


def _explains(where: str, last: RaisedException) -> bool:
    is_waiting = is_silence(last.type) or bool({"timeout", "set_in"} & last.facts.keys())
    if where not in _LOCAL:
        return is_waiting
    is_verdict = last.type.rpartition(".")[2] in _VERDICTS
    return is_waiting or "cleanup" in last.facts or is_verdict


def with_thread_errors(failures: Iterable[Failure]) -> list[Failure]:
    """The failures; those of tests whose threads died know it, which pytest tells in the teardown."""
    failures = list(failures)
    died: dict[tuple[Identity, int], Sequence[Cause]] = {}
    for failure in failures:
        causes = failure.causes
        is_of_thread = failure.type.endswith("PytestUnhandledThreadExceptionWarning")
        if is_of_thread and failure.phase is Phase.TEARDOWN and causes and causes[0].frames:
            first = structs.replace(causes[0], link="context")
            facts = {**first.facts, "background": _THREAD}
            died[failure.identity, failure.attempt] = (
                structs.replace(first, facts=facts), *causes[1:],
            )  # fmt: skip
    if not died:
        return failures
    return [
        _with(failure, died.get((failure.identity, failure.attempt), ())) for failure in failures
    ]


def _with(failure: Failure, ended: Sequence[Cause]) -> Failure:
    if not ended or failure.phase is Phase.TEARDOWN:
        return failure
    return structs.replace(failure, causes=(*failure.causes, *ended))
