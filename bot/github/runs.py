"""Which runs tell what a change did: the one at hand, and one of the commit that it began from."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from gardener.errors import ReportError
from gardener.model import FAILING_OUTCOMES, Environment, Report
from gardener.reports.merging import merge
from gardener.text import count

from ..content.compared import WALK, Compared, commit
from . import artifacts
from .api_types import PAGE, Artifact, Run
from .errors import NotDone
from .event import Place

if TYPE_CHECKING:
    from .client import Site

PREFIX = "gardener-report-"
"""How the name of an artifact with a report begins."""

WHOLE = "gardener-whole-"
"""How the name of an artifact begins in which the reports of all shards and attempts are joined."""

_MOST = 300
_MOST_BYTES = 64 * 1024 * 1024
_TRIES = 3  # runs near the base that may turn out to have no report
_OURS = frozenset({"push", "schedule", "workflow_dispatch"})
_ENDED = frozenset({"success", "failure"})

Say = Callable[[str], None]


class Base(NamedTuple):
    """The report of a run to compare with, if there is one, and what it is."""

    report: Report | None = None
    compared: Compared = Compared()


def read(site: Site, run: int) -> Report | None:
    """What a run left behind: the reports of all its shards and attempts; None without one.

    Raises:
        ReportError: what it left is no report, or more than may be read.
        NotDone: it could not be fetched.
    """
    artifacts_of_run = chosen(site.artifacts(run))
    if len(artifacts_of_run) > _MOST:
        raise ReportError(
            f"Run {run} left {count(len(artifacts_of_run), 'report')}, more than {_MOST}."
        )
    loaded: list[Report] = []
    names: list[str] = []
    budget = artifacts.Budget()
    with tempfile.TemporaryFile() as file:  # without a name: nothing stays where this is killed
        for artifact in sorted(artifacts_of_run, key=lambda artifact: artifact.id):
            site.fetch(artifact.id, file, _MOST_BYTES)
            loaded += artifacts.read(file, f"artifact {artifact.id} of run {run}", budget)
            name = artifact.name.removeprefix(PREFIX).removeprefix(WHOLE)
            names += [name] * (len(loaded) - len(names))
    return merge(loaded, names) if loaded else None


def chosen(artifacts_of_run: Iterable[Artifact]) -> list[Artifact]:
    """The artifacts to read: where the run joined its reports that artifact, and those of later attempts."""
    unexpired = [artifact for artifact in artifacts_of_run if not artifact.expired]
    wholes = {
        _attempt(artifact, WHOLE): artifact
        for artifact in unexpired
        if artifact.name.startswith(WHOLE)
    }
    joined = max(wholes, default=-1)
    later = [
        artifact
        for artifact in unexpired
        if artifact.name.startswith(PREFIX) and _attempt(artifact, PREFIX) > joined
    ]
    return [*([wholes[joined]] if wholes else []), *later]


def _attempt(artifact: Artifact, prefix: str) -> int:
    """The attempt that an artifact is of, by its name."""
    digits = re.match(r"\d{1,9}", artifact.name.removeprefix(prefix))
    return int(digits[0]) if digits else 0


class Change(NamedTuple):
    """What a run tested: its report, the branch that it goes into, and GitHub's own merge of it."""

    report: Report
    branch: str
    merge: str = ""


def find_base(site: Site, place: Place, change: Change, say: Say) -> Base:
    """The run to compare a report with: of the commit where its change began, or near before it.

    A change of the default branch began at the run before it, that of a pull request where
    it left its branch. Requests: at most 5, and 2 for each of at most 3 runs that are read.
    What cannot be asked is said, and then nothing is known.
    """
    origin = ""
    try:
        if place.tells_default_branch:
            candidates = _runs_before(site, place)
        else:
            origin = _origin(site, place, change)
            candidates = _candidates(site, place, change.branch, origin)
        for run, distance in candidates:
            if base := _readable(site, run, say):
                at = Compared(at=run.head_sha, origin=origin, distance=distance, how="run")
                return Base(base, at)
    except NotDone as wrong:
        say(f"the base is not known: {wrong}")
    return Base(None, Compared(origin=origin))


