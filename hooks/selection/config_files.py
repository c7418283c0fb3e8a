"""What a project's configuration says that tests may depend on, apart from what they cannot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from gardener.pytest_config.markers import without_markers
from gardener.pytest_config.settings import CONFIG_NAMES

from ..changes import FileChange, contents
from .config_tables import tables_of
from .dependency_groups import are_installed, divided_groups
from .file_kinds import is_aside
from .tree import SourceTree

_TOOLS = frozenset(
    [
        "autoflake",
        "autopep8",
        "bandit",
        "basedpyright",
        "black",
        "bump2version",
        "bumpversion",
        "bumpver",
        "check-manifest",
        "codespell",
        "commitizen",
        "coverage",
        "creosote",
        "deptry",
        "djlint",
        "docformatter",
        "flake8",
        "gardener",
        "interrogate",
        "isort",
        "licensecheck",
        "mypy",
        "pycodestyle",
        "pydocstyle",
        "pylint",
        "pyright",
        "refurb",
        "release",
        "repo-review",
        "ruff",
        "semantic_release",
        "tbump",
        "towncrier",
        "ty",
        "typos",
        "vulture",
        "yapf",
    ]
)
"""Tools that look at the code, format it or publish it, and leave tests as they are."""


class Divided(NamedTuple):
    """A configuration file: what tests may depend on, and the tables of tools that they cannot.

    Both are canonical texts; `relevant` is all of a file that does not parse. `markers` are the
    names of those that pytest's settings declare: one more is no change for any test. `groups` are
    dependencies that are not for tests.
    """

    relevant: str
    tools: dict[str, str]
    markers: frozenset[str] = frozenset()
    groups: Mapping[str, str] = MappingProxyType({})


def divide(name: str, source: bytes) -> Divided:
    """Divide the settings of one configuration file."""
    try:
        tables = tables_of(name, source)
    except ValueError:
        return Divided(repr(source), {})
    tools = {name: _canonical(table) for name, table in tables.items() if _is_of_tool(name)}
    relevant = {name: table for name, table in tables.items() if name not in tools}
    relevant, groups = divided_groups(relevant)
    markers: set[str] = set()
    for section in _PYTEST & relevant.keys():
        relevant[section], declared = without_markers(relevant[section])
        markers |= declared
    aside = {name: _canonical(table) for name, table in groups.items()}
    return Divided(_canonical(relevant), tools, frozenset(markers), aside)


_PYTEST = frozenset({"tool.pytest", "tool:pytest", "pytest"})


def _is_of_tool(section: str) -> bool:
    """Whether a section is for a tool that leaves tests as they are, or for tox to run such ones."""
    if section.startswith("testenv:"):
        return is_aside(section.removeprefix("testenv:"))
    return _tool(section) in _TOOLS


def changed_tools(name: str, before: bytes, after: bytes) -> frozenset[str] | None:
    """The tools whose settings differ, where nothing that tests depend on does; else None.

    More markers than before are a change of `markers`.
    """
    old, new = divide(name, before), divide(name, after)
    if old.relevant != new.relevant or not old.markers <= new.markers:
        return None
    tables = old.tools.keys() | new.tools.keys()
    changed = {_tool(t) for t in tables if old.tools.get(t) != new.tools.get(t)}
    return frozenset(changed | ({"markers"} if old.markers != new.markers else set()))


def changed_groups(name: str, before: bytes, after: bytes) -> frozenset[str]:
    """The groups of dependencies that differ, of those that are not for tests."""
    old, new = divide(name, before).groups, divide(name, after).groups
    return frozenset(g for g in old.keys() | new.keys() if old.get(g) != new.get(g))


def irrelevant_files(tree: SourceTree, changes: Iterable[FileChange]) -> frozenset[str]:
    """Configuration files of which only settings differ that no test depends on.

    These are settings of tools that look at the code, format it or publish it, as long as no
    test mentions the tool: it might run it.
    """
    irrelevant = set()
    for change in changes:
        name = change.path.rpartition("/")[2]
        if name not in CONFIG_NAMES or not change.before or not change.after:
            continue
        before = contents(tree.root, {name: change.before}).get(name, b"")
        after = contents(tree.root, {name: change.after}).get(name, b"")
        tools = changed_tools(name, before, after)
        if tools is not None and not tree.mentions(tools):
            groups = changed_groups(name, before, after)
            if not are_installed(groups, tree, change.path):
                irrelevant.add(change.path)
    return frozenset(irrelevant)


def _tool(section: str) -> str:
    """The tool that `tool.ruff`, `tool:isort`, `mypy-pkg.*` or `bumpversion:file:x` is for."""
    name = section.removeprefix("tool.").removeprefix("tool:")
    return name if name in _TOOLS else re.split("[:.-]", name)[0]


def _canonical(table: Any) -> str:
    return json.dumps(table, sort_keys=True, default=str)
