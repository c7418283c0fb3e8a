"""What a run that the user interrupted still tells: never a failure that the interrupt made."""

from __future__ import annotations

from msgspec import structs

from gardener.model import Phase

from .facts import Facts

BY_THE_USER = frozenset({"KeyboardInterrupt", "_pytest.outcomes.Exit"})
"""Exceptions that Ctrl-C, and leaving the debugger, raise in a test."""


def known_before(facts: Facts, before: Facts) -> Facts:
    """The facts of an interrupted run, of its tests only those that were known `before`.

    A process that a test started gets the interrupt too: that test then fails for no reason
    of its own.
    """
    return without_interrupted(facts._replace(results=before.results, failures=before.failures))


def without_interrupted(facts: Facts) -> Facts:
    """The facts without the test that was running, unless it had failed already."""
    failures = tuple(f for f in facts.failures if f.type not in BY_THE_USER)
    failed = {(f.nodeid, f.attempt): f for f in failures if f.phase is not Phase.COLLECT}
    cut_off = {(f.nodeid, f.attempt) for f in facts.failures if f.type in BY_THE_USER}
    results = []
    for result in facts.results:
        attempt = (result.nodeid, result.attempt)
        if attempt in failed and result.outcome == "unfinished":
            is_call = failed[attempt].phase is Phase.CALL
            results.append(structs.replace(result, outcome="failed" if is_call else "error"))
        elif result.outcome != "unfinished" and (attempt in failed or attempt not in cut_off):
            results.append(result)
    return facts._replace(results=tuple(results), failures=failures, unfinished=())
