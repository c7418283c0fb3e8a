"""Which runs tell what a change did: the one at hand, and one of the commit that it began from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from gardener.errors import ReportError
from gardener.model import Environment, Report
from gardener.reports.merging import merge
from gardener.text import count

from ..content.compared import WALK, Compared, commit
from . import artifacts
from .api_types import Run
from .errors import NotDone
from .event import Place

if TYPE_CHECKING:
    from .client import Site

PREFIX = "gardener-report-"
"""How the name of an artifact with a report begins."""

_MOST = 30
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
    artifacts_of_run = [
        artifact
        for artifact in site.artifacts(run)
        if artifact.name.startswith(PREFIX) and not artifact.expired
    ]
    if len(artifacts_of_run) > _MOST:
        raise ReportError(
            f"Run {run} left {count(len(artifacts_of_run), 'report')}, more than {_MOST}."
        )
    loaded: list[Report] = []
    names: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gardener-") as folder:
        path = Path(folder) / "artifact.zip"
        for artifact in sorted(artifacts_of_run, key=lambda artifact: artifact.id):
            site.fetch(artifact.id, path, _MOST_BYTES)
            loaded += artifacts.load(path, f"artifact {artifact.id} of run {run}")
            names += [artifact.name.removeprefix(PREFIX)] * (len(loaded) - len(names))
    return merge(loaded, names) if loaded else None


def find_base(site: Site, place: Place, report: Report, branch: str, say: Say) -> Base:
    """The run to compare a report with: of the commit where its change began, or near before it.

    A change of the default branch began at the first parent, that of a pull request where
    it left `branch`. Requests: at most 5, and 2 for each of at most 3 runs that are read.
    What cannot be asked is said, and then nothing is known.
    """
    origin = ""
    try:
        if place.tells_default_branch:
            chain = site.first_parents(place.head, WALK + 1)[1:]
            if not chain:
                return Base()
            origin, base_runs = chain[0], []
        else:
            origin = site.merge_base(branch, _tested(site, place.head, report))
            chain, base_runs = [], site.runs(place.workflow, head_sha=origin)
        for run, distance in _candidates(site, place, branch, origin, chain, base_runs):
            if base := _readable(site, run, say):
                at = Compared(at=run.head_sha, origin=origin, distance=distance, how="run")
                return Base(base, at)
    except NotDone as wrong:
        say(f"the base is not known: {wrong}")
    return Base(None, Compared(origin=origin))


def weigh(report: Report, base: Base, place: Place) -> tuple[Report, Base]:
    """The better witness: what the run itself tried on the base, then a run of it, then one near it.

    What a fork says of the base, or of what is installed, outranks no run of it.
    """
    tried = report.before is not None and commit(report.compared)
    origin = base.compared.origin
    if base.report is not None and place.is_fork:
        return replace(report, before=None, compared="", environment=Environment()), base
    if not tried:
        return report, base
    if origin and report.compared != origin:
        # It looked at another commit than the one that the change began from.
        return replace(report, before=None, compared=""), base
    if base.report is not None and not base.compared.distance:
        return report, base
    return report, Base(None, Compared(at=report.compared, origin=report.compared, how="tried"))


def _tested(site: Site, head: str, report: Report) -> str:
    """The commit that was tested: the head, or its merge into the branch, as Actions makes it.

    A report says which, and is believed only when the site knows that commit as a merge of
    the head: what the head is merged with then is the base.
    """
    claimed = commit(report.commit)
    if not claimed or claimed == head:
        return head
    try:
        return claimed if head in site.parents(claimed)[1:] else head
    except NotDone:
        return head


def _candidates(
    site: Site,
    place: Place,
    branch: str,
    origin: str,
    chain: Sequence[str],
    base_runs: Sequence[Run],
) -> Iterator[tuple[Run, int]]:
    """Runs to compare with, the nearest first, each with its distance; at most 3."""
    tries = _TRIES
    for run in base_runs:
        if tries and _counts(run, place) and run.head_sha == origin:
            tries -= 1
            yield run, 0
    if not tries:
        return
    chain = chain or site.first_parents(origin, WALK)
    after = 1 if base_runs else 0
    far = {sha: distance for distance, sha in enumerate(chain) if distance >= after}
    runs = site.runs(place.workflow, branch=branch)
    distant = [
        (run, far[run.head_sha]) for run in runs if _counts(run, place) and run.head_sha in far
    ]
    yield from sorted(distant, key=lambda pair: pair[1])[:tries]


def _counts(run: Run, place: Place) -> bool:
    """Whether a run tested code of this repository to its end, and not that of a pull request."""
    is_own = run.head_repository is not None and run.head_repository.full_name == place.repository
    return (
        is_own and run.event in _OURS and (run.conclusion or "") in _ENDED and run.id != place.run
    )


def _readable(site: Site, run: Run, say: Say) -> Report | None:
    try:
        return read(site, run.id)
    except (ReportError, NotDone) as wrong:
        say(f"run {run.id} of {run.head_sha[:10]} cannot be compared with: {wrong}")
        return None
