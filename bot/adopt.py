"""Issues of people that adopt causes: each keeps a list of them, instead of an issue for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from gardener.config import Config, GitHub
from gardener.model import Report
from gardener.text import count, count_tests

from .content import cause, text
from .content.actions import EditIssue, Issue
from .content.subject import Subject

_DIRECTIVE = re.compile(r"^[ \t]*gardener:[ \t]*([a-z0-9*][a-z0-9*, -]*)\r?$", re.MULTILINE)
_FENCED = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n.*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_BEGIN, _END = "<!-- gardener:adopted -->", "<!-- gardener:adopted:end -->"
_SECTION = re.compile(rf"^{_BEGIN}$.*?^{_END}$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^- \[[ xX]\] (.*) <!-- (\S+) -->$", re.MULTILINE)
_MOST = 100


def asks_to_adopt(body: str) -> bool:
    """Whether the text of an issue says that it adopts causes."""
    return _directive(body) is not None


def _directive(body: str) -> re.Match[str] | None:
    """The line that asks; one in a block of code is an example."""
    return _DIRECTIVE.search(_FENCED.sub("", body))


class Adopter(NamedTuple):
    """An issue, and the categories, codemods or slugs whose causes it lists."""

    issue: Issue
    names: tuple[str, ...]

    def wants(self, subject: Subject) -> bool:
        """Whether it lists a cause; a name in the plural means the same."""
        return _wants(self.names, subject)


class Adopted(NamedTuple):
    """The causes of a run that issues of people list."""

    by_issue: tuple[tuple[Adopter, tuple[Subject, ...]], ...]
    notes: tuple[str, ...]

    def causes(self) -> Iterator[tuple[int, Subject]]:
        """Each cause with the number of its issue."""
        return ((a.issue.number, subject) for a, causes in self.by_issue for subject in causes)

    def edits(self, report: Report, settings: GitHub) -> list[EditIssue]:
        """What brings each list up to date; nothing where it is.

        With its first list an issue gets the label by which issues are listed.
        """
        edits = []
        for adopter, causes in self.by_issue:
            issue = adopter.issue
            body = issue.body.replace("\r\n", "\n")
            new = _with_section(body, _section(body, causes, report))
            is_quiet = settings.quiet_label in issue.labels
            if new != body and not is_quiet and text.size(new) <= text.LIMIT:
                why = f"lists {count(len(causes), 'cause')} of {', '.join(adopter.names)}"
                is_listed = settings.label in issue.labels or _SECTION.search(body)
                labels = None if is_listed else (*issue.labels, settings.label)
                edits.append(EditIssue(issue.number, why, body=new, labels=labels))
        return edits


def split_adopted(
    causes: Sequence[Subject], issues: Sequence[Issue], config: Config, own: Mapping[str, int]
) -> tuple[list[Subject], Adopted]:
    """The causes that get an issue of their own, and those that an issue of people lists.

    A cause that has an issue (`own`, by fingerprint) keeps it.
    """
    adopters = _adopters(issues, config)
    notes = _not_adopting(causes, issues, config)
    lists: dict[int, list[Subject]] = {a.issue.number: [] for a in adopters}
    rest = []
    for subject in causes:
        taker = next((a for a in adopters if a.wants(subject)), None)
        if taker is None or subject.keys & own.keys():
            rest.append(subject)
        else:
            lists[taker.issue.number].append(subject)
    by_issue = tuple((a, tuple(lists[a.issue.number])) for a in adopters)
    return rest, Adopted(by_issue, tuple(notes))


def awaited(causes: Sequence[Subject], issues: Sequence[Issue], config: Config) -> list[int]:
    """The issues that the settings name for one of the causes, and that the list by label lacks."""
    numbers = {issue.number for issue in issues}
    unlisted = (
        number
        for name, number in config.github.adopt.items()
        if number not in numbers and any(_wants((name,), subject) for subject in causes)
    )
    return list(dict.fromkeys(unlisted))


def listed(issues: Sequence[Issue], config: Config) -> dict[str, int]:
    """By fingerprint of a cause, the issue of people that lists it."""
    return {
        row[2]: adopter.issue.number
        for adopter in _adopters(issues, config)
        for section in _SECTION.finditer(adopter.issue.body.replace("\r\n", "\n"))
        for row in _ROW.finditer(section[0])
    }


def _wants(names: Sequence[str], subject: Subject) -> bool:
    labels = {subject.slug, subject.codemod, *(f.category for f in subject.findings)}
    patterns = {p for name in names for p in (name, name.removesuffix("s"))}
    return any(fnmatchcase(each, pattern) for each in labels for pattern in patterns)


def _not_adopting(causes: Sequence[Subject], issues: Sequence[Issue], config: Config) -> list[str]:
    """What to say of issues that the settings name, and that adopt nothing."""
    adopting = config.github.adopt.values()
    closed = [issue.number for issue in issues if issue.number in adopting and not issue.open]
    return [
        *(
            f"#{number}: not found, so it adopts nothing"
            for number in awaited(causes, issues, config)
        ),
        *(f"#{number}: closed, so it adopts nothing" for number in closed),
    ]


def _adopters(issues: Sequence[Issue], config: Config) -> list[Adopter]:
    """The open issues that the settings name, or whose text says it; the latter of members only."""
    names: dict[int, list[str]] = {}
    for name, number in config.github.adopt.items():
        names.setdefault(number, []).append(name)
    for issue in issues:
        said = _directive(issue.body) if issue.is_of_member else None
        if said:
            names.setdefault(issue.number, []).extend(re.findall(r"[a-z0-9*-]+", said[1]))
    adopting = (issue for issue in issues if issue.open and issue.number in names)
    return [Adopter(issue, tuple(names[issue.number])) for issue in adopting]


def _section(body: str, causes: Sequence[Subject], report: Report) -> str:
    """The list: what fails now, and what was listed before, with a tick once it is gone."""
    section = _SECTION.search(body)
    rows = {row[2]: row[1] for row in _ROW.finditer(section[0])} if section else {}
    now = {subject.fingerprint: _row(subject) for subject in causes}
    is_whole = report.complete and report.selection.everything
    ticks = [f"- [ ] {row} <!-- {key} -->" for key, row in now.items()]
    for key, row in rows.items():
        if key not in now:
            was_ticked = section is not None and f"- [x] {row} <!-- {key} -->" in section[0]
            ticks.append(f"- [{'x' if is_whole or was_ticked else ' '}] {row} <!-- {key} -->")
    more = [f"- and {len(ticks) - _MOST:,} more"] if len(ticks) > _MOST else []
    return "\n".join([_BEGIN, "### Causes", "", *ticks[:_MOST], *more, _END]) if ticks else ""


def _row(subject: Subject) -> str:
    finding = subject.findings[0]
    if not subject.tests:
        return f"{text.code(subject.name, 120)}: {text.prose(subject.title, 140)}"
    error = text.code(cause.first_line(cause.error(finding)), 140)
    return f"{text.code(subject.name, 120)} · {count_tests(subject.tests)} · {error}"


def _with_section(body: str, section: str) -> str:
    if _SECTION.search(body):
        return _SECTION.sub(lambda _: section, body, count=1) if section else body
    return f"{body.rstrip()}\n\n{section}\n" if section else body
