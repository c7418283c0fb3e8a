"""The commands `gardener comment` and `gardener issues`: the thin shells around the plans."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from msgspec.structs import replace

from gardener import config as settings
from gardener import git
from gardener.config import Config
from gardener.errors import CLEAN, FOUND, GardenerError, GitError
from gardener.model import Diagnosis, Report
from gardener.wording import count

from . import artifacts, checks, mending, plan, suggestions, text
from . import comment as comments
from . import issues as causes
from .event import Place, read_place
from .failures import NotDone, Refused, SiteError

if TYPE_CHECKING:
    from .github import Pull, Site

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_BASE = click.option(
    "--base-report",
    type=click.Path(path_type=Path),
    help="A report of the merge base: tells regressions from what was red before.",
)


def _say(words: str) -> None:
    click.echo(f"gardener: {text.line(words, 600)}", err=True)


@click.command()
@_FILES
@click.option("--pr", "number", type=click.IntRange(min=1), metavar="N", help="The pull request.")
@_BASE
@click.option("--check-run", is_flag=True, help="Also write a check run with annotations.")
@click.option("--suggest", is_flag=True, help="Also suggest what codemods would change.")
@click.option("--dry-run", is_flag=True, help="Print the comment; no network, no token.")
def comment(
    *,
    files: tuple[Path, ...],
    number: int | None,
    base_report: Path | None,
    check_run: bool,
    suggest: bool,
    dry_run: bool,
) -> int:
    """Write the one comment on a pull request from the reports of its run.

    The pull request is --pr, or the one of the event in GITHUB_EVENT_PATH. Exit code 1
    when something could not be done.
    """
    report, diagnosis, config, base = _read(files, base_report)
    if dry_run:
        click.echo(comments.render(report, diagnosis), nl=False)
        return CLEAN
    place = _place()
    job = _Job(_site(place, config), place, report, diagnosis, config)
    wanted = _Wanted(number or 0, check_run, suggest, base.commit if base else "")
    job.attempt("the comment", lambda: _tell(job, wanted))
    return FOUND if job.failed else CLEAN


class _Wanted(NamedTuple):
    """What the command line asks for."""

    number: int
    check_run: bool
    suggest: bool
    base: str


class _Job:
    """One report on its way to one repository, and whether something could not be done."""

    def __init__(
        self, site: Site, place: Place, report: Report, diagnosis: Diagnosis, config: Config
    ) -> None:
        self.site = site
        self.place = place
        self.report = report
        self.diagnosis = diagnosis
        self.config = config
        self.failed = False

    def attempt(self, what: str, do: Callable[[], None]) -> None:
        """Do one thing; what goes wrong is said and does not stop the others."""
        try:
            do()
        except NotDone as wrong:
            _say(f"{what} could not be written: {wrong}")
            self.failed = True


def _tell(job: _Job, wanted: _Wanted) -> None:
    """Write all that was asked for about the pull request or the merge group."""
    place = job.place
    pull = _pull(job.site, place, wanted.number)
    if pull is None and not place.is_queued:
        return
    quiet = job.config.github.quiet_label
    if pull and quiet and any(label.name == quiet for label in pull.labels):
        _say(f"pull request #{pull.number} is labelled {quiet}: nothing written")
        return
    head = pull.head.sha if pull else place.head
    if stale := _stale(place, job.report, head):
        _say(stale)
        return
    setting = comments.Setting(
        head=head,
        base=wanted.base or (pull.base.sha if pull else place.base),
        run_url=place.run_url,
        failed=place.failed,
        attempt=place.attempt,
    )
    summarize(comments.render(job.report, job.diagnosis, setting))
    if pull:
        job.attempt("the comment", lambda: _comment(job, pull.number, setting))
    if wanted.check_run:
        job.attempt("the check run", lambda: _check(job, setting))
    if wanted.suggest and pull:
        job.attempt("the suggestions", lambda: _suggest(job, pull))


def _comment(job: _Job, number: int, setting: comments.Setting) -> None:
    plain = comments.render(job.report, job.diagnosis, setting)
    try:
        posted = job.site.comments(number)
        wanted = plan.plan_comment(posted, plain, job.site.me())
        if wanted.writes and job.diagnosis.findings:
            wanted = plan.plan_comment(posted, _with_issues(job, setting), job.site.me())
        for action in wanted.actions:
            job.site.do_comment(number, action)
    except Refused as wrong:
        if wrong.status != 403 or not job.place.in_actions:
            raise
        # A fork's own token may not write: the log's annotations reach people all the same.
        _say(f"no right to comment ({wrong}); see the job summary and the annotations")
        marks = checks.annotate(job.diagnosis.findings, job.config.github.fail_on)
        for line in checks.workflow_annotations(marks):
            click.echo(line)
        return
    done = [type(action).__name__ for action in wanted.actions]
    _say(f"pull request #{number}: {', '.join(done) or wanted.reason}")


def _with_issues(job: _Job, setting: comments.Setting) -> str:
    """The comment with links to the issues of its causes, if they can be had."""
    try:
        known = job.site.issues(job.config.github.label)
    except NotDone as wrong:
        _say(f"issues are not linked: {wrong}")
        known = []
    numbers = causes.numbers(known, job.site.me())
    return comments.render(job.report, job.diagnosis, replace(setting, issues=numbers))


def _check(job: _Job, setting: comments.Setting) -> None:
    body = comments.render(job.report, job.diagnosis, setting, limit=checks.LIMIT)
    fail_on = job.config.github.fail_on
    check = checks.check_run(job.report, job.diagnosis, setting, fail_on, body)
    if job.site.check_run(check.name, check.head, check.key) is None:
        job.site.create_check_run(check)
        _say(f"check run on {check.head[:10]}: {check.conclusion}")


def _suggest(job: _Job, pull: Pull) -> None:
    names = mending.named_codemods(job.diagnosis)
    if not names:
        return
    changed = [f for f in job.site.files(pull.number) if f.patch and f.status != "removed"]
    shown = {f.filename: suggestions.shown_lines(f.patch) for f in changed}
    head = pull.head.sha
    found = mending.patches(
        list(shown), names, job.config, lambda path: job.site.content(path, head)
    )
    if not suggestions.suggest(found, shown):
        return
    mine = [c.body for c in job.site.review_comments(pull.number) if c.author == job.site.me()]
    wanted = suggestions.suggest(found, shown, suggestions.keys_of(mine))
    if wanted:
        words = f"{count(len(wanted), 'mechanical fix')} to apply with one click each."
        job.site.review(pull.number, head, words.replace("fixs", "fixes"), wanted)
        _say(f"{len(wanted)} suggested")


def summarize(body: str) -> None:
    """Append the comment to the job's summary, where the runner offers one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            with Path(path).open("a", encoding="utf-8") as summary:
                summary.write(body + "\n")
        except OSError as wrong:
            _say(f"the job summary cannot be written: {wrong.strerror}")


