"""Joins the reports of shards and attempts into one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from gardener.errors import ReportError
from gardener.model import Failure, PriorResult, Report, Result
from gardener.reports.fields import sum_warnings


def merge(reports: Sequence[Report]) -> Report:
    """Join shards and attempts into one report.

    Every attempt of a test is kept in `results`; what a test came to in the end is its
    last attempt (`model.Result.attempt`), and one that passed and failed is known to be
    flaky. Attempts of the same shard are told apart by their number.

    Raises:
        ReportError: there is nothing to merge, or the reports are of different commits.
    """
    if not reports:
        raise ReportError("There is no report to merge.")
    _refuse_several_commits(reports)
    if len(reports) == 1:
        return reports[0]
    by_attempt = sorted(reports, key=lambda report: report.attempt)
    results = _merged_results(by_attempt)
    return structs.replace(
        _with_origins(_with_endings(by_attempt), by_attempt),
        collected=len({result.nodeid for result in results}),
        deselected=max(report.deselected for report in reports),
        duration=sum(report.duration for report in by_attempt),
        results=results,
        failures=_merged_failures(by_attempt),
        warnings=sum_warnings(warning for report in by_attempt for warning in report.warnings),
        changed_files=_merged_changed_files(by_attempt),
        before=_merged_before(by_attempt),
        earlier=_merged_priors(prior for report in by_attempt for prior in report.earlier),
        excerpts=tuple(
            {(e.file, e.line): e for report in by_attempt for e in report.excerpts}.values()
        ),
    )


def _refuse_several_commits(reports: Iterable[Report]) -> None:
    commits = sorted({report.commit for report in reports if report.commit})
    if len(commits) > 1:
        raise ReportError(
            f"The reports are of different commits ({', '.join(c[:12] for c in commits)});"
            " merge only runs of the same one."
        )


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
    last_of_shard = {report.shard: report for report in by_attempt}.values()
    return structs.replace(
        by_attempt[-1],
        exit_status=max(report.exit_status or 0 for report in last_of_shard),
        complete=all(report.complete for report in last_of_shard),
        internal_error=_first(report.internal_error for report in last_of_shard),
    )


def _merged_results(by_attempt: Iterable[Report]) -> tuple[Result, ...]:
    """The result of each test in each attempt; of equal numbers the last report counts."""
    results: dict[tuple[str, int], Result] = {}
    for report in by_attempt:
        for result in report.results:
            attempt = max(result.attempt, report.attempt)
            results[result.nodeid, attempt] = structs.replace(result, attempt=attempt)
    return tuple(results.values())


def _merged_failures(by_attempt: Iterable[Report]) -> tuple[Failure, ...]:
    """The failure of each phase of each test in each attempt, as for results."""
    failures: dict[tuple[str, str, int], Failure] = {}
    for report in by_attempt:
        for failure in report.failures:
            attempt = max(failure.attempt, report.attempt)
            key = (failure.nodeid, failure.phase, attempt)
            failures[key] = structs.replace(failure, attempt=attempt)
    return tuple(failures.values())


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
    """What several shards know of each test; two that disagree both count."""
    merged: dict[str, PriorResult] = {}
    for prior in priors:
        previous = merged.get(prior.nodeid, prior)
        merged[prior.nodeid] = PriorResult(
            prior.nodeid,
            tuple(dict.fromkeys((*previous.outcomes, *prior.outcomes))),
            tuple(dict.fromkeys((*previous.fingerprints, *prior.fingerprints))),
            prior.reason or previous.reason,
        )
    return tuple(merged.values())
