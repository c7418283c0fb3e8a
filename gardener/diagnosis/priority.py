"""How urgent a finding is and why it matters: by the rules of the team, else by its category."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from gardener.config import Config, Focus
from gardener.model import Failure, Priority
from gardener.paths import matches


class Subject(NamedTuple):
    """What rules look at; `markers` are those of the failing tests, as far as they are known."""

    category: str
    files: tuple[str, ...]
    nodeids: tuple[str, ...] = ()
    markers: frozenset[str] = frozenset()


def subject(category: str, failures: Iterable[Failure]) -> Subject:
    """What rules look at in a finding of these failures."""
    failures = tuple(failures)
    return Subject(
        category,
        tuple(dict.fromkeys(failure.file for failure in failures)),
        tuple(dict.fromkeys(failure.nodeid for failure in failures)),
        frozenset(marker for failure in failures for marker in failure.markers),
    )


def priority(default: Priority, about: Subject, config: Config) -> Priority:
    """That of the first `[[tool.gardener.priority]]` that fits, else the category's own.

    A rule fits when each of its keys does, for any test of the finding.
    """
    for rule in config.priorities:
        if (
            (not rule.paths or _any_path(about.files, rule.paths))
            and (not rule.categories or about.category in rule.categories)
            and (not rule.markers or not about.markers.isdisjoint(rule.markers))
            and (not rule.focus or _in_focus(about, config.focus(rule.focus)))
        ):
            return rule.priority
    return default


def impact(about: Subject, config: Config) -> str:
    """The text of the first `[[tool.gardener.impact]]` that fits; never one of our own."""
    for one in config.impacts:
        if (
            (not one.paths or _any_path(about.files, one.paths))
            and (not one.categories or about.category in one.categories)
            and (not one.markers or not about.markers.isdisjoint(one.markers))
            and (not one.focus or _in_focus(about, config.focus(one.focus)))
        ):
            return one.text
    return ""


def _any_path(files: tuple[str, ...], globs: tuple[str, ...]) -> bool:
    return any(matches(file, *globs) for file in files)


def _in_focus(about: Subject, focus: Focus) -> bool:
    """By what a report can tell: paths, names and markers; it does not hold the imports."""
    names = [nodeid.partition("[")[0] for nodeid in about.nodeids] or list(about.files)
    return (
        _any_path(about.files, focus.paths)
        or not about.markers.isdisjoint(focus.markers)
        or any(re.search(pattern, name) for pattern in focus.names for name in names)
    )
