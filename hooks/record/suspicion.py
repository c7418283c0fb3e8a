"""Gives a report its suspects, by what each test of the run executed."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.model import Report

from ..running.stream import Trace


def suspected(report: Report, traces: Iterable[Trace]) -> Report:
    """The report with suspects; the same one where nothing failed or nothing was traced."""
    if not report.failures:
        return report
    from gardener.foreign import origin_of
    from gardener.suspects import suspect

    tests = {result.nodeid.partition("::")[0] for result in report.results}
    executed: dict[str, frozenset[str]] = {}
    for trace in traces:
        for nodeid, one in trace.tests.items():
            symbols = frozenset(
                f"{file}:{name}"
                for file, name in one.symbols
                if name
                and ".<locals>." not in name
                and file not in tests
                and origin_of(file) == "project"
            )
            executed[nodeid] = executed.get(nodeid, frozenset()) | symbols
    return suspect(report, executed)
