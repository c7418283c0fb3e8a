"""One issue per cause: which to open, change, close and reopen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from gardener.config import GitHub
from gardener.model import Diagnosis, Report
from gardener.text import count

from .content import issue_text, marker, text
from .content.actions import CommentIssue, CreateIssue, EditIssue, Issue, IssueAction, IssuePlan
from .content.compared import commit
from .content.memory import Memory, Outcomes, Seen, labels_for, outcomes_of, python_of, remember
from .content.subject import Subject, subjects

EXTRA_WRITES = 5
"""Comments a run may add to the one write that every changed cause costs."""

MOST_NEW = 300
"""Issues that one run opens; GitHub takes about 500 new texts an hour."""

REOPENS_TRUSTED = 1
"""After more reopenings than this, an issue no longer closes by itself."""

_LOCAL = re.compile(
    r"cannot connect to the docker daemon|docker daemon (?:is not )?running|docker\.sock"
    r"|error while fetching server api version"
    r"|(?:connection refused|connect call failed|could not connect to server).{0,80}"
    r"(?:localhost|127\.0\.0\.1|::1)"
    r"|(?:localhost|127\.0\.0\.1|::1).{0,80}"
    r"(?:connection refused|connect call failed|could not connect)"
    r"|no space left on device|too many open files",
    re.IGNORECASE | re.DOTALL,
)
_MAYBE_LOCAL = re.compile(
    r"[Dd]ocker|DOCKER|[Rr]efused|REFUSED|[Cc]onnect|No space|no space|Too many|too many|error while|Error while"
)
_LOCAL_CATEGORIES = frozenset(
    {"service-unavailable", "connection-refused", "port-in-use", "disk-full", "environment-missing"}
)
_RELATED = 5


class _Run(NamedTuple):
    """What every decision needs to know of the run at hand."""

    report: Report
    outcomes: Outcomes
    now: Seen
    settings: GitHub


class _Change(NamedTuple):
    """At most one write that changes an issue, and a comment worth making about it."""

    action: IssueAction | None = None
    comment: CommentIssue | None = None
    urgency: int = 0


def plan(
    report: Report, diagnosis: Diagnosis, known: Sequence[Issue], settings: GitHub, me: str
) -> IssuePlan:
    """Decide what a run of the default branch does to the issues of the repository.

    `known` are all issues with the bot's label, open and closed. Only those that `me`
    wrote count. Every changed cause costs one write; at most `EXTRA_WRITES` comments go
    on top, the most urgent first, and what changed is in the issue's text in any case.
    """
    run = _Run(report, outcomes_of(report), _seen(report), settings)
    mine = _mine(known, me)
    at = {key: number for number, (_, memory) in mine.items() for key in memory.keys}
    every = subjects(diagnosis)
    relations = _Relations(every, at)
    changes: list[_Change] = []
    notes: list[str] = []
    matched: set[int] = set()
    waiting: list[Subject] = []
    for subject in every:
        number = _number(subject, at)
        if reason := _is_local(subject):
            notes.append(f"{subject.name}: no issue, {reason}")
        elif not number:
            waiting.append(subject)
        elif number in matched:
            notes.append(f"{subject.name}: told in #{number}")
        elif reason := _left_alone(*mine[number], run):
            notes.append(f"#{number}: left alone, {reason}")
        else:
            related = relations.of(subject) - {number}
            changes.append(_seen_again(subject, *mine[number], related, run))
        matched.add(number)
    for number, (issue, memory) in mine.items():
        if number in matched or not issue.open:
            continue
        if reason := _left_alone(issue, memory, run):
            notes.append(f"#{number}: left alone, {reason}")
        else:
            changes.append(_maybe_fixed(issue, memory, run))
    changes += [_Change(_create(subject, run)) for subject in waiting[:MOST_NEW]]
    if len(waiting) > MOST_NEW:
        left = count(len(waiting) - MOST_NEW, "cause")
        notes.append(f"{left} without an issue: one run opens {MOST_NEW}, the next one more")
    said = sorted((c for c in changes if c.comment), key=lambda change: -change.urgency)
    if len(said) > EXTRA_WRITES:
        notes.append(f"{len(said) - EXTRA_WRITES} comments saved: the texts of the issues say it")
    actions = [c.action for c in changes if c.action]
    comments = [c.comment for c in said[:EXTRA_WRITES] if c.comment]
    return IssuePlan((*actions, *comments), tuple(notes))


def duplicates(known: Sequence[Issue], me: str) -> list[EditIssue]:
    """Close every open issue of ours whose cause has an issue with a lower number."""
    first: dict[str, int] = {}
    found: list[EditIssue] = []
    for issue in sorted(known, key=lambda issue: issue.number):
        memory = _memory(issue, me)
        if memory is None:
            continue
        number = next((first[k] for k in sorted(memory.keys) if k in first), 0)
        if number and issue.open:
            why = f"duplicate of #{number}: two jobs opened an issue for one cause"
            told = f"**Duplicate of #{number}:** two jobs opened an issue for one cause.\n\n"
            found.append(
                EditIssue(
                    issue.number,
                    why,
                    body=told + issue.body if text.size(told + issue.body) <= text.LIMIT else None,
                    state="closed",
                    state_reason="duplicate",
                )
            )
        elif not number:
            first |= dict.fromkeys(memory.keys, issue.number)
    return found


def numbers(known: Sequence[Issue], me: str) -> dict[str, int]:
    """The open issue of every fingerprint that has one."""
    mine = _mine(known, me).items()
    return {key: n for n, (issue, memory) in mine if issue.open for key in memory.keys}


def _memory(issue: Issue, me: str) -> Memory | None:
    return marker.read("issue", issue.body, Memory) if issue.author == me else None


def _mine(known: Sequence[Issue], me: str) -> dict[int, tuple[Issue, Memory]]:
    """Our issues with what they remember: the lowest number of each cause."""
    found: dict[int, tuple[Issue, Memory]] = {}
    seen: set[str] = set()
    for issue in sorted(known, key=lambda issue: issue.number):
        memory = _memory(issue, me)
        if memory is not None and not seen & memory.keys:
            seen |= memory.keys
            found[issue.number] = (issue, memory)
    return found


def _left_alone(issue: Issue, memory: Memory, run: _Run) -> str:
    """Why an issue must not be touched; empty when it may."""
    quiet = run.settings.quiet_label
    if quiet and quiet in issue.labels:
        return f"labelled {quiet}"
    if run.now.created and memory.last.created > run.now.created:
        return "it knows a newer run than this one"
    if not issue.open and issue.state_reason in {"not_planned", "duplicate"}:
        return f"closed as {issue.state_reason.replace('_', ' ')}"
    return ""


def _is_local(subject: Subject) -> str:
    """Why its failures say something about a machine and not about the code."""
    for finding in subject.findings:
        if finding.category in _LOCAL_CATEGORIES:
            return f"category {finding.category} is about a machine, not about the code"
        told = {
            f"{raised.type}: {raised.message[:4_000]}"
            for failure in finding.failures[:20]
            for raised in (failure, *failure.causes)
        }
        if any(_MAYBE_LOCAL.search(words) and _LOCAL.search(words) for words in told):
            return "a missing service or resource of the machine that ran it"
    return ""


class _Relations:
    """Which issues belong to causes that share a failing test or the symbol to mend."""

    def __init__(self, every: Sequence[Subject], at: Mapping[str, int]) -> None:
        self._by_evidence: dict[str, set[int]] = {}
        for subject in every:
            if number := _number(subject, at):
                for evidence in self._evidence(subject):
                    self._by_evidence.setdefault(evidence, set()).add(number)

    def of(self, subject: Subject) -> set[int]:
        """Numbers of related issues, its own among them."""
        found = (self._by_evidence.get(e, set()) for e in self._evidence(subject))
        return set().union(*found)

    @staticmethod
    def _evidence(subject: Subject) -> list[str]:
        symbols = {f.symbol for f in subject.findings if f.symbol}
        return [*(f"test {t}" for t in subject.tests), *(f"symbol {s}" for s in symbols)]


def _number(subject: Subject, at: Mapping[str, int]) -> int:
    """The issue of a cause, 0 when it has none."""
    return min((at[key] for key in subject.keys if key in at), default=0)


def _seen(report: Report) -> Seen:
    return Seen(commit(report.commit), text.line(report.created, 40))


# --- what one run does to one issue --------------------------------------------------------


def _create(subject: Subject, run: _Run) -> CreateIssue:
    base = commit(run.report.base)
    memory = replace(
        remember(subject, run.report, run.outcomes, run.settings, None),
        first=run.now,
        last=run.now,
        suspects=f"{base[:10]}...{run.now.commit[:10]}" if base and run.now.commit else "",
    )
    memory = issue_text.entitle(memory, subject)
    return CreateIssue(
        fingerprint=memory.fingerprint,
        title=memory.title,
        body=issue_text.write(memory, issue_text.describe(subject, memory)),
        labels=memory.labels,
    )


def _seen_again(
    subject: Subject, issue: Issue, old: Memory, related: set[int], run: _Run
) -> _Change:
    new = remember(subject, run.report, run.outcomes, run.settings, old)
    new = replace(new, related=tuple(sorted({*old.related, *related}))[:_RELATED])
    had = {member.key for member in old.members}
    joined = len([m for m in new.members if m.key not in had]) + new.unlisted - old.unlisted
    what: list[str] = []
    if not issue.open:
        what.append("it failed again after it was closed")
        new = replace(new, reopened=old.reopened + 1, status=subject.status)
    elif old.green:
        what.append("it failed again after it had passed")
    if old.green and run.now.commit:
        since = old.green[-1].partition(" ")[0]
        new = replace(new, suspects=f"{since[:10]}...{run.now.commit[:10]}")
    if joined > 0:
        what.append(f"{count(joined, 'more test')} failed")
    if new.priority < old.priority:
        what.append(f"priority {old.priority} became {new.priority}")
    return _write(subject, issue, old, new, what=what, run=run)


def _write(
    subject: Subject, issue: Issue, old: Memory, new: Memory, *, what: list[str], run: _Run
) -> _Change:
    """The one edit that brings an issue from what it remembered to what is so."""
    new, labels = _relabel(issue, old, new, run.settings)
    new = issue_text.entitle(new, subject)
    if issue.open and not new.differs(old):
        return _Change()
    if what:
        new = replace(new, changes=issue_text.add_change(new, "; ".join(what), run.now))
    new = replace(new, last=run.now)
    body = issue_text.rewrite(issue.body, old, new, issue_text.describe(subject, new))
    edit = EditIssue(
        issue.number,
        "; ".join(what) or "facts changed",
        # A title that is not what we wrote is a person's.
        title=new.title if issue.title == old.title != new.title else None,
        body=body,
        labels=labels,
        state=None if issue.open else "open",
        state_reason=None if issue.open else "reopened",
    )
    if not what:
        return _Change(edit)
    return _Change(
        edit,
        CommentIssue(issue.number, issue_text.tell(subject, new, what, run.now)),
        urgency=2 if not issue.open else 1,
    )


def _relabel(
    issue: Issue, old: Memory, new: Memory, settings: GitHub
) -> tuple[Memory, tuple[str, ...] | None]:
    """Follow the priority with its label, unless a person chose another one."""
    ranks = set(settings.priority_labels)
    if set(issue.labels) & ranks != set(old.labels) & ranks:
        return replace(new, labels=old.labels), None
    wanted = labels_for(new.priority, settings)
    changed = {*wanted} & ranks != {*old.labels} & ranks
    if not changed:
        return replace(new, labels=old.labels), None
    kept = [label for label in issue.labels if label not in ranks]
    rank = [label for label in wanted if label in ranks]
    return replace(new, labels=wanted), (*rank, *kept)


def _maybe_fixed(issue: Issue, old: Memory, run: _Run) -> _Change:
    """Close an issue only when every one of its tests passed explicitly, often enough."""
    members = tuple(
        replace(m, passed=run.outcomes[m.key] == {"passed"}) if m.key in run.outcomes else m
        for m in old.members
    )
    new = replace(old, members=members)
    key = f"{run.now.commit[:12]} {run.now.created}".strip()
    if _all_passed(old, run):
        if key not in old.green and len(old.green) < run.settings.close_after:
            new = replace(new, green=(*old.green, key))
    elif any(run.outcomes.get(m.key, frozenset()) - {"passed", "skipped"} for m in members):
        new = replace(new, green=())
    if not new.differs(old):
        return _Change()
    enough = len(new.green) >= run.settings.close_after and new.green != old.green
    what = "every test of it passed" if members else "no run warns of it any more"
    if enough and old.reopened > REOPENS_TRUSTED:
        what += f"; it stays open, since it came back {old.reopened} times"
    elif enough:
        what += f" in {count(len(new.green), 'run')} of the default branch"
    else:
        what = "facts changed"
    if enough:
        new = replace(new, changes=issue_text.add_change(new, what, run.now))
    new = replace(new, last=run.now)
    closes = enough and old.reopened <= REOPENS_TRUSTED
    edit = EditIssue(
        issue.number,
        what,
        body=issue_text.rewrite(issue.body, old, new, None),
        state="closed" if closes else None,
        state_reason="completed" if closes else None,
    )
    if not enough:
        return _Change(edit)
    return _Change(
        edit, CommentIssue(issue.number, issue_text.tell_fixed(what, closes, run.now)), 2
    )


def _all_passed(memory: Memory, run: _Run) -> bool:
    """A test that did not run is not fixed; warnings are gone only from a whole run."""
    if memory.unlisted or not (memory.members or memory.counts):
        return False
    if any(run.outcomes.get(member.key, frozenset()) != {"passed"} for member in memory.members):
        return False
    report = run.report
    whole = report.complete and report.selection.everything and report.exit_status in {0, 1}
    return not memory.counts or (whole and python_of(report) == memory.python)
