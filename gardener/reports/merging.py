"""Joins the reports of shards, attempts and cells into one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from gardener.diagnosis.cells import cells_of, missing_cells, missing_shards
from gardener.errors import ReportError
from gardener.model import (
    Audited,
    Cell,
    Environment,
    Failure,
    Identity,
    PriorResult,
    Report,
    Result,
    Shadow,
)
from gardener.reports.cell_names import told_apart
from gardener.reports.fields import sum_warnings


def merge(reports: Sequence[Report], names: Sequence[str] = ()) -> Report:
    """Join shards, attempts and cells of a matrix into one report.

    A test is told from others by its cell and its nodeid. Every attempt of it is kept in
    `results`; what it came to in the end is its last attempt (`model.Result.attempt`), and one
    that passed and failed is known to be flaky. Reports of one cell and one attempt that share
    a test are cells of their own: of environments, shards, or files (`names`).

    Raises:
        ReportError: there is nothing to merge, or the reports are of different commits.
    """
    if not reports:
        raise ReportError("There is no report to merge.")
    _refuse_several_commits(reports)
    if len(reports) == 1:
        return _with_missing_shards(reports[0])
    parts = told_apart(reports, names or [""] * len(reports))
    by_attempt = sorted(parts, key=lambda report: report.attempt)
    cells = _merged_cells(by_attempt)
    if len(cells) > 1 or cells[0].name:
        by_attempt = [_in_its_cell(report) for report in by_attempt]
    results, failures = _merged_outcomes(by_attempt)
    merged = structs.replace(
        _with_origins(_with_endings(by_attempt), by_attempt),
        collected=len({result.identity for result in results}),
        deselected=max(report.deselected for report in reports),
        duration=sum(report.duration for report in by_attempt),
        results=results,
        failures=failures,
        warnings=sum_warnings(warning for report in by_attempt for warning in report.warnings),
        changed_files=_merged_changed_files(by_attempt),
        before=_merged_before(by_attempt),
        earlier=_merged_priors(prior for report in by_attempt for prior in report.earlier),
        excerpts=tuple(
            {(e.file, e.line): e for report in by_attempt for e in report.excerpts}.values()
        ),
        environment=_shared_environment(cells),
        shadow=_merged_shadow(by_attempt),
        cell="",
        cells=cells,
        expected=tuple(dict.fromkeys(name for report in reports for name in report.expected)),
    )
    return _with_missing_shards(merged)


def _refuse_several_commits(reports: Iterable[Report]) -> None:
    commits = sorted({report.commit for report in reports if report.commit})
    if len(commits) > 1:
        raise ReportError(
            f"The reports are of different commits ({', '.join(c[:12] for c in commits)});"
            " merge only runs of the same one."
        )


def _with_missing_shards(report: Report) -> Report:
    """The report, not complete where a shard or a cell is missing."""
    missing = (*missing_cells(report), *missing_shards(cells_of(report)))
    if not missing and not report.missing:
        return report
    return structs.replace(report, missing=missing, complete=report.complete and not missing)


def _merged_shadow(by_attempt: Iterable[Report]) -> Shadow | None:
    """What shadow mode found in all cells and shards together, of each in its last attempt."""
    shadows = [*{(r.cell, r.shard): r.shadow for r in by_attempt if r.shadow}.values()]
    if not shadows:
        return None
    return Shadow(
        _summed([s.change for s in shadows if s]), _summed([s.total for s in shadows if s])
    )


def _summed(parts: Sequence[Audited]) -> Audited:
    """Audits of the same changes elsewhere: what they found is added up, the changes are not."""
    names = [name for name in Audited.__struct_fields__ if name != "changes"]
    sums = {name: sum(getattr(part, name) for part in parts) for name in names}
    return Audited(changes=max(part.changes for part in parts), **sums)


def _first(texts: Iterable[str]) -> str:
    """The first text that is not empty."""
    return next(filter(None, texts), "")


def _with_origins(merged: Report, by_attempt: Sequence[Report]) -> Report:
    """The merged report with what was run, and when the first run began."""
    sources = {report.source for report in by_attempt}
    return structs.replace(
        merged,
        created=min(report.created for report in by_attempt),
        commit=_first(report.commit for report in by_attempt),
        base=_first(report.base for report in by_attempt),
        branch=_first(report.branch for report in by_attempt),
        compared=_first(report.compared for report in by_attempt),
        source=sources.pop() if len(sources) == 1 else "several",
        shard="",
    )


def _with_endings(by_attempt: Sequence[Report]) -> Report:
    """The last report, with how all shards ended in their last attempt."""
    last_of_shard = {(report.cell, report.shard): report for report in by_attempt}.values()
    return structs.replace(
        by_attempt[-1],
        exit_status=max(report.exit_status or 0 for report in last_of_shard),
        complete=all(report.complete for report in last_of_shard),
        internal_error=_first(report.internal_error for report in last_of_shard),
    )


def _merged_cells(by_attempt: Iterable[Report]) -> tuple[Cell, ...]:
    """Each cell once, with the environment of its last attempt and all its shards."""
    merged: dict[str, Cell] = {}
    complete: dict[tuple[str, tuple[str, ...]], bool] = {}
    for report in by_attempt:
        for cell in cells_of(report):
            former = merged.get(cell.name, cell)
            shards = tuple(dict.fromkeys((*former.shards, *cell.shards)))
            environment = cell.environment
            if environment == Environment():
                environment = former.environment
            complete[cell.name, cell.shards] = cell.complete
            all_complete = all(done for (name, _), done in complete.items() if name == cell.name)
            merged[cell.name] = Cell(cell.name, environment, shards, all_complete)
    return tuple(merged.values())


def _shared_environment(cells: Sequence[Cell]) -> Environment:
    """What all cells ran on; what differs between them is told by cell only."""
    environments = [cell.environment for cell in cells]
    unknown = Environment()
    differing = {
        name: getattr(unknown, name)
        for name in Environment.__struct_fields__
        if any(getattr(e, name) != getattr(environments[0], name) for e in environments)
    }
    return structs.replace(environments[0], **differing)


def _in_its_cell(report: Report) -> Report:
    """The report, in which each record says of which cell it is."""
    cell = report.cell
    return structs.replace(
        report,
        results=tuple(structs.replace(result, cell=cell) for result in report.results),
        failures=tuple(structs.replace(failure, cell=cell) for failure in report.failures),
        earlier=tuple(structs.replace(prior, cell=cell) for prior in report.earlier),
        before=None
        if report.before is None
        else tuple(structs.replace(prior, cell=cell) for prior in report.before),
    )


def _merged_outcomes(
    by_attempt: Iterable[Report],
) -> tuple[tuple[Result, ...], tuple[Failure, ...]]:
    """All results and failures; attempts of a later report follow those of the ones before.

    What shards of one run say twice, as of a file that none of them can collect, is kept once.
    """
    results: list[Result] = []
    failures: dict[tuple[Identity, str, int, str, str], Failure] = {}
    latest: dict[Identity, tuple[int, int]] = {}  # the report's attempt, and the highest there
    for report in by_attempt:
        number_of: dict[Identity, int] = {}
        before = dict(latest)
        records: tuple[Result | Failure, ...] = (*report.results, *report.failures)
        for record in records:
            identity = record.identity
            at, highest = before.get(identity, (report.attempt, 0))
            offset = max(report.attempt - 1, highest if at < report.attempt else 0)
            attempt = record.attempt + offset
            number_of[identity] = max(number_of.get(identity, 0), attempt)
            moved = structs.replace(record, attempt=attempt)
            if isinstance(moved, Result):
                results.append(moved)
            else:
                key = (identity, moved.phase, attempt, moved.type, moved.message)
                failures[key] = moved
        latest |= {identity: (report.attempt, n) for identity, n in number_of.items()}
    return tuple(results), tuple(failures.values())


def _merged_changed_files(reports: Iterable[Report]) -> tuple[str, ...] | None:
    """All files that any report calls changed; None where one of them does not know."""
    changed: set[str] = set()
    for report in reports:
        if report.changed_files is None:
            return None
        changed.update(report.changed_files)
    return tuple(sorted(changed))


def _merged_before(reports: Sequence[Report]) -> tuple[PriorResult, ...] | None:
    """What the failing tests did on the base; None where no shard looked."""
    if all(report.before is None for report in reports):
        return None
    return _merged_priors(prior for report in reports for prior in report.before or ())


def _merged_priors(priors: Iterable[PriorResult]) -> tuple[PriorResult, ...]:
    """What several shards know of each test of a cell; two that disagree both count."""
    merged: dict[Identity, PriorResult] = {}
    for prior in priors:
        previous = merged.get(prior.identity, prior)
        merged[prior.identity] = PriorResult(
            prior.nodeid,
            tuple(dict.fromkeys((*previous.outcomes, *prior.outcomes))),
            tuple(dict.fromkeys((*previous.fingerprints, *prior.fingerprints))),
            prior.reason or previous.reason,
            prior.cell,
        )
    return tuple(merged.values())
