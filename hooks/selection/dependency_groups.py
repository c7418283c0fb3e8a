"""Groups of dependencies that are for documentation, linters or releases: no test needs them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .config_tables import said_for_tests, texts_for_tests
from .file_kinds import is_aside
from .tree import SourceTree

_GROUPS = (
    ("dependency-groups",),
    ("project", "optional-dependencies"),
    ("tool.poetry", "group"),
    ("tool.pdm", "dev-dependencies"),
    ("tool.hatch", "envs"),
    ("options.extras_require",),
)
"""Where groups stand in configuration files, each under its name."""


def divided_groups(tables: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables without the groups that are aside, and these by their names.

    One that another group or a setting names is none of them: it is installed with that.
    """
    rest, aside = dict(tables), dict[str, Any]()
    for place in _GROUPS:
        groups = _at(rest, place)
        names = [name for name in groups if is_aside(name)]
        aside.update({name: groups[name] for name in names})
        rest = _without(rest, place, names)
    texts = list(texts_for_tests(rest))
    named = [name for name in aside if says(name, texts)]
    if named:
        return tables, {}
    return rest, aside


def are_installed(groups: Iterable[str], tree: SourceTree, path: str) -> bool:
    """Whether another configuration file than this one, or a session of nox, names one of these."""
    texts = [text for file, said in said_for_tests(tree) if file != path for text in said]
    return any(says(group, texts) for group in groups)


def says(name: str, texts: Iterable[str]) -> bool:
    """Whether one of some texts says the name of a group: `docs`, `.[docs]`, `--group=docs`."""
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return any(map(word.search, texts))


def _at(tables: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    table: Any = tables
    for part in place:
        table = table.get(part) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _without(tables: dict[str, Any], place: tuple[str, ...], names: list[str]) -> dict[str, Any]:
    if not names:
        return tables
    head, *inner = place
    if inner:
        return {**tables, head: _without(tables[head], tuple(inner), names)}
    return {**tables, head: {k: v for k, v in tables[head].items() if k not in names}}
