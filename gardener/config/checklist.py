"""A checklist as a focus: a text whose entries are tests, globs or names among other lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gardener.config.tables import Focus
from gardener.errors import ConfigError
from gardener.nodeid import file_of

_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])?\s*(?:\[[ xX]?\])?\s+|^\s*")
_FENCE = ("```", "~~~")
_BOLD = re.compile(r"\*\*(?!/)([^*]+)\*\*")
_HEADING = re.compile(r"#{2,}\s+(?:\d+[.)]\s*)?`?(\w+)`?\s*$")
_TEST = re.compile(r"[\w./*?\[\]-]+\.py(?:::[\w:]+)?|[\w.*?-]+(?:/[\w.*?-]+)+/?")
_NAME = re.compile(r"[A-Za-z_]\w*(?:::\w+)*")
_OF_CODE = re.compile(r"[a-z0-9]_[a-z0-9]|[a-z0-9][A-Z]")
"""What makes a heading a name of the code: `snake_case` or `CamelCase`."""
_WILDCARDS = frozenset("*?")


class _Entries(NamedTuple):
    """What a checklist holds: tests and globs, names, and how many of its lines are neither."""

    paths: dict[str, None]
    names: dict[str, None]
    passed_by: int


def focus_of_checklist(name: str, file: Path, root: Path) -> tuple[Focus, str]:
    """The focus that a checklist describes, and one line that says what was taken from it.

    Raises:
        ConfigError: it cannot be read, or it names nothing.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The checklist {name} cannot be read: {error}.") from None
    entries = _entries(lines)
    paths = [path for path in entries.paths if _is_there(root, path)]
    if not paths and not entries.names:
        raise ConfigError(f"The checklist {name} names no test, glob or name.")
    missing = len(entries.paths) - len(paths)
    note = f"Taken from {name}: tests or globs: {len(paths)}, names: {len(entries.names)}"
    note += f"; paths that do not exist: {missing}" if missing else ""
    note += f"; lines that name nothing: {entries.passed_by}." if entries.passed_by else "."
    patterns = tuple(rf"(?<!\w){re.escape(n)}(?!\w)" for n in entries.names)
    return Focus(name, names=patterns, paths=tuple(paths)), note


def _is_there(root: Path, path: str) -> bool:
    return not _WILDCARDS.isdisjoint(path) or (root / file_of(path)).exists()


def _entries(lines: Iterable[str]) -> _Entries:
    paths: dict[str, None] = {}
    names: dict[str, None] = {}
    passed_by = 0
    for entry, is_code in _lines(lines):
        bare = entry.strip("`")
        tests = _TEST.findall(entry)
        if tests:
            paths.update(dict.fromkeys(test.removeprefix("./") for test in tests))
        elif is_code:
            passed_by += 1
        elif _NAME.fullmatch(bare):
            names[bare.rpartition("::")[2]] = None
        elif not _WILDCARDS.isdisjoint(bare) and " " not in bare:
            paths[f"**/{bare}"] = None
        else:
            passed_by += 1
    return _Entries(paths, names, passed_by)


def _lines(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The entries line by line, with whether they stand in a block of code, where words say little.

    A heading is one if it is a name: other headings, and comments, are none.
    """
    is_code = False
    for line in lines:
        if line.strip().startswith(_FENCE):
            is_code = not is_code
            continue
        entry = _BOLD.sub(r"\1", _BULLET.sub("", line, count=1)).strip()
        if entry.startswith("#"):
            heading = None if is_code else _HEADING.match(entry)
            entry = heading[1] if heading and _OF_CODE.search(heading[1]) else ""
        if entry:
            yield entry, is_code
