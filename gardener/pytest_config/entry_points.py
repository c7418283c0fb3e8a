"""The entry points that a project declares: commands, plugins of pytest, and others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from gardener.toml import tables

DECLARING = ("pyproject.toml", "setup.cfg", "setup.py")
"""Files that may declare entry points."""
BUILT = "entry_points.txt"
"""Where a build, or an editable install, writes them down: in `NAME.egg-info` or `NAME.dist-info`."""
COMMANDS = ("console_scripts", "gui_scripts")
PYTEST = "pytest11"
_DECLARING_WORDS = ("scripts", "entry-points", "entry_points", "poetry.plugins")
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
    folder: str = ""


def entry_points(name: str, source: bytes, folder: str) -> list[EntryPoint]:
    """What one file declares; nothing where it does not parse."""
    text = source.decode("utf-8", "replace")
    if name != BUILT and not any(word in text for word in _DECLARING_WORDS):
        return []
    read = _READERS[name]
    return [declared._replace(folder=folder) for declared in read(text)]


def _of_toml(text: str) -> Iterator[EntryPoint]:
    try:
        document: Any = tables(text)
    except ValueError:
        return
    project, tool = _table(document, "project"), _table(document, "tool")
    groups: dict[str, Any] = {}
    for table, inner in ((project, "entry-points"), (_table(tool, "poetry"), "plugins")):
        groups.update(_table(table, inner))
    for table in (project, *(_table(tool, name) for name in ("poetry", "flit"))):
        for key, group in zip(("scripts", "gui-scripts"), COMMANDS, strict=True):
            groups[group] = {**groups.get(group, {}), **_table(table, key)}
    for group, targets in groups.items():
        for name, target in targets.items() if isinstance(targets, dict) else ():
            # poetry: {reference = ..., extras = ...}
            reference = target.get("reference") if isinstance(target, dict) else target
            if isinstance(reference, str):
                yield EntryPoint(group, name, _without_extras(reference))


def _without_extras(target: str) -> str:
    """`module:name` out of `module:name [extra]`."""
    return target.partition("[")[0].strip()


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = table.get(key)
    return inner if isinstance(inner, dict) else {}


def _of_cfg(text: str) -> Iterator[EntryPoint]:
    section = "options.entry_points"
    for group, lines in _sections(text).get(section, {}).items():
        for line in lines.splitlines():
            name, _, target = line.partition("=")
            if target:
                yield EntryPoint(group, name.strip(), _without_extras(target))


def _of_built(text: str) -> Iterator[EntryPoint]:
    for group, targets in _sections(text).items():
        for name, target in targets.items():
            yield EntryPoint(group, name, _without_extras(target))


def _sections(text: str) -> dict[str, dict[str, str]]:
    """The sections of a file in the form of `setup.cfg`; none where it does not parse."""
    import configparser  # late: a fix with nothing to do needs none

    reader = configparser.RawConfigParser(strict=False)
    try:
        reader.read_string(text)
    except configparser.Error:
        return {}
    return {name: dict(reader.items(name)) for name in reader.sections()}


def _of_setup(text: str) -> Iterator[EntryPoint]:
    """Out of a `setup.py`, as they are usually written: strings in a dict, or one like a file."""
    group = ""
    for match in _IN_SETUP.finditer(text):
        if match["target"] and group:
            yield EntryPoint(group, match["name"], match["target"])
        elif match["group"] or match["section"]:
            group = match["group"] or match["section"]


_READERS: dict[str, Callable[[str], Iterator[EntryPoint]]] = {
    "pyproject.toml": _of_toml,
    "setup.cfg": _of_cfg,
    "setup.py": _of_setup,
    BUILT: _of_built,
}
"""How each file declares them."""
