"""Failures of which pytest shows the traceback as text: runners of other test cases give it no exception."""

from __future__ import annotations

from msgspec import structs

from gardener.model import Failure
from gardener.nodeid import NodeId
from gardener.reports.tracebacks import chain_of

_NATIVE = "NOTE: Incompatible Exception Representation, displaying natively:"


def read_from_text(failure: Failure) -> Failure:
    """The failure as its text tells it: what pytest caught instead is an error of its own inside."""
    if not failure.message.startswith(_NATIVE):
        return failure
    text = failure.message.removeprefix(_NATIVE)
    chain = chain_of(text, NodeId.parse(failure.nodeid).file)
    if not chain:
        return failure
    first, *behind = chain
    return structs.replace(
        failure,
        type=first.type,
        message=first.message,
        frames=first.frames,
        causes=tuple(behind),
    )
