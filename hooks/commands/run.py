"""The command `run`: select, run, diagnose, say what blocks."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from gardener.config import LEVELS, Config, load
from gardener.errors import CLEAN, FOUND, INTERRUPTED, USAGE, ConfigError, GardenerError
from gardener.git import find_root, merge_base
from gardener.model import Mode

if TYPE_CHECKING:
    from gardener.model import Report, Selection, SelectionSummary

    from ..pytest_run.process import Execution, Extra
    from ..selection.tree import Request

_ZERO = "0" * 40


class _WithPytestArguments(click.Command):
    """A command whose words after `--` are not its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            ctx.meta["pytest_args"] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)


@click.command(
    cls=_WithPytestArguments,
    epilog="Arguments after -- go to pytest. Exit codes: 0 nothing blocks, 1 something does, "
    "2 pytest could not run the tests, 130 interrupted.",
)
@click.pass_context
@click.argument("paths", nargs=-1, metavar="[PATH|NODEID]...")
@click.option("--focus", metavar="NAME", help="Only tests of this focus (built in: websocket).")
@click.option("--level", type=click.Choice(LEVELS), help="unit: no integration, e2e, ... tests.")
@click.option("--staged", is_flag=True, help="What `git commit` would commit, against HEAD.")
@click.option("--since", metavar="REF", help="What this branch changed since it left REF.")
@click.option("--worktree", is_flag=True, help="The work tree with new files, against HEAD.")
@click.option("--all", "everything", is_flag=True, help="All tests (the default without paths).")
@click.option(
    "--hook",
    is_flag=True,
    help="As a git hook: focus and level of [tool.gardener.hook]; staged at pre-commit, "
    "since the pushed range at pre-push.",
)
@click.option(
    "--audit",
    is_flag=True,
    help="Select, but run everything, and list each failing test that was not selected.",
)
@click.option(
    "--report",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report of the run here, as JSON.",
)
@click.option(
    "--budget",
    metavar="TIME",
    help="Stop pytest after this time (10s, 2m) and say what did not run. What failed last "
    "time runs first, then new and changed tests, then the quick ones.",
)
@click.option(
    "--reruns",
    type=click.IntRange(0, 10),
    default=0,
    metavar="N",
    help="Run what failed N more times, together and alone: finds flaky and order-dependent tests.",
)
@click.option(
    "--verify-base",
    is_flag=True,
    help="Run what failed on the merge base too: tells what was red before. --hook does it by itself.",
)
@click.option(
    "--base-report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A report of the base: tells regressions from what was red before.",
)
@click.option("--python", metavar="EXE", default="", help="The project's Python.")
@click.option(
    "--worklog", is_flag=True, help="Write the worklog into FAILING-TEST/gardener, or update it."
)
@click.option("-v", "--verbose", is_flag=True, help="Show what pytest printed.")
@click.option("-q", "--quiet", is_flag=True, help="Only findings, no talk.")
@click.option("--color/--no-color", default=None, help="Colour (default: on a terminal).")
def run(
    context: click.Context,
    *,
    paths: tuple[str, ...],
    focus: str | None,
    level: str | None,
    staged: bool,
    since: str | None,
    worktree: bool,
    everything: bool,
    hook: bool,
    audit: bool,
    out: Path | None,
    budget: str | None,
    reruns: int,
    verify_base: bool,
    base_report: Path | None,
    python: str,
    worklog: bool,
    verbose: bool,
    quiet: bool,
    color: bool | None,
) -> int:
    """Run the tests a change can affect and explain what fails.

    Without a change option and without paths all tests are taken; a focus narrows them.
    """
    root = find_root()
    config = load(root)
    seconds = _seconds(budget) if budget else None
    if hook:
        focus, level = focus or config.hook.focus, level or config.hook.level
    mode, ref = _mode(
        staged=staged,
        since=since,
        worktree=worktree,
        everything=everything,
        hook=hook,
        tests=paths,
    )
    from ..pytest_run.interpreter import find
    from ..selection.selection import select

    request = _request(
        root=root,
        config=config,
        mode=mode,
        ref=ref,
        focus=focus or "",
        level=level or "any",
        tests=paths,
    )
    chosen = select(request._replace(python=_known(root, config, python)), config)
    selection = _all_of(chosen, request) if audit else chosen
    talk = _Talk(quiet=quiet)
    for note in selection.notes:
        talk(note)
    if not selection.everything and not selection.tests:
        talk(f"No tests to run: {selection.reason or 'no test is affected'}.", always=True)
        if out:
            from gardener.reports.store import save

            save(_empty(root, _summary(request, selection, focus or "")), out)
        return CLEAN
    interpreter = find(root, config, python)
    talk(_intent(selection))
    from gardener.reports.store import load as load_report
    from gardener.reports.store import save

    from ..pytest_run.picked_tests import Setting
    from ..pytest_run.process import execute
    from ..pytest_run.progress import shown
    from ..record.content import content
    from ..record.store import keep, snapshot
    from ..verdict.evidence import Search, gather, limit_of

    before = load_report(base_report) if base_report else None
    here = content(root, interpreter)
    tree = snapshot(root)
    pytest_args = context.meta.get("pytest_args", ())
    sooner = _sooner(root) if seconds else contextlib.nullcontext()
    with shown(quiet=quiet) as progress, sooner as extra:
        done = execute(
            root,
            interpreter,
            selection,
            config,
            pytest_args=pytest_args,
            summary=_summary(request, selection, focus or ""),
            base=merge_base(root, ref) if mode is Mode.SINCE else "",
            seconds=seconds,
            progress=progress,
            trace=config.record,
            extra=extra,
        )
    from ..record.suspicion import suspected

    done = done._replace(report=suspected(done.report, done.traces))
    kept = keep(root, tree, done.traces, done.report, interpreter)
    search = Search(mode, ref, reruns, limit_of(config, verify=verify_base, hook=hook), seconds)
    if before is not None:
        search = search._replace(limit=None)
    done = gather(done, search, Setting(root, interpreter, config, here, pytest_args, say=talk))
    if out:
        save(done.report, out)
    for note in (*done.notes, *([kept] if kept else ())):
        talk(note)
    if verbose:
        _show_logs(done)
    options = _Show(color, quiet, verbose, str(out or ""), before, worklog)
    code = _conclude(done, config, talk, options)
    return _audit(chosen, done.report, code) if audit else code


