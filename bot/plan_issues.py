"""One issue per cause: which to open, change, close and reopen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gardener.config import Config
from gardener.diagnosis.categories import BUILT_IN
from gardener.model import Diagnosis, Finding, Report
from gardener.text import count

from .adopt import awaited, listed, split_adopted
from .content import issue_text, text
from .content.actions import EditIssue, Issue, IssuePlan
from .content.compared import commit
from .content.memory import Memory, Seen, outcomes_of
from .content.subject import Subject, subjects
from .issue_changes import RELATED, Change, Run, create, fail_again, fail_late, maybe_fixed
from .relations import relations

EXTRA_WRITES = 5
"""Comments a run may add to the one write that every changed cause costs."""

MOST_NEW = 300
"""Issues that one run opens; GitHub takes about 500 new texts an hour."""

_LATE = "it knows a newer run than this one"
_LOCAL = frozenset(category.id for category in BUILT_IN if category.local)


def plan(
    report: Report,
    diagnosis: Diagnosis,
    issues: Sequence[Issue],
    me: str,
    config: Config,
) -> IssuePlan:
    """Decide what a run of the default branch does to the issues of the repository.

    `issues` are all with the bot's label, open and closed. Only those that `me` wrote
    count. Every changed cause costs one write; at most `EXTRA_WRITES` comments go on top,
    the most urgent first, and what changed is in the issue's text in any case.
    """
    run = Run(
        report, outcomes_of(report), _seen(report), config, diagnosis.areas, diagnosis.lost_cells
    )
    mine = _mine(issues, me)
    own = {key: number for number, (_, memory) in mine.items() for key in memory.keys}
    causes, adopted = split_adopted(subjects(diagnosis), issues, config, own)
    failing = _plan_failing(causes, mine, run)
    failing.notes.extend(adopted.notes)
    failing.notes.extend(f"{subject.name}: listed in #{n}" for n, subject in adopted.causes())
    changes = [*failing.changes, *_plan_passing(mine, failing, run)]
    changes += [Change(create(subject, run)) for subject in failing.new[:MOST_NEW]]
    notes = failing.notes
    if len(failing.new) > MOST_NEW:
        unopened = count(len(failing.new) - MOST_NEW, "cause")
        notes.append(f"{unopened} without an issue: one run opens {MOST_NEW}, the next one more")
    commented = sorted((c for c in changes if c.comment), key=lambda change: -change.urgency)
    if len(commented) > EXTRA_WRITES:
        saved = len(commented) - EXTRA_WRITES
        notes.append(f"{saved} comments saved: the texts of the issues say it")
    actions = [
        *(c.action for c in changes if c.action),
        *adopted.edits(report, config.github),
    ]
    comments = [c.comment for c in commented[:EXTRA_WRITES] if c.comment]
    return IssuePlan((*actions, *comments), tuple(notes))


class _Failing(NamedTuple):
    """What becomes of the issues of all causes that failed in a run.

    `numbers` are the issues that belong to one of them, `new` the causes without an issue.
    """

    changes: list[Change]
    numbers: set[int]
    new: list[Subject]
    notes: list[str]


def _plan_failing(
    causes: Sequence[Subject], mine: Mapping[int, tuple[Issue, Memory]], run: Run
) -> _Failing:
    """What becomes of the issues of causes that failed; `mine` are our issues by number."""
    plan = _Failing([], set(), [], [])
    at = {key: number for number, (_, memory) in mine.items() for key in memory.keys}
    known = {number: {*memory.related} for number, (_, memory) in mine.items()}
    related = relations({n: s for s in causes if (n := _number(s, at))}, known, RELATED)
    for subject in causes:
        number = _number(subject, at)
        if reason := _is_local(subject):
            plan.notes.append(f"{subject.name}: no issue, {reason}")
        elif not number:
            plan.new.append(subject)
        elif number in plan.numbers:
            plan.notes.append(f"{subject.name}: described in #{number}")
        elif reason := _left_alone(mine[number][0], run):
            plan.notes.append(f"#{number}: left alone, {reason}")
        elif _is_late(mine[number][1], run):
            late = fail_late(subject, *mine[number], run)
            plan.changes.append(late)
            if not late.action:
                plan.notes.append(f"#{number}: left alone, {_LATE}")
        else:
            plan.changes.append(fail_again(subject, *mine[number], related[number], run))
        plan.numbers.add(number)
    return plan


def _plan_passing(
    mine: Mapping[int, tuple[Issue, Memory]], failing: _Failing, run: Run
) -> list[Change]:
    """What becomes of open issues whose cause did not fail; adds to the notes of `failing`."""
    changes = []
    for number, (issue, memory) in mine.items():
        if number in failing.numbers or not issue.open:
            continue
        if reason := _left_alone(issue, run) or (_LATE if _is_late(memory, run) else ""):
            failing.notes.append(f"#{number}: left alone, {reason}")
        else:
            changes.append(maybe_fixed(issue, memory, run))
    return changes


def duplicates(issues: Sequence[Issue], me: str) -> list[EditIssue]:
    """Close every open issue of ours whose cause has an issue with a lower number."""
    first: dict[str, int] = {}
    edits: list[EditIssue] = []
    for issue in sorted(issues, key=lambda issue: issue.number):
        memory = _memory(issue, me)
        if memory is None:
            continue
        number = next((first[k] for k in sorted(memory.keys) if k in first), 0)
        if number and issue.open:
            why = f"duplicate of #{number}: two jobs opened an issue for one cause"
            note = f"**Duplicate of #{number}:** two jobs opened an issue for one cause.\n\n"
            edits.append(
                EditIssue(
                    issue.number,
                    why,
                    body=note + issue.body if text.size(note + issue.body) <= text.LIMIT else None,
                    state="closed",
                    state_reason="duplicate",
                )
            )
        elif not number:
            first |= dict.fromkeys(memory.keys, issue.number)
    return edits


def unlisted(diagnosis: Diagnosis, issues: Sequence[Issue], me: str, config: Config) -> list[int]:
    """The issues that the settings name for causes without one, and that lack the bot's label."""
    keys = fingerprints(issues, me)
    causes = [subject for subject in subjects(diagnosis) if not subject.keys & keys]
    return awaited(causes, issues, config)


