"""Which findings have to go before others: what a finding is a consequence of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gardener.model import Finding, Identity, Phase


def blockers(findings: Sequence[Finding]) -> dict[str, tuple[Finding, ...]]:
    """By the fingerprint of a finding those that it is blocked by, none of them in a circle.

    A finding is blocked where each of its tests fails in an earlier phase already, of other
    findings, or where the test that may have polluted its own fails itself.
    """
    earliest = _earliest(findings)
    blocked: dict[str, tuple[Finding, ...]] = {}
    for finding in findings:
        before = [*_in_earlier_phases(finding, earliest), *_polluters(finding, findings)]
        unique = {each.fingerprint: each for each in before if each is not finding}
        free = [each for each in unique.values() if not _waits_for(each, finding, blocked)]
        if free:
            blocked[finding.fingerprint] = tuple(free)
    return blocked


def in_order(
    findings: Sequence[Finding], blocked: Mapping[str, Sequence[Finding]]
) -> list[Finding]:
    """The findings in their order, but each after those that it is blocked by."""
    ordered: dict[str, Finding] = {}
    for finding in findings:
        waiting = [finding]
        while waiting:
            last = waiting[-1]
            unlisted = [
                b for b in blocked.get(last.fingerprint, ()) if b.fingerprint not in ordered
            ]
            if unlisted:
                waiting.append(unlisted[0])
            else:
                ordered.setdefault(last.fingerprint, waiting.pop())
    return list(ordered.values())


def _earliest(findings: Sequence[Finding]) -> dict[Identity, tuple[int, Finding]]:
    """In which phase each test fails first, and of what."""
    earliest: dict[Identity, tuple[int, Finding]] = {}
    for finding in findings:
        for failure in finding.failures:
            rank = failure.phase.rank
            if rank < earliest.get(failure.identity, (len(Phase), finding))[0]:
                earliest[failure.identity] = rank, finding
    return earliest


def _in_earlier_phases(
    finding: Finding, earliest: Mapping[Identity, tuple[int, Finding]]
) -> list[Finding]:
    """The findings that all its tests fail of before, if each does."""
    before = {}
    for failure in finding.failures:
        rank, first = earliest[failure.identity]
        if rank >= failure.phase.rank:
            return []
        before[first.fingerprint] = first
    return list(before.values())


def _polluters(finding: Finding, findings: Sequence[Finding]) -> list[Finding]:
    """The findings of the test that may have left something behind."""
    return [each for each in findings if finding.after and finding.after in each.tests]


def _waits_for(
    finding: Finding, blocker: Finding, blocked: Mapping[str, Sequence[Finding]]
) -> bool:
    """Whether a finding is blocked by another one, however far away."""
    waiting = [finding]
    visited: set[str] = set()
    while waiting:
        last = waiting.pop()
        if last.fingerprint == blocker.fingerprint:
            return True
        if last.fingerprint not in visited:
            visited.add(last.fingerprint)
            waiting += blocked.get(last.fingerprint, ())
    return False
