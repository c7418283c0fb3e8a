"""The stages `execute` and `judge`: run the tests, then find out what else tells of the failures."""

from __future__ import annotations

import contextlib
from pathlib import Path

from gardener.git import fork_point, merge_base, store
from gardener.model import Mode, Report
from gardener.reports.history import History

from ..pytest_run import process
from ..pytest_run.order import likeliest_first
from ..pytest_run.picked_tests import Setting
from ..pytest_run.process import Execution, Extra, changed_files
from ..pytest_run.progress import shown
from ..record.content import content
from ..record.store import keep, snapshot
from ..record.suspicion import suspected
from ..verdict.evidence import Search, gather, limit_of
from .request import RunRequest, Talk
from .selecting import Choice


def setting_of(request: RunRequest, python: str) -> Setting:
    """Where the tests run, with the content that they are about to run on."""
    return Setting(
        request.root,
        python,
        request.config,
        content(request.root, python),
        request.pytest_args,
        say=Talk(quiet=request.quiet),
    )


def execute(request: RunRequest, choice: Choice, setting: Setting) -> Execution:
    """Run the chosen tests and keep what was recorded of them.

    Raises:
        ReportError: what the recorder wrote is damaged.
    """
    root, config = request.root, request.config
    files = snapshot(root)
    order = _likeliest_first(root) if request.budget else contextlib.nullcontext()
    with shown(quiet=request.quiet) as progress, order as extra:
        execution = process.execute(
            root,
            setting.python,
            choice.selection,
            config,
            pytest_args=request.pytest_args,
            summary=choice.summary,
            base=merge_base(root, request.ref) if request.mode is Mode.SINCE else "",
            seconds=request.budget,
            progress=progress,
            trace=config.record,
            extra=extra,
        )
    report = suspected(execution.report, execution.traces)
    trouble = keep(root, files, execution.traces, report, setting.python)
    notes = (*execution.notes, trouble) if trouble else execution.notes
    return execution._replace(report=report, notes=notes)


def _likeliest_first(root: Path) -> contextlib.AbstractContextManager[Extra]:
    """The order of a run that may be stopped before its end."""
    changed = changed_files(root, fork_point(root)) or ()
    return likeliest_first(History(store(root)).latest(), changed)


def judge(
    request: RunRequest, execution: Execution, setting: Setting, base_report: Report | None
) -> Execution:
    """The execution with what else is known of its failures: earlier, in reruns, on the base."""
    # A report of the base says all that running the base would.
    limit = (
        None
        if base_report
        else limit_of(request.config, verify=request.verify_base, hook=request.hook)
    )
    search = Search(request.mode, request.ref, request.reruns, limit, request.budget)
    return gather(execution, search, setting)
