"""How urgent a finding is and why it matters: by the rules of the team, else by its category."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gardener.config import Area, Config, Focus, Impact, LabelRule, PriorityRule
from gardener.diagnosis.categories import Category
from gardener.model import Failure, Kind, Phase, Priority
from gardener.nodeid import file_of, without_parameters
from gardener.paths import matches

MANY_TESTS = 10
"""So many tests that one deprecation stops are as urgent as a file that cannot be collected."""

Rule = PriorityRule | Impact | LabelRule | Area


class Subject(NamedTuple):
    """What rules look at; `markers` are those of the failing tests, as far as they are known."""

    category: str
    files: tuple[str, ...]
    nodeids: tuple[str, ...] = ()
    markers: frozenset[str] = frozenset()


def subject(category: str, failures: Iterable[Failure], nodeid: str = "") -> Subject:
    """What rules look at in a finding of these failures; `nodeid` is a test beside theirs."""
    failures = tuple(failures)
    nodeids = [*([nodeid] if nodeid else ()), *(failure.nodeid for failure in failures)]
    return Subject(
        category,
        tuple(dict.fromkeys(map(file_of, nodeids))),
        tuple(dict.fromkeys(nodeids)),
        frozenset(marker for failure in failures for marker in failure.markers),
    )


def default_priority(category: Category, failures: Sequence[Failure]) -> Priority:
    """That of the category; a deprecation is more urgent where it stops tests than where it warns."""
    if category.kind is not Kind.DEPRECATED:
        return category.priority
    tests = {failure.nodeid for failure in failures}
    stops_files = any(failure.phase is Phase.COLLECT for failure in failures)
    urgent = Priority.P1 if stops_files or len(tests) >= MANY_TESTS else Priority.P2
    return min(category.priority, urgent, key=lambda level: level.rank)


def priority(default: Priority, subject: Subject, config: Config) -> Priority:
    """That of the first `[[tool.gardener.priority]]` that applies, else the category's own."""
    for rule in config.priorities:
        if applies(rule, subject, config):
            return rule.priority
    return default


def impact(subject: Subject, config: Config) -> str:
    """The text of the first `[[tool.gardener.impact]]` that applies; never an invented one."""
    for rule in config.impacts:
        if applies(rule, subject, config):
            return rule.text
    return ""


def applies(rule: Rule, subject: Subject, config: Config) -> bool:
    """Whether each key of a rule holds, for any test of the finding."""
    return (
        (not rule.paths or _any_path(subject.files, rule.paths))
        and (isinstance(rule, Area) or not rule.categories or subject.category in rule.categories)
        and (not rule.markers or not subject.markers.isdisjoint(rule.markers))
        and (not rule.focus or _in_focus(subject, config.focus(rule.focus)))
    )


def _any_path(files: tuple[str, ...], globs: tuple[str, ...]) -> bool:
    return any(matches(file, *globs) for file in files)


def _in_focus(subject: Subject, focus: Focus) -> bool:
    """By what a report can tell: paths, names and markers; it does not hold the imports."""
    names = [without_parameters(nodeid) for nodeid in subject.nodeids] or list(subject.files)
    return (
        _any_path(subject.files, focus.paths)
        or not subject.markers.isdisjoint(focus.markers)
        or any(re.search(pattern, name) for pattern in focus.names for name in names)
    )
