"""The entry points that a project declares: commands, plugins of pytest, and others."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gardener.toml import tables

DECLARING = ("pyproject.toml", "setup.cfg", "setup.py")
"""Files that may declare entry points."""
COMMANDS = ("console_scripts", "gui_scripts")
PYTEST = "pytest11"
_SAID = ("scripts", "entry-points", "entry_points", "poetry.plugins")
_IN_SETUP = re.compile(
    r"""["'](?P<group>[\w.-]+)["']\s*:\s*[\[(]
      | ["'\n]\s*(?P<name>[\w.-]+)\s*=\s*(?P<target>[A-Za-z_][\w.]*(?::[\w.]+)?)\s*(?:\[[^\]]*\]\s*)?["'\n]
      | \[(?P<section>[\w.-]+)\]""",
    re.VERBOSE,
)


class EntryPoint(NamedTuple):
    """One entry point: `target` is `module` or `module:name`, `folder` where it is declared."""

    group: str
    name: str
    target: str
    folder: str


def entry_points(name: str, source: bytes, folder: str) -> list[EntryPoint]:
    """What one file declares; nothing where it does not parse."""
    text = source.decode("utf-8", "replace")
    if not any(word in text for word in _SAID):
        return []
    read = {"pyproject.toml": _of_toml, "setup.cfg": _of_cfg, "setup.py": _of_setup}[name]
    return [EntryPoint(*one, folder) for one in read(text)]


def _of_toml(text: str) -> Iterator[tuple[str, str, str]]:
    try:
        document: Any = tables(text)
    except ValueError:
        return
    project, tool = _table(document, "project"), _table(document, "tool")
    groups: dict[str, Any] = {}
    for table, inner in ((project, "entry-points"), (_table(tool, "poetry"), "plugins")):
        groups.update(_table(table, inner))
    for table in (project, *(_table(tool, t) for t in ("poetry", "flit"))):
        for key, group in zip(("scripts", "gui-scripts"), COMMANDS, strict=True):
            groups[group] = {**groups.get(group, {}), **_table(table, key)}
    for group, found in groups.items():
        for name, said in found.items() if isinstance(found, dict) else ():
            # poetry: {reference = ..., extras = ...}
            target = said.get("reference") if isinstance(said, dict) else said
            if isinstance(target, str):
                yield group, name, target.partition("[")[0].strip()


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def _of_cfg(text: str) -> Iterator[tuple[str, str, str]]:
    reader = configparser.RawConfigParser(strict=False)
    try:
        reader.read_string(text)
    except configparser.Error:
        return
    section = "options.entry_points"
    for group, lines in reader.items(section) if reader.has_section(section) else ():
        for line in lines.splitlines():
            name, _, target = line.partition("=")
            if target:
                yield group, name.strip(), target.partition("[")[0].strip()


def _of_setup(text: str) -> Iterator[tuple[str, str, str]]:
    """Out of a `setup.py`, as they are usually written: strings in a dict, or one like a file."""
    group = ""
    for found in _IN_SETUP.finditer(text):
        if found["target"] and group:
            yield group, found["name"], found["target"]
        elif found["group"] or found["section"]:
            group = found["group"] or found["section"]
