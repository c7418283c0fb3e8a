"""Tests that ran on the base and tell nothing now: vanished, newly skipped, or in a missing shard."""

from __future__ import annotations

from typing import NamedTuple

from gardener.diagnosis.cells import lost_cells
from gardener.diagnosis.outcomes import final_outcomes
from gardener.model import Phase, Report
from gardener.nodeid import NodeId, file_of


class Absences(NamedTuple):
    """Nodeids, in the order in which the base ran them."""

    vanished: tuple[str, ...] = ()
    newly_skipped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    lost_cells: tuple[str, ...] = ()


def absences(report: Report, base: Report | None) -> Absences:
    """What became of the tests of the base that did not run; nothing where it cannot be told.

    Only a whole run tells that a test is gone; a file that cannot be collected is told as a
    failure, and so are its tests.
    """
    if base is None:
        return Absences()
    then, now = final_outcomes(base), final_outcomes(report)
    ran = [nodeid for nodeid, outcome in then.items() if outcome != "skipped"]
    skipped = tuple(nodeid for nodeid in ran if now.get(nodeid) == "skipped")
    broken = [NodeId.parse(f.nodeid) for f in report.failures if f.phase == Phase.COLLECT]
    broken_files = {collector.file for collector in broken}
    absent = tuple(
        nodeid for nodeid in then if nodeid not in now and not _is_in(nodeid, broken_files)
    )
    lost = lost_cells(report, base)
    if report.missing or lost:
        return Absences((), skipped, absent, lost)
    is_whole = report.complete and report.selection.everything and not report.deselected
    return Absences(absent if is_whole else (), skipped, ())


def _is_in(nodeid: str, broken_files: set[str]) -> bool:
    """Whether a test lies in one of the files, or below one of the folders."""
    file = file_of(nodeid)
    return any(file == broken or file.startswith(f"{broken}/") for broken in broken_files)
