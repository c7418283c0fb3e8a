"""The stages `tell` and `conclude`: print the findings, say what did not run, and decide."""

from __future__ import annotations

from pathlib import Path

import click

from gardener.errors import CLEAN, FOUND, INTERRUPTED, USAGE, ReportError
from gardener.model import Diagnosis, Finding, Mode, Report, Selection
from gardener.redaction import redact
from gardener.render.terminal import render
from gardener.reports.store import save
from gardener.text import count, last_exception, say_selected

from ..pytest_run.crash import ending_in_words
from ..pytest_run.execution import NO_COLLECTORS, NOT_FOUND, PYTEST_USAGE_ERROR, Execution
from ..pytest_run.logs import last_lines, slowest, without_room
from ..selection.audit import UNSEEN, missed
from .plan_file import Shard
from .refusal import broken_plugin, missing_plugin
from .request import RunRequest, Talk
from .scope import not_run

LAST_LINES = 40
"""Lines of pytest's own output that are shown where it could not run the tests."""
NOT_NAMED_SO = (NOT_FOUND, NO_COLLECTORS, "ERROR: file or directory not found: ")
"""What pytest says of a test or file that it was asked for and that is not there."""
NO_TESTS_COLLECTED = 5
"""The exit status of pytest when it found no test."""


def tell(
    request: RunRequest, execution: Execution, base_report: Report | None
) -> tuple[Finding, ...]:
    """Write the report, print what was found; the findings that block."""
    report = execution.report
    unwritten = _save(report, request.report_file)
    talk = Talk(quiet=request.quiet)
    for note in execution.notes:
        talk(redact(note))
    if request.verbose:
        for log in execution.logs:
            printed = log.read_text(encoding="utf-8", errors="replace")
            click.echo(redact(printed), err=True, nl=False)
    else:
        _show_durations(request, execution)
    diagnosis, blockers = _diagnosed(request, report, base_report)
    if request.worklog and (report.results or report.failures):
        _write_worklog(request, report, diagnosis)
    render(
        report,
        diagnosis,
        blocking=blockers,
        color=request.color,
        quiet=request.quiet,
        verbose=request.verbose,
        report_path=str(request.report_file or ""),
    )
    if unwritten:
        raise unwritten  # after the findings, which a full disk must not take away
    return blockers


def _save(report: Report, file: Path | None) -> ReportError | None:
    """Write the report where one is asked for; what is in the way of it, if anything."""
    if file:
        try:
            save(report, file)
        except ReportError as error:
            return error
    return None


def _show_durations(request: RunRequest, execution: Execution) -> None:
    """Show pytest's list of the slowest tests to who asked for it."""
    if any(argument.startswith("--durations") for argument in request.pytest_args):
        for log in execution.logs:
            lines = slowest(log)
            if lines:
                click.echo(redact("\n".join(lines)), err=True)


def _diagnosed(
    request: RunRequest, report: Report, base_report: Report | None
) -> tuple[Diagnosis, tuple[Finding, ...]]:
    """What the report means, and the findings that block."""
    if not report.failures and not report.warnings:
        return Diagnosis(), ()
    # Late: its hundred patterns are nothing to a run in which all is well.
    from gardener.codemod.proof import with_proven_fixes
    from gardener.diagnosis.diagnosis import blocking, diagnose

    reports = [request.report_file] if request.report_file and request.report_file.exists() else []
    diagnosis = diagnose(report, request.config, base_report)
    diagnosis = with_proven_fixes(diagnosis, request.config, reports)
    return diagnosis, blocking(diagnosis, request.config)


def _write_worklog(request: RunRequest, report: Report, diagnosis: Diagnosis) -> None:
    from gardener.render.journal import record

    path = record(request.root, report, diagnosis)
    Talk().always(f"the worklog is {path.relative_to(request.root)}")


def conclude(
    request: RunRequest, affected: Selection, execution: Execution, *, blocks: bool
) -> int:
    """Say what did not run, in an audit also what was missed; the exit code."""
    code = _exit_code(request, execution, blocks=blocks)
    if not request.audit:
        return code
    return _audit(affected, execution.report, code, shadow=request.shadow)


def _exit_code(request: RunRequest, execution: Execution, *, blocks: bool) -> int:
    report = execution.report
    talk = Talk(quiet=request.quiet)
    verdict = FOUND if blocks else CLEAN
    if execution.interrupted:
        talk.always(f"interrupted: {progress(execution)}.")
        return INTERRUPTED
    if execution.out_of_time:
        talk.always(f"out of time: {progress(execution)}.")
        # Of a pytest that never started nothing is known at all.
        return verdict or (USAGE if execution.unstarted else CLEAN)
    if request.shard and is_empty_shard(report, request.shard):
        talk.always(f"no test is in shard {request.shard}.")
        return verdict
    absent = _absent(request, report)
    if absent and not _refused_all(execution):
        talk.always(absent)
        return verdict or USAGE
    trouble = why_nothing_ran(report)
    if trouble:
        if not request.verbose:
            _show_last_lines(execution)
        full = without_room(execution.logs[-1]) if execution.logs else ""
        talk.always(f"pytest could not run: no space is left in {full}." if full else trouble)
        hint = _missing_plugin(execution)
        if hint:
            talk.always(hint)
        return USAGE
    if report.exit_status == NO_TESTS_COLLECTED and report.deselected:
        talk.always(f"pytest's own options deselected all {report.deselected} tests.")
        # The project's may leave a change without tests; who gives some himself asks for tests.
        return USAGE if deselects(request.pytest_args) else verdict
    if execution.unstarted:
        talk.always(f"not everything ran: {progress(execution)}.")
        return verdict or USAGE
    cut = len(report.only_unfinished)
    if cut:
        talk(f"{count(cut, 'test')} did not come to an end; all others ran.")
        return verdict
    if not report.complete:
        killed = report.exit_status is not None and report.exit_status < 0
        how = ending_in_words(report.exit_status) if killed else "stopped before its end"
        talk.always(f"pytest {how}: {progress(execution)}.")
        return FOUND
    return verdict


