"""Of each test file: how many of its tests ran, and how many of them failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from gardener.diagnosis.outcomes import final_results
from gardener.model import FAILING_OUTCOMES, Report
from gardener.nodeid import file_of


class FileCounts(NamedTuple):
    """The counts of all files by their names."""

    total: Mapping[str, int]
    failing: Mapping[str, int]

    def share(self, file: str) -> str:
        """`1 of 8 failing`; empty for a file of which no test ran."""
        if not self.total.get(file):
            return ""
        return f"{self.failing.get(file, 0)} of {self.total[file]} failing"


def file_counts(report: Report) -> FileCounts:
    """The counts of a report; a test of several cells counts in each."""
    outcomes = final_results(report)
    failing = (test for test, outcome in outcomes.items() if outcome in FAILING_OUTCOMES)
    return FileCounts(
        Counter(file_of(test.nodeid) for test in outcomes),
        Counter(file_of(test.nodeid) for test in failing),
    )
