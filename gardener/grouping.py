"""Failures put together by root cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from gardener.fingerprint import Evidence, evidence_of, fingerprint
from gardener.model import Failure

_REASONS = {
    "import": "All stop at the same import: {symbol}.",
    "syntax": "All stop at the same syntax error in {symbol}.",
    "signature": "All call {symbol} with other arguments than it takes.",
    "mock": "All ask a mock for the same missing attribute: {symbol}.",
    "attribute": "All ask for the same missing attribute: {symbol}.",
    "setup": "All miss what {symbol} should have set.",
    "fixture": "All need the fixture {symbol}.",
    "name": "All use the undefined name {symbol}.",
    "enum": "All compare text of the enum {symbol} with its value.",
    "frame": "All raise the same type of exception at {symbol}.",
    "helper": "All fail in the same function of the tests, {symbol}.",
    "statement": "Their failing assertions are all about {symbol}.",
    "body": "Their tests mostly exercise {symbol}.",
    "message": "All have the same error text.",
}

_Member = tuple[Failure, Evidence]


class Group(NamedTuple):
    """Failures with one root cause; the evidence is that of the plainest of them."""

    failures: tuple[Failure, ...]
    evidence: Evidence
    fingerprints: frozenset[str]
    reason: str


def group(failures: Iterable[Failure]) -> list[Group]:
    """Group failures by root cause, in the order in which the causes were first seen."""
    members: dict[str, list[_Member]] = {}
    for failure in failures:
        evidence = evidence_of(failure)
        members.setdefault(evidence.fingerprint, []).append((failure, evidence))
    _join_weak(members)
    return [_close(found) for found in members.values()]


def _join_weak(members: dict[str, list[_Member]]) -> None:
    """Failures that name a symbol without its file join the one group that knows the file."""
    full: dict[str, list[str]] = {}
    for id_, found in members.items():
        clue = found[0][1].clue
        if clue.weak and clue.weak != clue.key:
            full.setdefault(fingerprint(clue.rule, clue.weak), []).append(id_)
    for weak, owners in full.items():
        if weak in members and len(owners) == 1:
            members[owners[0]] += members.pop(weak)


def _close(members: list[_Member]) -> Group:
    # What a test wrapped into its own words says less than the error itself.
    plain = [pair for pair in members if not pair[1].reading.carried] or members
    evidence = plain[0][1]
    symbols = Counter(e.symbol for _, e in plain if e.symbol)
    if symbols:
        common = symbols.most_common(1)[0][0]
        evidence = evidence._replace(clue=evidence.clue._replace(symbol=common))
    reason = _REASONS[evidence.rule].format(symbol=f"`{evidence.symbol}`")
    if len({failure.nodeid for failure, _ in members}) == 1:
        reason = "It is the only test with this cause."
    # The plainest failure first: it is the one that is shown.
    order = [f for f, e in members if not e.reading.carried]
    order += [f for f, e in members if e.reading.carried]
    return Group(tuple(order), evidence, frozenset(e.fingerprint for _, e in members), reason)
