"""Reruns of failing tests on the same files: together, alone, and after the tests before them."""

from __future__ import annotations

import time
from typing import Literal

from msgspec import structs

from gardener.diagnosis.outcomes import flaky_tests
from gardener.model import Report, Result
from gardener.nodeid import NodeId
from gardener.text import count

from ..pytest_run.picked_tests import Picked, ProjectUnderTest, pick

How = Literal["", "together", "alone"]
ALONE = 50
"""Tests that get a process of their own each time; each process takes a second to start."""
RECHECKED_ALONE = 5
RECHECKED = 100
"""Tests that run once more before the change is blamed: so many alone, so many at all."""
SECONDS = 900.0
"""How long all reruns may take."""


def rerun(
    report: Report, failing: tuple[str, ...], times: int, project: ProjectUnderTest
) -> tuple[Report, bool]:
    """Run the failing tests `times` more; the report with all attempts, and whether the user interrupted.

    Together, in the original order, and each alone in a process of its own. A test that
    passed there runs again after the tests that came before it, in one process: if it
    fails each time there and passes each time alone, it depends on the order, not on luck.
    """
    tests = tuple(nodeid for nodeid in failing if not NodeId.parse(nodeid).is_file)
    if not tests:
        return report, False
    reruns = _Reruns(report, project)
    project.say(f"Running {count(len(tests), 'failing test')} again, {count(times, 'time')}.")
    for number in range(times):
        reruns.run(tests, "together")
        for nodeid in tests[:ALONE]:
            reruns.run((nodeid,), "alone")
        if reruns.stopped:
            rest = times - number
            project.say(f"Reruns ended early: {reruns.stopped} ({rest} of {times} not complete).")
            break
    if len(tests) > ALONE:
        project.say(f"Only the first {ALONE} failing tests ran alone.")
    flaky = frozenset(flaky_tests(reruns.report)) & frozenset(tests)
    if flaky and not reruns.stopped:
        order = list(dict.fromkeys(result.nodeid for result in report.results))
        last = max(order.index(nodeid) for nodeid in flaky)
        for _ in range(times):
            reruns.run(tuple(order[: last + 1]), "", flaky)
    return reruns.report, reruns.interrupted


def recheck(
    report: Report, failing: tuple[str, ...], seconds: float, project: ProjectUnderTest
) -> tuple[Report, bool]:
    """Run tests that the change may have broken once more; returns as `rerun` does.

    A few run alone, each in a process of its own; more of them together. So many that chance
    cannot have broken them all are left as they are.
    """
    tests = tuple(nodeid for nodeid in failing if not NodeId.parse(nodeid).is_file)
    if not tests or len(tests) > RECHECKED:
        return report, False
    project.say(
        f"Running {count(len(tests), 'failing test')} once more,"
        " to tell flaky ones from what the change did."
    )
    reruns = _Reruns(report, project, seconds)
    if len(tests) > RECHECKED_ALONE:
        reruns.run(tests, "together")
    else:
        for nodeid in tests:
            reruns.run((nodeid,), "alone")
    if reruns.stopped and not reruns.interrupted:
        project.say(f"Not all of them ran again: {reruns.stopped}.")
    return reruns.report, reruns.interrupted


class _Reruns:
    """The report as it grows by attempts, for at most some seconds."""

    def __init__(self, report: Report, project: ProjectUnderTest, seconds: float = SECONDS) -> None:
        self.report = report
        self.interrupted = False
        self._project = project
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def stopped(self) -> str:
        """Why nothing more is run; empty when there is time."""
        if self.interrupted:
            return "interrupted"
        return f"they took {self._seconds:.0f} s" if time.monotonic() > self._end else ""

    def run(self, nodeids: tuple[str, ...], how: How, only: frozenset[str] = frozenset()) -> None:
        """Run tests once more and keep what they did, of `only` these if given."""
        if self.stopped:
            return
        seconds = self._end - time.monotonic()
        picked = pick(self._project, nodeids, serial=True, seconds=seconds)
        self.interrupted = picked.interrupted
        self.report = with_attempts(self.report, picked, only or frozenset(nodeids), how)


def with_attempts(report: Report, picked: Picked, tests: frozenset[str], how: How) -> Report:
    """The report with the attempts of another run of some of its tests."""
    attempts: dict[str, int] = {}
    for result in report.results:
        attempts[result.nodeid] = max(attempts.get(result.nodeid, 0), result.attempt)
    results = [
        Result(r.nodeid, r.outcome, r.duration, attempts[r.nodeid] + r.attempt, how)
        for r in picked.report.results
        # One that was cut off by us proves nothing.
        if r.nodeid in tests and r.outcome != "unfinished"
    ]
    ended = {result.nodeid for result in results}
    failures = [
        structs.replace(f, attempt=attempts[f.nodeid] + f.attempt)
        for f in picked.report.failures
        if f.nodeid in ended
    ]
    return structs.replace(
        report, results=(*report.results, *results), failures=(*report.failures, *failures)
    )
