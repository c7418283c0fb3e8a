"""Tells a pull request or a merge group what its run found: comment, check run, suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from gardener.model import Finding

from . import plan_issues
from .content import checks, codemod_run, suggestions
from .content import comment as comments
from .content.actions import CreateComment, Posted
from .evidence import Evidence
from .github.api_types import Pull
from .github.errors import NotDone, Refused, SiteError
from .github.event import Place
from .job import Job, annotate, say, summarize
from .plan_comment import SAID, extras, marked_by, may_lack_links, plan_comment

if TYPE_CHECKING:
    from .github.client import Site

_UNFINISHED = frozenset({"cancelled", "skipped", "stale", "action_required", "neutral"})


class Options(NamedTuple):
    """What the command line asks for."""

    number: int
    check_run: bool
    suggest: bool


def publish(job: Job, options: Options) -> None:
    """Write all that was asked for about the pull request or the merge group."""
    place = job.place
    pulls: list[Pull | None] = [*_pulls(job.site, place, options.number)]
    if not pulls and place.is_queued:
        pulls = [None]
    told = [found for pull in pulls if (found := _tell(job, options, pull))]
    # The parts of a page: two pull requests from one branch into the same one are told the same.
    for page in dict.fromkeys(comments.render(e.report, e.diagnosis, s) for e, s in told):
        summarize(page)
    if told and options.check_run:
        job.attempt("the check run", lambda: _check(job, told))


def _tell(
    job: Job, options: Options, pull: Pull | None
) -> tuple[Evidence, comments.Setting] | None:
    """Write to one pull request; what was found, for all that is said of its commit."""
    place = job.place
    head = pull.head.sha if pull else place.head
    if refusal := _refusal(job, pull, head):
        say(refusal)
        return None
    evidence = job.evidence(pull)
    if evidence.missing and place.conclusion in _UNFINISHED:
        say(f"{evidence.missing}; it was {place.conclusion}: nothing written")
        return None
    setting = comments.Setting(
        head=head,
        compared=evidence.compared,
        missing=evidence.missing,
        run_url=place.run_url,
        failed=place.failed,
        attempt=place.attempt or 1,
        template=job.config.github.comment_body if evidence.diagnosis.findings else "",
    )
    if pull:
        job.attempt("the comment", lambda: _comment(job, evidence, pull.number, setting))
    if options.suggest and pull:
        job.attempt("the suggestions", lambda: _suggest(job, evidence, pull))
    return evidence, setting


def _refusal(job: Job, pull: Pull | None, head: str) -> str:
    """Why nothing may be written about this head; empty when it may."""
    labels = {label.name for label in pull.labels} if pull else set()
    quiet = job.config.github.quiet_label if labels else ""
    if pull and quiet in labels:
        return f"pull request #{pull.number} is labelled {quiet}: nothing written"
    claimed = job.claimed()
    return _stale(job.place, claimed.commit if claimed else "", head)


def _comment(job: Job, evidence: Evidence, number: int, setting: comments.Setting) -> None:
    plain = comments.render(evidence.report, evidence.diagnosis, setting)
    try:
        posted = job.site.comments(number)
        me = _author(job, posted)
        plan = plan_comment(posted, plain, me)
        stands = not plan.writes and plan.reason == SAID
        has_issues = any(f.status in comments.FOLDED for f in evidence.diagnosis.findings)
        if has_issues and (plan.writes or (stands and may_lack_links(posted, me))):
            plan = plan_comment(posted, _with_issues(job, evidence, setting), me, linked=True)
        for action in plan.actions:
            job.site.do_comment(number, action)
        if any(isinstance(action, CreateComment) for action in plan.actions):
            _settle(job, number)
    except Refused as wrong:
        if wrong.status != 403 or not job.place.in_actions:
            raise
        # A fork's own token may not write: the log's annotations reach people all the same.
        say(f"no right to comment ({wrong}); see the job summary and the annotations")
        annotate(evidence.diagnosis.findings, job.config.github.fail_on)
        return
    done = [type(action).__name__ for action in plan.actions]
    say(f"pull request #{number}: {', '.join(done) or plan.reason}")


def _author(job: Job, posted: Sequence[Posted]) -> str:
    """Whose comments are ours; the settings need not be asked for where nobody else's looks so."""
    authors = marked_by(posted)
    return "".join(authors) if authors <= {job.site.usual_author()} else job.me()


def _settle(job: Job, number: int) -> None:
    """After writing the first comment look again: two jobs may have done so at once."""
    for action in extras(job.site.comments(number), job.me()):
        job.site.do_comment(number, action)