def _pull(site: Site, place: Place, number: int | None) -> Pull | None:
    try:
        if number or place.number:
            return site.pull(number or place.number)
        if place.is_queued:
            return None
        if place.event != "workflow_run":
            raise SiteError("Which pull request? Say --pr N, or run in a workflow of one.")
        if place.trigger not in {"pull_request", "pull_request_target"}:
            _say(f"the run was started by {place.trigger}, not by a pull request: no comment")
            return None
        pull = site.find_pull(place.head_repository, place.head_branch, place.head)
        if pull is None:
            _say("there is no open pull request for this run any more: no comment")
        return pull
    except Refused as wrong:
        if wrong.status != 404:
            raise SiteError(f"The pull request cannot be read: {wrong}.") from None
        which = f"pull request #{number or place.number} in {place.repository}"
        raise SiteError(f"There is no {which}, or the token may not see it.") from None


def _stale(place: Place, report: Report, head: str) -> str:
    """Why a report is not about the head of the pull request; empty when it is."""
    # In a workflow the event tells what was tested: on `pull_request` the report's own
    # commit is a merge commit, and a fork may write any commit into its report.
    known = {"pull_request", "pull_request_target", "workflow_run", "merge_group"}
    tested = place.head if place.event in known else report.commit
    if tested and tested != head:
        return f"the pull request is at {head[:10]} now, not at {tested[:10]}: nothing written"
    return ""


