"""Reruns of failing tests on the same files: together, alone, and after the tests before them."""

from __future__ import annotations

import time
from typing import Literal

from msgspec import structs

from gardener.diagnosis import status
from gardener.model import Failure, Report, Result

from ..pytest_run.picked_tests import Setting, pick

How = Literal["", "together", "alone"]
ALONE = 50
"""Tests that get a process of their own each time; each process takes a second to start."""
SECONDS = 900.0
"""How long all reruns may take."""


def rerun(
    report: Report, red: tuple[str, ...], times: int, setting: Setting
) -> tuple[Report, bool]:
    """Run the failing tests `times` more; the report with all attempts, and whether the user interrupted.

    Together, in the original order, and each alone in a process of its own. A test that
    passed there runs again after the tests that came before it, in one process: if it
    fails each time there and passes each time alone, it depends on the order, not on luck.
    """
    tests = tuple(nodeid for nodeid in red if "::" in nodeid)
    if not tests:
        return report, False
    tries = _Tries(report, setting)
    setting.say(
        f"Running {len(tests)} failing test{'s'[: len(tests) != 1]} again, {times} time{'s'[: times != 1]}."
    )
    for number in range(times):
        tries.run(tests, "together")
        for nodeid in tests[:ALONE]:
            tries.run((nodeid,), "alone")
        if tries.stopped:
            left = times - number
            setting.say(f"Reruns ended early: {tries.stopped} ({left} of {times} not complete).")
            break
    if len(tests) > ALONE:
        setting.say(f"Only the first {ALONE} failing tests ran alone.")
    suspects = frozenset(status.flaky_tests(tries.report)) & frozenset(tests)
    if suspects and not tries.stopped:
        order = list(dict.fromkeys(result.nodeid for result in report.results))
        last = max(order.index(nodeid) for nodeid in suspects)
        for _ in range(times):
            tries.run(tuple(order[: last + 1]), "", suspects)
    return tries.report, tries.interrupted


class _Tries:
    """The report as it grows by attempts."""

    def __init__(self, report: Report, setting: Setting) -> None:
        self.report = report
        self.interrupted = False
        self._setting = setting
        self._end = time.monotonic() + SECONDS

    @property
    def stopped(self) -> str:
        """Why nothing more is run; empty when there is time."""
        if self.interrupted:
            return "interrupted"
        return f"they took {SECONDS:.0f} s" if time.monotonic() > self._end else ""

    def run(self, nodeids: tuple[str, ...], how: How, only: frozenset[str] = frozenset()) -> None:
        """Run tests once more and keep what they did, of `only` these if given."""
        if self.stopped:
            return
        left = self._end - time.monotonic()
        done = pick(self._setting, nodeids, serial=True, seconds=left)
        self.interrupted = done.interrupted
        kept = only or frozenset(nodeids)
        attempt: dict[str, int] = {}
        for result in self.report.results:
            attempt[result.nodeid] = max(attempt.get(result.nodeid, 0), result.attempt)
        results = [
            Result(r.nodeid, r.outcome, r.duration, attempt[r.nodeid] + r.attempt, how)
            for r in done.report.results
            # One that was cut off by us proves nothing.
            if r.nodeid in kept and r.outcome != "unfinished"
        ]
        ran = {result.nodeid for result in results}
        failures: list[Failure] = [
            structs.replace(f, attempt=attempt[f.nodeid] + f.attempt)
            for f in done.report.failures
            if f.nodeid in ran
        ]
        self.report = structs.replace(
            self.report,
            results=(*self.report.results, *results),
            failures=(*self.report.failures, *failures),
        )