def numbers(issues: Sequence[Issue], me: str, config: Config) -> dict[str, int]:
    """The open issue of every fingerprint that has one: its own, or one of people that lists it."""
    mine = _mine(issues, me).items()
    opened = {key: n for n, (issue, memory) in mine if issue.open for key in memory.keys}
    return {**listed(issues, config), **opened}


def fingerprints(issues: Sequence[Issue], me: str) -> set[str]:
    """Of all causes that have an issue, open or closed."""
    return {key for _, memory in _mine(issues, me).values() for key in memory.keys}


def may_have_issue(finding: Finding) -> bool:
    """Whether a cause lies in the code, not in the machine that ran it."""
    return finding.category not in _LOCAL


def kept(issues: Sequence[Issue], me: str) -> dict[int, tuple[Issue, Memory]]:
    """Our issues with what they remember: of each cause the lowest number."""
    return _mine(issues, me)


def _memory(issue: Issue, me: str) -> Memory | None:
    return issue_text.recognize(issue.body) if issue.author == me else None


def _mine(issues: Sequence[Issue], me: str) -> dict[int, tuple[Issue, Memory]]:
    """Our issues with what they remember: the lowest number of each cause."""
    mine: dict[int, tuple[Issue, Memory]] = {}
    keys: set[str] = set()
    for issue in sorted(issues, key=lambda issue: issue.number):
        memory = _memory(issue, me)
        if memory is not None and not keys & memory.keys:
            keys |= memory.keys
            mine[issue.number] = (issue, memory)
    return mine


def _left_alone(issue: Issue, run: Run) -> str:
    """Why an issue must not be touched; empty when it may."""
    quiet = run.settings.quiet_label
    if quiet and quiet in issue.labels:
        return f"labelled {quiet}"
    if not issue.open and issue.state_reason in {"not_planned", "duplicate"}:
        return f"closed as {issue.state_reason.replace('_', ' ')}"
    return ""


def _is_late(memory: Memory, run: Run) -> bool:
    """Whether an issue was written after a newer run than the one at hand."""
    return bool(run.now.created) and memory.last.created > run.now.created


def _is_local(subject: Subject) -> str:
    """Why its failures say something about a machine and not about the code; empty if not."""
    for finding in subject.findings:
        if finding.category in _LOCAL:
            return f"category {finding.category} is about a machine, not about the code"
    return ""


def _number(subject: Subject, at: Mapping[str, int]) -> int:
    """The issue of a cause, 0 when it has none."""
    return min((at[key] for key in subject.keys if key in at), default=0)


def _seen(report: Report) -> Seen:
    return Seen(commit(report.commit), text.line(report.created, 40))
