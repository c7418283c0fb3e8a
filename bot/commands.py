"""The commands `gardener comment` and `gardener issues`: the thin shells around the plans."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import click

from gardener.disarm import disarmed_json
from gardener.errors import CLEAN, FOUND, GardenerError
from gardener.reports.issue_ledger import save

from . import gitlab_issues, gitlab_note, gitlab_site, plan_issues
from .content import actions
from .content import comment as comments
from .evidence import Files, Sources, read_files
from .job import Job, annotate, find_config, has_summary, say, summarize
from .kept_issues import ledger_of, on_github
from .publish_pull_request import Options, publish
from .sync_issues import sync

_FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
_BASE = click.option(
    "--base-report",
    type=click.Path(path_type=Path),
    help="With FILE: a report of the merge base, which separates regressions from failures that were there before.",
)
_RUN = click.option(
    "--run",
    type=click.IntRange(min=1),
    metavar="ID",
    help="Fetch the reports that this run of a workflow left, and those of its base.",
)


@click.command()
@_FILES
@click.option("--pr", "number", type=click.IntRange(min=1), metavar="N", help="The pull request.")
@_RUN
@_BASE
@click.option("--check-run", is_flag=True, help="Also write a check run with annotations.")
@click.option("--suggest", is_flag=True, help="Also suggest what codemods would change.")
@click.option("--dry-run", is_flag=True, help="Print the comment of FILE; no network, no token.")
@click.option(
    "--summary",
    is_flag=True,
    help="Write it to the summary of this job, and annotations to its log; no network, no token.",
)
def comment(
    *,
    files: tuple[Path, ...],
    number: int | None,
    run: int | None,
    base_report: Path | None,
    check_run: bool,
    suggest: bool,
    dry_run: bool,
    summary: bool,
) -> int:
    """Write the one comment on a pull request from the reports of its run.

    FILE is a report or a zip archive of reports. Without one they are fetched from the run
    of the event `workflow_run`, or from --run. The pull request is --pr, or the one of the
    event or the run. Exit code 1 when something could not be done.
    """
    sources = _sources(files, base_report, run, dry_run=dry_run or summary)
    if dry_run or summary:
        config = find_config()
        evidence = read_files(sources).evidence(lambda: config)
        template = config.github.comment_body if evidence.diagnosis.findings else ""
        setting = comments.Setting(compared=evidence.compared, template=template)
        body = comments.render(evidence.report, evidence.diagnosis, setting)
        if dry_run or not has_summary():
            click.echo(body, nl=False)
        if not summary:
            return CLEAN
        annotate(evidence.diagnosis.findings, config.github.fail_on)
        return CLEAN if summarize(body) else FOUND
    if gitlab_site.is_here(os.environ):
        return gitlab_note.tell(_named_files(sources), number or 0)
    job = Job(sources)
    job.attempt("the comment", lambda: publish(job, Options(number or 0, check_run, suggest)))
    return FOUND if job.failed else CLEAN


@click.command()
@_FILES
@_RUN
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
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    help="Write which issue each cause has, for `gardener report --issues`.",
)
def issues(
    *,
    files: tuple[Path, ...],
    run: int | None,
    base_report: Path | None,
    dry_run: bool,
    form: str,
    ledger: Path | None,
) -> int:
    """Keep one issue per root cause, from reports of the default branch.

    FILE is a report or a zip archive of reports. Without one they are fetched from the run
    of the event `workflow_run`, or from --run. Prints what it did. Exit code 1 when
    something could not be done.
    """
    sources = _sources(files, base_report, run, dry_run=dry_run)
    if dry_run:
        config = find_config()
        evidence = read_files(sources).evidence(lambda: config)
        planned = plan_issues.plan(evidence.report, evidence.diagnosis, (), "", config)
        _show(planned, form)
        if ledger:
            say("--dry-run asks nobody which issues there are: no ledger is written")
        return CLEAN
    done: list[actions.IssueAction] = []
    notes: list[str] = []
    if gitlab_site.is_here(os.environ):
        is_done = gitlab_issues.tell(_named_files(sources), ledger, done, notes)
    else:
        is_done = _keep_on_github(sources, ledger, done, notes)
    _show(actions.IssuePlan(tuple(done), tuple(notes)), form)
    return CLEAN if is_done else FOUND


def _keep_on_github(
    sources: Sources, ledger: Path | None, done: list[actions.IssueAction], notes: list[str]
) -> bool:
    """Keep the issues of a repository on GitHub; whether all could be done."""
    job = Job(sources)
    job.attempt("the issues", lambda: sync(job, done, notes))

    def write_ledger(path: Path) -> None:
        issues = job.site.issues(job.config.github.label)
        url_of = functools.partial(on_github, job.place)
        save(ledger_of(issues, job.me(), done, url_of), path)

    if ledger:
        job.attempt("the ledger", lambda: write_ledger(ledger))
    return not job.failed


def _named_files(sources: Sources) -> Files:
    """The reports that the command line names, which GitLab's jobs have at hand."""
    if not sources.files:
        raise GardenerError("Which report? In GitLab name the FILE that the tests left.")
    return read_files(sources)


def _sources(
    files: tuple[Path, ...], base: Path | None, run: int | None, *, dry_run: bool
) -> Sources:
    """What the command line names.

    Raises:
        GardenerError: it contradicts itself.
    """
    if files and run:
        raise GardenerError("FILE and --run exclude each other: name one of them.")
    if base and not files:
        raise GardenerError("--base-report goes with a FILE; a run's base is found by itself.")
    if dry_run and not files:
        raise GardenerError("--dry-run and --summary ask nobody: name the FILE to show.")
    return Sources(files, base, run or 0)


def _show(planned: actions.IssuePlan, form: str) -> None:
    """Print actions on stdout, for people or as JSON."""
    if form == "json":
        import msgspec

        document = msgspec.json.format(msgspec.json.encode(planned), indent=1)
        click.echo(disarmed_json(document.decode()))
        return
    for action in planned.actions:
        click.echo(actions.describe(action))
    for note in planned.notes:
        click.echo(f"note    {note}")
    if not planned.actions:
        click.echo("nothing to do")