def _absent(request: RunRequest, report: Report) -> str:
    """One sentence about tests that were named and did not run, without an option that says so."""
    if request.mode is not Mode.GIVEN or request.focus or request.level != "any":
        return ""
    if report.deselected or (not report.complete and report.exit_status != PYTEST_USAGE_ERROR):
        return ""
    shard, named = request.shard, request.tests
    named = shard.named(named, request.root) if shard else named
    absent = not_run(named, report)
    if not absent or (len(absent) == len(named) and report.failures):
        return ""
    return f"pytest found no test {', '.join(absent)}: what was named did not run."


def _refused_all(execution: Execution) -> bool:
    """Whether pytest took offence at options or settings, not at what was named."""
    if execution.report.exit_status != PYTEST_USAGE_ERROR:
        return False
    said = [line for log in execution.logs for line in last_lines(log, LAST_LINES)]
    return bool(said) and not any(line.startswith(NOT_NAMED_SO) for line in said)


def deselects(pytest_args: tuple[str, ...]) -> bool:
    """Whether some of these options of pytest choose among the tests."""
    options = [argument.partition("=")[0] for argument in pytest_args]
    return any(option in ("--deselect", "--lf", "--last-failed") for option in options) or any(
        option.startswith(("-k", "-m")) for option in options
    )


def progress(execution: Execution) -> str:
    """How many tests ran, in words."""
    report = execution.report
    ended = {result.nodeid for result in report.results if result.outcome != "unfinished"}
    done = f"{len(ended)} of {report.collected} collected tests ran to their end"
    if execution.unstarted:
        return f"{done}; {count(execution.unstarted, 'further pytest')} never started"
    return done


def is_empty_shard(report: Report, shard: Shard) -> bool:
    """Whether pytest found tests, all of them in other shards, where no plan says otherwise."""
    ran = report.results or report.failures or report.internal_error or report.deselected
    return report.exit_status == 0 and not ran and not shard.is_planned


def why_nothing_ran(report: Report) -> str:
    """One sentence where pytest itself could not do its work; else empty."""
    status = report.exit_status
    if status == NO_TESTS_COLLECTED and not report.deselected:
        tests = "no tests" if report.selection.everything else "none of the selected tests"
        return f"pytest collected {tests}, so nothing was checked."
    if report.internal_error:
        last = last_exception(report.internal_error)
        return f"pytest died of an internal error: {last}"
    if status == PYTEST_USAGE_ERROR:
        return "pytest refused its arguments or its configuration (exit status 4); see above."
    if report.results:
        return ""
    if status == 0:
        return "pytest ended without running a test; see `gardener run -v`."
    if status != NO_TESTS_COLLECTED and not report.failures:
        return f"pytest {ending_in_words(status)} before it ran a test; see above."
    return ""


def _missing_plugin(execution: Execution) -> str:
    """Which plugin is missing where pytest did not know an argument or a setting; else empty."""
    if not execution.logs:
        return ""
    python = next(iter(execution.report.command), "the project's Python")
    lines = last_lines(execution.logs[-1], LAST_LINES)
    return missing_plugin(lines, python) or broken_plugin(lines, python)


def _show_last_lines(execution: Execution) -> None:
    for log in execution.logs[-1:]:
        lines = last_lines(log, LAST_LINES)
        if lines:
            click.echo(redact("\n".join(lines)), err=True)


def _audit(affected: Selection, report: Report, code: int, *, shadow: bool) -> int:
    """List the failing tests that the selection leaves out; with one of them nothing is clean."""
    failing = {failure.nodeid for failure in report.failures}
    not_selected = (
        ()
        if affected.everything
        else missed(failing, [selected.test for selected in affected.tests])
    )
    for nodeid in not_selected:
        click.echo(f"not selected, but failing: {redact(nodeid)}")
    if not_selected:
        click.echo("selection does not see, on purpose (docs/selection.md):")
        for unseen in UNSEEN:
            click.echo(f"  {unseen}")
    size = (
        "everything selected"
        if affected.everything
        else say_selected(s.test for s in affected.tests)
    )
    click.echo(f"audit: {size}, {len(failing)} failing, {len(not_selected)} missed.")
    return FOUND if not_selected and code == CLEAN and not shadow else code
