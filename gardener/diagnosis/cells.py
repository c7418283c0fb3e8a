"""The cells of a report: those of a matrix, or the suites, that were merged into it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import structs

from gardener.model import Cell, Report

_SHARD = re.compile(r"(\d{1,4})/(\d{1,4})")


def cells_of(report: Report) -> tuple[Cell, ...]:
    """The cells of a report; one, perhaps without a name, where it is not merged."""
    shards = (report.shard,) if report.shard else ()
    return report.cells or (Cell(report.cell, report.environment, shards, report.complete),)


def split(report: Report) -> list[Report]:
    """One report for each cell; what is not known by cell goes to the first."""
    if not report.cells:
        return [report]
    parts = []
    for number, cell in enumerate(report.cells):
        part = structs.replace(
            report,
            cell=cell.name,
            cells=(cell,),
            missing=(),
            environment=cell.environment,
            complete=cell.complete,
            results=_of(report.results, cell.name),
            failures=_of(report.failures, cell.name),
            earlier=_of(report.earlier, cell.name),
            before=None if report.before is None else _of(report.before, cell.name),
        )
        if number:
            part = structs.replace(part, duration=0.0, warnings=())
        parts.append(part)
    return parts


def _of(records: Iterable, cell: str) -> tuple:  # type: ignore[type-arg]
    """The records of one cell, as those of a report of its own."""
    return tuple(structs.replace(record, cell="") for record in records if record.cell == cell)


def missing_cells(report: Report) -> tuple[str, ...]:
    """The cells that a whole run has by the settings, and that no report is of."""
    present = {cell.name for cell in cells_of(report)}
    return tuple(f"cell {name}" for name in report.expected if name not in present)


def lost_cells(report: Report, base: Report | None) -> tuple[str, ...]:
    """The cells of the base that a report lacks; none where no cell has the same name in both.

    Nothing is told of a report that was not joined: it may be that of one job of many.
    """
    present = {cell.name for cell in report.cells}
    then = [cell.name for cell in base.cells] if base else []
    missing = {name.partition(",")[0].removeprefix("cell ") for name in report.missing}
    if present.isdisjoint(filter(None, then)):
        return ()
    return tuple(name for name in then if name and name not in present | missing)


def missing_shards(cells: Iterable[Cell]) -> tuple[str, ...]:
    """The shards `I/N` that nothing was heard of, each with the name of its cell."""
    missing = []
    for cell in cells:
        numbered = [
            tuple(map(int, match.groups())) for match in map(_SHARD.fullmatch, cell.shards) if match
        ]
        for total in sorted({total for _, total in numbered})[-2:]:  # a hostile report has many
            present = {number for number, of in numbered if of == total}
            missing += [
                f"{cell.name}, shard {number}/{total}".removeprefix(", ")
                for number in range(1, total + 1)
                if number not in present
            ]
    return tuple(missing)
