"""Gives a report its suspects, by what each test of the run executed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from gardener.model import Report
from gardener.nodeid import file_of

from ..pytest_run.traces import Trace

if TYPE_CHECKING:
    from gardener.diagnosis.suspects import RaisedAt


def suspected(report: Report, traces: Iterable[Trace]) -> Report:
    """The report with suspects; the same one where nothing failed or nothing was traced."""
    if not report.failures:
        return report
    from gardener.diagnosis.suspects import suspect

    files = {file_of(result.nodeid) for result in report.results}
    return suspect(report, *traced(traces, files))


def traced(
    traces: Iterable[Trace], test_files: Collection[str]
) -> tuple[dict[str, frozenset[str]], dict[str, tuple[RaisedAt, ...]]]:
    """By nodeid the project's functions that ran, and the exceptions that came up in them.

    What lies in `test_files` is not the project's. What an import ran is left out: it belongs
    to the file that happened to be collected first.
    """
    from gardener.diagnosis.suspects import RaisedAt
    from gardener.reports.tracebacks import origin_of

    def is_of_project(file: str, name: str) -> bool:
        return bool(name) and file not in test_files and origin_of(file) == "project"

    executed: dict[str, frozenset[str]] = {}
    born: dict[str, tuple[RaisedAt, ...]] = {}
    for trace in traces:
        for nodeid, test in trace.tests.items():
            functions = frozenset(
                f"{file}:{name}"
                for file, name in test.ran
                if ".<locals>." not in name and is_of_project(file, name)
            )
            executed[nodeid] = executed.get(nodeid, frozenset()) | functions
            exceptions = [
                RaisedAt(f"{file}:{name.replace('.<locals>', '')}", exception)
                for (file, name), exception in test.born
                if is_of_project(file, name)
            ]
            born[nodeid] = tuple(dict.fromkeys((*born.get(nodeid, ()), *exceptions)))
    return executed, born
