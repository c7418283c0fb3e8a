"""Which issue each cause has after a run, for the documents of that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from gardener.reports.issue_ledger import IssueLedger, KeptIssue, KeptRun

from . import plan_issues
from .content.actions import CreateIssue, EditIssue, Issue, IssueAction
from .content.memory import Memory
from .content.text import line
from .github.event import Place

_DEEDS = {"open": "reopened", "closed": "closed"}


def ledger_of(
    issues: Sequence[Issue], me: str, done: Iterable[IssueAction], url_of: Callable[[int], str]
) -> IssueLedger:
    """Our issues as they are now, each with what was done to it and its address."""
    kept = plan_issues.kept(issues, me)
    deeds: dict[str | int, str] = {}
    for action in done:
        if isinstance(action, CreateIssue):
            deeds[action.fingerprint] = "created"
        elif isinstance(action, EditIssue) and action.state:
            deeds[action.number] = _DEEDS[action.state]
        elif isinstance(action, EditIssue):
            deeds.setdefault(action.number, "updated")
    rows = []
    for number, (issue, memory) in kept.items():
        prints = memory.keys
        created = next((deeds[print_] for print_ in sorted(prints) if print_ in deeds), "")
        rows.append(
            KeptIssue(
                number=number,
                fingerprints=tuple(sorted(prints)),
                url=url_of(number),
                title=line(issue.title, 300),
                done=created or deeds.get(number, ""),
                runs=_runs(memory),
            )
        )
    return IssueLedger(issues=tuple(rows))


def _runs(memory: Memory) -> tuple[KeptRun, ...]:
    """The first and the last run in which the cause failed, and those that passed since."""
    runs = {(seen.created, seen.commit): True for seen in (memory.first, memory.last)}
    for green in memory.green:
        commit, _, created = green.partition(" ")
        runs[created, commit] = False
    kept_runs = (KeptRun(*run, failing) for run, failing in sorted(runs.items()) if run[0])
    return tuple(kept_runs)


def on_github(place: Place, number: int) -> str:
    """The address of an issue on the site that its API belongs to."""
    api = urlsplit(place.api)
    host = api.netloc.removeprefix("api.")
    return f"{api.scheme}://{host}/{place.repository}/issues/{number}"
