"""Failures put together by root cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from gardener.fingerprint import Evidence, evidence_of
from gardener.model import Failure

_REASONS = {
    "import": "All stop at the same import: {symbol}.",
    "syntax": "All stop at the same syntax error in {symbol}.",
    "signature": "All call {symbol} with other arguments than it takes.",
    "mock": "All ask a mock for the same missing attribute: {symbol}.",
    "attribute": "All ask for the same missing attribute: {symbol}.",
    "fixture": "All need the fixture {symbol}.",
    "name": "All use the undefined name {symbol}.",
    "enum": "All compare text of the enum {symbol} with its value.",
    "frame": "All raise the same type of exception at {symbol}.",
    "statement": "Their failing assertions are all about {symbol}.",
    "body": "Their tests mostly exercise {symbol}.",
    "message": "All have the same error text.",
}


class Group(NamedTuple):
    """Failures with one root cause; the evidence is that of the plainest of them."""

    failures: tuple[Failure, ...]
    evidence: Evidence
    fingerprints: frozenset[str]
    reason: str


def group(failures: Iterable[Failure]) -> list[Group]:
    """Group failures by root cause, in the order in which the causes were first seen."""
    members: dict[str, list[tuple[Failure, Evidence]]] = {}
    for failure in failures:
        evidence = evidence_of(failure)
        members.setdefault(evidence.fingerprint, []).append((failure, evidence))
    return [_close(found) for found in members.values()]


def _close(members: list[tuple[Failure, Evidence]]) -> Group:
    # What a test wrapped into its own words says less than the error itself.
    plain = [pair for pair in members if not pair[1].reading.carried] or members
    evidence = plain[0][1]
    symbols = Counter(e.symbol for _, e in plain if e.symbol)
    if symbols:
        evidence = evidence._replace(symbol=symbols.most_common(1)[0][0])
    reason = _REASONS[evidence.rule].format(symbol=f"`{evidence.symbol}`")
    if len({failure.nodeid for failure, _ in members}) == 1:
        reason = "It is the only test with this cause."
    # The plainest failure first: it is the one that is shown.
    order = [f for f, e in members if not e.reading.carried] + [
        f for f, e in members if e.reading.carried
    ]
    return Group(tuple(order), evidence, frozenset(e.fingerprint for _, e in members), reason)
