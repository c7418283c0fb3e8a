"""What a project's configuration says that tests may depend on, apart from what they cannot."""

from __future__ import annotations

import configparser
import json
import re
from typing import Any, NamedTuple

from gardener.toml import loads

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
_ABOUT = frozenset(
    [
        "author",
        "author_email",
        "authors",
        "classifiers",
        "description",
        "documentation",
        "download_url",
        "homepage",
        "keywords",
        "license",
        "license-files",
        "license_files",
        "long_description",
        "long_description_content_type",
        "maintainer",
        "maintainer_email",
        "maintainers",
        "project_urls",
        "readme",
        "repository",
        "url",
        "urls",
        "version",
    ]
)
"""What a project says about itself; installed metadata stays what it was until it is built."""
_DESCRIBING = ("project", "metadata", "tool.poetry")


class Said(NamedTuple):
    """A configuration file: what tests may depend on, and the tables of tools that they cannot.

    Both are canonical texts; `rest` is all of a file that does not parse.
    """

    rest: str
    tools: dict[str, str]


def read(name: str, source: bytes) -> Said:
    """Part what one configuration file says."""
    try:
        text = source.decode()
        tables = _toml(text) if name.endswith(".toml") else _ini(text)
    except (UnicodeDecodeError, ValueError, configparser.Error):
        return Said(repr(source), {})
    tools = {name: _canonical(table) for name, table in tables.items() if _tool(name) in _TOOLS}
    rest = {name: table for name, table in tables.items() if name not in tools}
    return Said(_canonical(rest), tools)


def quiet_tools(name: str, before: bytes, after: bytes) -> frozenset[str] | None:
    """The tools whose settings differ, where nothing that tests depend on does; else None."""
    one, two = read(name, before), read(name, after)
    if one.rest != two.rest:
        return None
    both = one.tools.keys() | two.tools.keys()
    return frozenset(_tool(n) for n in both if one.tools.get(n) != two.tools.get(n))


def _tool(section: str) -> str:
    """The tool that `tool.ruff`, `tool:isort`, `mypy-pkg.*` or `bumpversion:file:x` is for."""
    name = section.removeprefix("tool.").removeprefix("tool:")
    return name if name in _TOOLS else re.split("[:.-]", name)[0]


def _toml(text: str) -> dict[str, Any]:
    document = loads(text)
    tools = document.pop("tool", {})
    if not isinstance(tools, dict):
        raise ValueError("`tool` is no table")
    found = {f"tool.{name}": table for name, table in tools.items()}
    found |= document
    return {name: _described(name, table) for name, table in found.items()}


def _ini(text: str) -> dict[str, Any]:
    reader = configparser.RawConfigParser(strict=False)
    reader.read_string(text)
    return {name: _described(name, dict(reader.items(name))) for name in reader.sections()}


def _described(name: str, table: Any) -> Any:
    """A table without what a project says about itself."""
    if name not in _DESCRIBING or not isinstance(table, dict):
        return table
    return {key: value for key, value in table.items() if key not in _ABOUT}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
