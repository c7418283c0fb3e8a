"""The stages `execute` and `judge`: run the tests, then find out what else tells of the failures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gardener.git import fork_point, merge_base, store
from gardener.model import Mode, Report
from gardener.paths import is_python
from gardener.reports.history import History

from ..changes import Entry
from ..pytest_run import execution as pytest_execution
from ..pytest_run.execution import Execution, ExecutionRequest
from ..pytest_run.injection import Extra
from ..pytest_run.on_terminal import wants_terminal, without_terminal
from ..pytest_run.order import likeliest_first
from ..pytest_run.part_interpreters import PartInterpreters
from ..pytest_run.picked_tests import ProjectUnderTest
from ..pytest_run.progress import progress_bar
from ..pytest_run.run_report import changed_files
from ..pytest_run.sharded import sharded
from ..pytest_run.traces import Trace
from ..record.content import content
from ..record.store import keep, snapshot
from ..record.suspicion import suspected
from ..verdict.evidence import VerificationPlan, base_limit, collect_evidence, doubted_tests
from .request import RunRequest, Talk
from .selecting import Choice


def project_of(request: RunRequest, pythons: PartInterpreters) -> ProjectUnderTest:
    """Where the tests run, with the content that they are about to run on."""
    return ProjectUnderTest(
        request.root,
        pythons.main.path,
        request.config,
        content(request.root, pythons.main.path),
        without_terminal(request.pytest_args),  # what runs again, nobody watches
        say=Talk(quiet=request.quiet),
        python_of=pythons.of,
    )


def execute(request: RunRequest, choice: Choice, project: ProjectUnderTest) -> Execution:
    """Run the chosen tests and keep what was recorded of them.

    Raises:
        ReportError: what the recorder wrote is damaged.
    """
    root, config = request.root, request.config
    files = snapshot(root)
    extra = Extra()
    terminal = wants_terminal(request.pytest_args)
    with contextlib.ExitStack() as stack:
        progress = stack.enter_context(progress_bar(quiet=request.quiet or terminal))
        if request.budget or request.likeliest_first:
            extra = stack.enter_context(_likeliest_first(root))
        if request.shard:
            extra = extra.plus(stack.enter_context(sharded(*request.shard.facts)))
        execution = pytest_execution.execute(
            ExecutionRequest(
                root,
                project.python,
                choice.selection,
                config,
                pytest_args=request.pytest_args,
                summary=choice.summary,
                base=merge_base(root, request.ref) if request.mode is Mode.SINCE else "",
                seconds=request.budget,
                progress=progress,
                records=config.record,
                watched=folders_with_data(files) if config.record else (),
                terminal=terminal,
                extra=extra,
                cell=request.cell,
                jobs=1 if terminal else request.jobs,  # one terminal, one pytest
                python_of=project.python_of,
            )
        )
    report = suspected(execution.report, execution.traces)
    report = msgspec.structs.replace(report, expected=config.cells)
    if request.shard:
        report = msgspec.structs.replace(report, shard=str(request.shard))
    trouble = _kept(root, files, execution.traces, report, project.python)
    notes = (*execution.notes, trouble) if trouble else execution.notes
    return execution._replace(report=report, notes=notes)


def _kept(
    root: Path, files: Mapping[str, Entry], traces: Iterable[Trace], report: Report, python: str
) -> str:
    """Keep what was recorded, of each interpreter by itself: it is valid in that environment."""
    by_python: dict[str, list[Trace]] = {}
    for trace in traces:
        by_python.setdefault(trace.python, []).append(trace)
    if len(by_python) < 2:
        return keep(root, files, next(iter(by_python.values()), []), report, python)
    troubles = [keep(root, files, group, report, name) for name, group in by_python.items() if name]
    return next(filter(None, troubles), "")


_MOST_WATCHED = 4000
"""Above so many folders none is watched: the system has a limit for all its processes."""


def folders_with_data(files: Iterable[str]) -> tuple[str, ...]:
    """The folders that hold files other than Python; none where there are too many."""
    folders = {path.rpartition("/")[0] for path in files if not is_python(path)}
    return tuple(sorted(folders)) if len(folders) <= _MOST_WATCHED else ()


def _likeliest_first(root: Path) -> contextlib.AbstractContextManager[Extra]:
    """The order of a run that may be stopped before its end."""
    changed = changed_files(root, fork_point(root)) or ()
    return likeliest_first(History(store(root)).latest(), changed)


def judge(
    request: RunRequest, execution: Execution, project: ProjectUnderTest, base_report: Report | None
) -> Execution:
    """The execution with what else is known of its failures: earlier, in reruns, on the base."""
    limit = base_limit(request.config, verify_base=request.verify_base, hook=request.hook)
    doubted = None
    if base_report and not request.verify_base:
        # It says all that running the base would, but for what did otherwise in another environment.
        doubted = doubted_tests(execution.report, base_report)
        limit = base_limit(request.config, verify_base=False, hook=True) if doubted else None
    reported = base_report.commit if base_report else ""
    blames = request.hook or request.verify_base or base_report is not None
    plan = VerificationPlan(
        request.mode,
        request.ref,
        request.reruns,
        limit,
        recheck=request.config.hook.rerun_seconds if blames else 0.0,
        budget=request.budget,
        reported=reported,
    )
    return collect_evidence(execution, plan, project, doubted)