def weigh(report: Report, base: Base, place: Place) -> tuple[Report, Base]:
    """The better witness: what the run itself tried on the base, then a run of it, then one near it.

    What a fork says of the base, of what is installed, and of runs or attempts in which its
    failures passed, outranks no run of the base.
    """
    tried = report.before is not None and commit(report.compared)
    origin = base.compared.origin
    if base.report is not None and place.is_fork:
        return without_excuses(report), base
    if not tried:
        return report, base
    if origin and report.compared != origin:
        # It looked at another commit than the one that the change began from.
        return replace(report, before=None, compared=""), base
    if base.report is not None and not base.compared.distance:
        return report, base
    return report, Base(None, Compared(at=report.compared, origin=report.compared, how="tried"))


def without_excuses(report: Report) -> Report:
    """The report of a fork without what would turn a failure into one that was there before."""
    failing = {r.identity for r in report.results if r.outcome in FAILING_OUTCOMES}
    results = tuple(
        replace(result, attempt=1, how="")
        for result in report.results
        if result.outcome in FAILING_OUTCOMES or result.identity not in failing
    )
    failures = tuple(replace(failure, attempt=1) for failure in report.failures)
    nothing = {"before": None, "compared": "", "environment": Environment(), "earlier": ()}
    return replace(report, results=results, failures=failures, **nothing)


def _origin(site: Site, place: Place, change: Change) -> str:
    """Where the change began: what the tested merge was made with, else where its head left.

    Actions tests a merge of the head into the branch. The report says which, and is believed
    only when the site knows that commit as a merge of the head. A fork can make one with any
    commit, so what it has in common with the branch counts.
    """
    head, claimed = place.head, commit(change.report.commit)
    if not claimed or claimed == head:
        return site.merge_base(change.branch, head)
    if place.is_fork and claimed == change.merge:
        return site.merge_base(change.branch, claimed)
    try:
        parents = site.parents(claimed)
    except NotDone:
        parents = []
    if head not in parents[1:]:
        return site.merge_base(change.branch, head)
    return site.merge_base(change.branch, claimed) if place.is_fork else parents[0]


def _runs_before(site: Site, place: Place) -> Iterator[tuple[Run, int]]:
    """The last runs of the default branch before the one at hand.

    However many commits a push brings, and whatever history it replaces.
    """
    runs = site.runs(place.workflow, branch=place.default_branch)
    before = [
        r for r in runs if _counts(r, place) and r.id < place.run and r.head_sha != place.head
    ]
    yield from ((run, 0) for run in sorted(before, key=lambda run: -run.id)[:_TRIES])


def _candidates(site: Site, place: Place, branch: str, origin: str) -> Iterator[tuple[Run, int]]:
    """Runs to compare a pull request with, the nearest first, each with its distance; at most 3."""
    newest = site.runs(place.workflow, branch=branch)
    runs = [run for run in newest if _counts(run, place)]
    exact = [run for run in runs if run.head_sha == origin]
    is_elsewhere = branch != place.default_branch or len(newest) == PAGE
    if not exact and is_elsewhere:
        of_origin = site.runs(place.workflow, head_sha=origin)
        exact = [run for run in of_origin if _counts(run, place)]
    yield from ((run, 0) for run in exact[:_TRIES])
    tries = _TRIES - len(exact)
    if tries <= 0:
        return
    far = {
        sha: distance for distance, sha in enumerate(site.first_parents(origin, WALK)) if distance
    }
    distant = [(run, far[run.head_sha]) for run in runs if run.head_sha in far]
    yield from sorted(distant, key=lambda pair: pair[1])[:tries]


def _counts(run: Run, place: Place) -> bool:
    """Whether a run tested code of this repository to its end, and not that of a pull request."""
    is_own = run.head_repository is not None and run.head_repository.full_name == place.repository
    return (
        is_own and run.event in _OURS and (run.conclusion or "") in _ENDED and run.id != place.run
    )


def _readable(site: Site, run: Run, say: Say) -> Report | None:
    report = site.kept.report(run.id, run.run_attempt)
    if report is not None:
        return report
    try:
        report = read(site, run.id)
        if report is not None:
            site.kept.keep_report(run.id, run.run_attempt, report)
        return report
    except (ReportError, NotDone) as wrong:
        say(f"run {run.id} of {run.head_sha[:10]} cannot be compared with: {wrong}")
        return None