def _known(root: Path, config: Config, python: str) -> str:
    """The interpreter that will run, where something is recorded; empty if none is found."""
    from ..pytest_run.interpreter import find
    from ..record.store import is_kept

    with contextlib.suppress(GardenerError):
        return find(root, config, python) if is_kept(root) else ""
    return ""


def _sooner(root: Path) -> contextlib.AbstractContextManager[Extra]:
    """The order of a run that may be stopped."""
    from gardener.git import fork_point, store
    from gardener.reports.history import History

    from ..pytest_run.order import likeliest_first
    from ..pytest_run.process import changed_files

    changed = changed_files(root, fork_point(root)) or ()
    return likeliest_first(History(store(root)).latest(), changed)


class _Show(NamedTuple):
    """How findings are shown."""

    color: bool | None
    quiet: bool
    verbose: bool
    report_path: str
    base: Report | None
    worklog: bool


class _Talk:
    """Says things on stderr."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def __call__(self, text: str, *, always: bool = False) -> None:
        if always or not self._quiet:
            click.echo(f"gardener: {text}", err=True)


def _seconds(text: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|)\s*", text)
    if not match or float(match[1]) == 0:
        raise click.UsageError(f"--budget {text!r} is not a time such as 10s or 2m.")
    return float(match[1]) * {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600}[match[2]]


def _mode(
    *,
    staged: bool,
    since: str | None,
    worktree: bool,
    everything: bool,
    hook: bool,
    tests: tuple[str, ...],
) -> tuple[Mode, str]:
    """Which change is asked for; a git hook takes it from the stage it runs in."""
    chosen = [
        name
        for name, given in (
            ("--staged", staged),
            ("--since", since),
            ("--worktree", worktree),
            ("--all", everything),
        )
        if given
    ]
    if len(chosen) > 1:
        raise click.UsageError(f"{' and '.join(chosen)} exclude each other.")
    if since:
        return Mode.SINCE, since
    if staged:
        return Mode.STAGED, ""
    if worktree:
        return Mode.WORKTREE, ""
    if everything:
        return Mode.ALL, ""
    if hook and not tests:
        return _stage()
    return (Mode.GIVEN if tests else Mode.ALL), ""


def _stage() -> tuple[Mode, str]:
    """What pre-commit and prek tell about the hook: the pushed range at pre-push."""
    start = os.environ.get("PRE_COMMIT_FROM_REF", "")
    if start and start != _ZERO:
        return Mode.SINCE, start
    pushes = "PRE_COMMIT_REMOTE_NAME" in os.environ or "PRE_COMMIT_TO_REF" in os.environ
    return (Mode.ALL if pushes or start else Mode.STAGED), ""


def _request(
    *,
    root: Path,
    config: Config,
    mode: Mode,
    ref: str,
    focus: str,
    level: str,
    tests: tuple[str, ...],
) -> Request:
    from ..selection.tree import Request

    return Request(
        root=root,
        mode=mode,
        ref=ref,
        focus=config.focus(focus) if focus else None,
        level=level,
        paths=tuple(_in_repository(test, root) for test in tests),
    )


def _in_repository(test: str, root: Path) -> str:
    """A path or nodeid as typed in the current directory, relative to the repository."""
    file, mark, rest = test.partition("::")
    full = Path(os.path.normpath(Path.cwd() / file))
    if not full.exists():
        raise ConfigError(f"There is no {file!r} here to run tests from.")
    for path in (full, full.resolve()):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix() + mark + rest
    raise ConfigError(f"{file} lies outside of the repository {root}.")


def _summary(request: Request, selection: Selection, focus: str) -> SelectionSummary:
    from gardener.model import SelectionSummary

    return SelectionSummary(
        mode=Mode.GIVEN if request.mode == "trees" else request.mode,
        focus=focus,
        level=request.level,
        everything=selection.everything,
        reason=selection.reason,
        selected=len(selection.tests),
    )


def _all_of(selection: Selection, request: Request) -> Selection:
    from gardener.model import Selection

    if request.mode in ("all", "given"):
        raise click.UsageError("--audit needs a change: --staged, --since REF or --worktree.")
    return Selection(everything=True, reason="to audit the selection", notes=selection.notes)


def _audit(selection: Selection, report: Report, code: int) -> int:
    """List the failing tests that the selection would have left out; a miss is never clean."""
    from ..record.validity import missed

    failing = {one.nodeid for one in report.failures}
    lost = () if selection.everything else missed(failing, [one.test for one in selection.tests])
    for nodeid in lost:
        click.echo(f"not selected, but failing: {nodeid}")
    chosen = "everything" if selection.everything else f"{len(selection.tests)} tests or files"
    click.echo(f"audit: {chosen} selected, {len(failing)} failing, {len(lost)} missed.")
    return FOUND if lost and code == CLEAN else code


def _intent(selection: Selection) -> str:
    if selection.everything:
        return (
            f"Running all tests ({selection.reason})." if selection.reason else "Running all tests."
        )
    files = {one.test.partition("::")[0] for one in selection.tests}
    count = len(selection.tests)
    return f"Running {count} selected test{'s'[: count != 1]} or files of {len(files)} file{'s'[: len(files) != 1]}."


def _empty(root: Path, summary: SelectionSummary) -> Report:
    """The report of a run that had nothing to run."""
    from ..pytest_run.process import unrun

    return unrun(root, summary)


def _show_logs(done: Execution) -> None:
    for log in done.logs:
        click.echo(log.read_text(encoding="utf-8", errors="replace"), err=True, nl=False)


def _conclude(done: Execution, config: Config, talk: _Talk, options: _Show) -> int:
    """Print the findings, say what did not run, and decide."""
    report = done.report
    blocks = _tell(report, config, options)
    if done.interrupted:
        talk(f"interrupted: {_progress(report)}.", always=True)
        return INTERRUPTED
    if done.out_of_time:
        talk(f"out of time: {_progress(report)}.", always=True)
        return FOUND if blocks else CLEAN
    wrong = _why_it_did_not_run(report)
    if wrong:
        if not options.verbose:
            _show_tail(done)
        talk(wrong, always=True)
        return USAGE
    if report.exit_status == 5 and report.deselected:
        talk(f"pytest's own options deselected all {report.deselected} tests.", always=True)
    elif not report.complete:
        talk(f"pytest stopped before its end: {_progress(report)}.", always=True)
        return FOUND
    return FOUND if blocks else CLEAN


def _tell(report: Report, config: Config, options: _Show) -> bool:
    """Print the findings; whether any of them blocks."""
    from gardener.diagnosis.diagnosis import blocking, diagnose
    from gardener.render.terminal import render

    diagnosis = diagnose(report, config, options.base)
    stops = blocking(diagnosis, config)
    if options.worklog and (report.results or report.failures):
        from gardener.render.journal import record

        path = record(config.root, report, diagnosis)
        click.echo(f"gardener: the worklog is {path.relative_to(config.root)}", err=True)
    render(
        report,
        diagnosis,
        blocking=stops,
        color=options.color,
        quiet=options.quiet,
        verbose=options.verbose,
        report_path=options.report_path,
    )
    return bool(stops)


def _progress(report: Report) -> str:
    done = len({one.nodeid for one in report.results if one.outcome != "unfinished"})
    return f"{done} of {report.collected} collected tests ran to their end"


def _why_it_did_not_run(report: Report) -> str:
    """One sentence when pytest itself could not do its work; else empty."""
    status = report.exit_status
    if status == 5 and not report.deselected:
        chosen = "no tests" if report.selection.everything else "none of the selected tests"
        return f"pytest collected {chosen}, so nothing was checked."
    if report.internal_error:
        last = report.internal_error.strip().splitlines()[-1]
        return f"pytest died of an internal error: {last}"
    if status == 4:
        return "pytest refused its arguments or its configuration (exit status 4); see above."
    if not report.results and not report.failures and status not in (0, 5):
        return f"pytest ended with exit status {status} before it ran a test; see above."
    if not report.results and status == 0:
        return "pytest ended without running a test; see `gardener run -v`."
    return ""


def _show_tail(done: Execution) -> None:
    from ..pytest_run.process import log_text

    for log in done.logs[-1:]:
        text = log_text(log, 40)
        if text:
            click.echo(text, err=True)
