"""One run from its request to its exit code: select, execute, judge, tell, conclude."""

from __future__ import annotations

from gardener.errors import CLEAN, USAGE
from gardener.model import Mode
from gardener.text import count

from ..pytest_run.part_interpreters import PartInterpreters
from ..selection.parse.progress import Progress
from .request import RunRequest, Talk
from .selecting import Choice, intent, select


def run_tests(request: RunRequest) -> int:
    """Run what is asked for, print what was found, and return the exit code.

    Raises:
        GardenerError: something that the user can put right.
    """
    talk = Talk(quiet=request.quiet)
    if request.report_file:
        from gardener.reports.store import check_writable

        check_writable(request.report_file)
    Progress.quiet = request.quiet
    choice = select(request)
    for note in choice.selection.notes:
        talk(note)
    if choice.is_empty:
        return _nothing_to_run(request, choice)
    pythons = PartInterpreters(request.root, request.config, request.python, talk)
    if pythons.told:
        talk(pythons.told)
    talk(intent(choice.selection))
    if request.mode is Mode.ALL:
        _tell_scope(request, talk)
    # Late, so that a commit that affects no test is quick.
    from gardener.redaction import use
    from gardener.reports.redacting import redacted
    from gardener.reports.store import load

    from . import absent_modules
    from .concluding import conclude, tell
    from .executing import execute, judge, project_of

    use(request.config.redaction.patterns, request.config.redaction.keep)
    base_report = load(request.base_report) if request.base_report else None
    project = project_of(request, pythons)
    execution = execute(request, choice, project)
    execution = judge(request, execution, project, base_report)
    # The reruns and the base needed the nodeids as they are; what is told and kept does not.
    execution = execution._replace(report=redacted(execution.report))
    blockers = tell(request, execution, base_report)
    absent = absent_modules.told(execution.report, request.root, pythons.used)
    if absent:
        talk(absent)
    if request.shadow:
        from .shadow import publish

        publish(request, choice.affected, execution.report, blockers)
        if blockers:
            talk.always(f"shadow mode: {count(len(blockers), 'finding')} would block.")
    return conclude(
        request, choice.affected, execution, blocks=bool(blockers) and not request.shadow
    )


def _tell_scope(request: RunRequest, talk: Talk) -> None:
    """Say what belongs to all tests, and what does not."""
    from .scope import left_out

    scope = left_out(request.root)
    if scope:
        talk(scope)


def _nothing_to_run(request: RunRequest, choice: Choice) -> int:
    # A hook has nothing to say against a push without tests of its focus.
    asked = request.mode in (Mode.ALL, Mode.GIVEN) and not request.hook and not request.shard
    otherwise = (
        "none of what was asked for is a test of this kind" if asked else "no test is affected"
    )
    reason = choice.selection.reason or otherwise
    if request.shard and choice.affected.tests:
        reason = f"all affected ones are in other shards than {request.shard}"
    Talk().always(f"No tests to run: {reason}.")
    if request.report_file:
        from msgspec import structs

        from gardener.reports.store import save

        from ..pytest_run.run_report import empty_report

        report = empty_report(request.root, choice.summary, request.cell)
        if request.shard:
            report = structs.replace(report, shard=str(request.shard))
        save(structs.replace(report, expected=request.config.cells), request.report_file)
    return USAGE if asked else CLEAN