@click.command()
@_FILES
@_BASE
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print what would be done if there were no issue yet; no network, no token.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print what was done.",
)
def issues(*, files: tuple[Path, ...], base_report: Path | None, dry_run: bool, form: str) -> int:
    """Keep one issue per root cause, from reports of the default branch.

    Prints what it did. Exit code 1 when something could not be done.
    """
    report, diagnosis, config, _ = _read(files, base_report)
    if dry_run:
        _show(causes.plan(report, diagnosis, (), config.github, ""), form)
        return CLEAN
    place = _place()
    site = _site(place, config)
    job = _Job(site, place, report, diagnosis, config)
    done: list[plan.IssueAction] = []
    notes: list[str] = []
    job.attempt("the issues", lambda: _keep(job, done, notes))
    _show(plan.IssuePlan(tuple(done), tuple(notes)), form)
    return FOUND if job.failed else CLEAN


def _not_default(site: Site, place: Place, report: Report) -> str:
    """Why this run may not touch issues; empty when it tested the default branch."""
    if place.event:
        if place.tells_default_branch:
            return ""
        return "only a run of the default branch keeps issues: nothing written"
    default = site.default_branch()
    if report.branch == default:
        return ""
    return (
        f"the report is of branch {report.branch or '(unknown)'}, not of {default}: nothing written"
    )


def _keep(job: _Job, done: list[plan.IssueAction], notes: list[str]) -> None:
    """Carry out the plan; after creations look again, for races and for links both ways."""
    if refusal := _not_default(job.site, job.place, job.report):
        notes.append(refusal)
        return
    label, me = job.config.github.label, job.site.me()
    known = job.site.issues(label)
    planned = causes.plan(job.report, job.diagnosis, known, job.config.github, me)
    notes += planned.notes
    _carry_out(job, planned.actions, done)
    if not any(isinstance(action, plan.CreateIssue) for action in done):
        _carry_out(job, causes.duplicates(known, me), done)
        return
    known = job.site.issues(label)
    _carry_out(job, causes.duplicates(known, me), done)
    again = causes.plan(job.report, job.diagnosis, known, job.config.github, me)
    _carry_out(job, [a for a in again.actions if isinstance(a, plan.EditIssue)], done)


def _carry_out(
    job: _Job, actions: Sequence[plan.IssueAction], done: list[plan.IssueAction]
) -> None:
    """Perform actions; one that is refused does not stop the others, a rate limit does."""
    for n, action in enumerate(actions):
        try:
            if isinstance(action, plan.CreateIssue):
                job.site.create_issue(action, job.config.github.label)
            elif isinstance(action, plan.EditIssue):
                job.site.edit_issue(action)
            else:
                job.site.comment_issue(action)
        except Refused as wrong:
            _say(f"not done: {plan.describe(action)}: {wrong}")
            job.failed = True
        except NotDone as wrong:
            left = count(len(actions) - n, "action")
            raise NotDone(
                f"{left} not done, the first is {plan.describe(action)}: {wrong}"
            ) from None
        else:
            done.append(action)


def _show(planned: plan.IssuePlan, form: str) -> None:
    """Print actions on stdout, for people or as JSON."""
    if form == "json":
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(planned), indent=1).decode())
        return
    for action in planned.actions:
        click.echo(plan.describe(action))
    for note in planned.notes:
        click.echo(f"note    {note}")
    if not planned.actions:
        click.echo("nothing to do")


def _place() -> Place:
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    try:
        event = Path(path).read_bytes() if path else b""
    except OSError as wrong:
        raise GardenerError(f"{path} cannot be read: {wrong.strerror}.") from None
    place = read_place(os.environ, event)
    if not place.repository:
        raise GardenerError("Which repository? Set GITHUB_REPOSITORY to OWNER/NAME.")
    return place


def _site(place: Place, config: Config) -> Site:
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
    if not token:
        raise GardenerError("GITHUB_TOKEN is not set; use --dry-run to see the result without it.")
    from .github import Site

    return Site(place, token, config.github, _say)


def _read(
    files: Sequence[Path], base: Path | None
) -> tuple[Report, Diagnosis, Config, Report | None]:
    from gardener import report as reports
    from gardener.diagnosis import diagnose

    try:
        config = settings.load(git.find_root())
    except GitError:
        config = settings.load(Path.cwd())  # a job that only reports needs no checkout
    run = reports.merge([one for path in files for one in artifacts.load(path)])
    before = reports.merge(artifacts.load(base)) if base else None
    return run, diagnose(run, config, before), config, before