def _with_issues(job: Job, evidence: Evidence, setting: comments.Setting) -> str:
    """The comment with links to the issues of its causes, if they can be had."""
    numbers = _numbers(job, evidence.diagnosis.findings)
    return comments.render(evidence.report, evidence.diagnosis, replace(setting, issues=numbers))


def _numbers(job: Job, findings: Sequence[Finding]) -> dict[str, int]:
    """The issue of each fingerprint: as the job that keeps them left it, else the site is asked."""
    label, me = job.config.github.label, job.me()
    numbers = job.site.kept.issues(label, me)
    linkable = [
        f for f in findings if f.status in comments.FOLDED and plan_issues.may_have_issue(f)
    ]
    if all(numbers.knows({f.fingerprint, *f.aliases}, job.place.tip) for f in linkable):
        return numbers.open_issues()
    try:
        return plan_issues.numbers(job.site.issues(label), me, job.config)
    except NotDone as wrong:
        say(f"issues are not linked: {wrong}")
        return {}


def _check(job: Job, told: Sequence[tuple[Evidence, comments.Setting]]) -> None:
    """The one check run of a commit: the worst of what its pull requests are told."""
    found = []
    for (report, diagnosis, *_), setting in told:
        body = comments.render(report, diagnosis, setting, limit=checks.LIMIT)
        fail_on = job.config.github.fail_on if diagnosis.findings else ()
        found.append(checks.check_run(report, diagnosis, setting, fail_on, body))
    check = min(found, key=lambda one: checks.WORST_FIRST.index(one.conclusion))
    if job.site.check_run(check.name, check.head, check.key) is None:
        job.site.create_check_run(check)
        say(f"check run on {check.head[:10]}: {check.conclusion}")


def _suggest(job: Job, evidence: Evidence, pull: Pull) -> None:
    names = codemod_run.named_codemods(evidence.diagnosis)
    if not names:
        return
    changed = [f for f in job.site.files(pull.number) if f.patch and f.status != "removed"]
    lines_in_diff = {f.filename: suggestions.shown_lines(f.patch) for f in changed}
    head = pull.head.sha
    patches = codemod_run.patches(
        list(lines_in_diff), names, job.config, lambda path: job.site.content(path, head)
    )
    if not suggestions.suggest(patches, lines_in_diff):
        return
    mine = [c.body for c in job.site.review_comments(pull.number) if c.author == job.me()]
    suggested = suggestions.suggest(patches, lines_in_diff, suggestions.keys_of(mine))
    if suggested:
        many = f"{len(suggested)} mechanical fixes, one click each"
        words = "1 mechanical fix, one click" if len(suggested) == 1 else many
        job.site.review(pull.number, head, f"{words}.", suggested)
        say(f"{len(suggested)} suggested")


def _pulls(site: Site, place: Place, number: int | None) -> list[Pull]:
    try:
        if number or place.number:
            return [site.pull(number or place.number)]
        if place.is_queued:
            return []
        if place.event != "workflow_run":
            raise SiteError("Which pull request? Say --pr N, or run in a workflow of one.")
        if place.trigger not in {"pull_request", "pull_request_target"}:
            say(f"the run was started by {place.trigger}, not by a pull request: no comment")
            return []
        repository = place.head_repository if not place.is_orphan else ""
        pulls = site.find_pulls(repository, place.head_branch, place.head)
        if not pulls and place.is_orphan:
            at = f"{place.head[:10]} (branch {place.head_branch or 'unknown'})"
            say(f"the fork of this run is gone, and no open pull request is at {at}: no comment")
        elif not pulls:
            say("there is no open pull request for this run any more: no comment")
        return pulls
    except Refused as wrong:
        if wrong.status != 404:
            raise SiteError(f"The pull request cannot be read: {wrong}.") from None
        which = f"pull request #{number or place.number} in {place.repository}"
        raise SiteError(f"There is no {which}, or the token may not see it.") from None


def _stale(place: Place, claimed: str, head: str) -> str:
    """Why a report is not about the head of the pull request; empty when it is."""
    # In a workflow the event tells what was tested: on `pull_request` the report's own
    # commit is a merge commit, and a fork may write any commit into its report.
    events_that_tell = {"pull_request", "pull_request_target", "workflow_run", "merge_group"}
    tested = place.head if place.event in events_that_tell else claimed
    if tested and tested != head:
        return f"the pull request is at {head[:10]} now, not at {tested[:10]}: nothing written"
    return ""
