"""Gives a report its suspects, by what each test of the run executed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from gardener.model import Report

from ..pytest_run.events import Trace

if TYPE_CHECKING:
    from gardener.diagnosis.suspects import RaisedAt


def suspected(report: Report, traces: Iterable[Trace]) -> Report:
    """The report with suspects; the same one where nothing failed or nothing was traced."""
    if not report.failures:
        return report
    from gardener.diagnosis.suspects import suspect

    files = {result.nodeid.partition("::")[0] for result in report.results}
    return suspect(report, *traced(traces, files))


def traced(
    traces: Iterable[Trace], tests: Collection[str]
) -> tuple[dict[str, frozenset[str]], dict[str, tuple[RaisedAt, ...]]]:
    """By nodeid the project's functions that ran, and the exceptions that came up in them.

    `tests` are the files of tests: what lies there is not the project's. What an import ran is
    left out: it belongs to the file that happened to be collected first.
    """
    from gardener.diagnosis.suspects import RaisedAt
    from gardener.reports.tracebacks import origin_of

    def own(file: str, name: str) -> bool:
        return bool(name) and file not in tests and origin_of(file) == "project"

    executed: dict[str, frozenset[str]] = {}
    born: dict[str, tuple[RaisedAt, ...]] = {}
    for trace in traces:
        for nodeid, one in trace.tests.items():
            symbols = frozenset(
                f"{file}:{name}"
                for file, name in one.ran
                if ".<locals>." not in name and own(file, name)
            )
            executed[nodeid] = executed.get(nodeid, frozenset()) | symbols
            errors = [
                RaisedAt(f"{file}:{name.replace('.<locals>', '')}", error)
                for (file, name), error in one.born
                if own(file, name)
            ]
            born[nodeid] = tuple(dict.fromkeys((*born.get(nodeid, ()), *errors)))
    return executed, born
