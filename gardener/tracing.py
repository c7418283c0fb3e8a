"""Cheap facts about a project, read from bytes: who deprecates something, what tests patch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.project import Project

_IMPORTS = re.compile(
    rb"\bfrom(?:[ \t]|\\\r?\n)+([.\w]+)(?:[ \t]|\\\r?\n)+import\b[ \t]*"
    rb"(\([^)]*\)|[^\n#;]*(?:\\\r?\n[^\n#;]*)*)"
    rb"|(?:^[ \t]*|[;:][ \t]*)import[ \t]+([^\n#;]+)",
    re.MULTILINE,
)
_STRINGS = re.compile(rb"""["']([A-Za-z_]\w*(?:\.\w+)+)["':]""")
_TARGET = rb"\s+[`'\"]*(?:from\s+\w|\w+(?:\.\w+)+)"
_CODE = [
    # One each, and each with a beginning that can be sought quickly: joined they cost thrice.
    re.compile(shape)
    for shape in (
        *(rb"\n(?:_?warnings\.)?_?warn\w*\(", rb"\nif[^\n]*\n[ \t]+(?:_?warnings\.)?_?warn\w*\("),
        *(rb"\ndef __getattr__\(", rb"\n@[\w.]*deprecated\("),
    )
]
_PROSE = re.compile(rb"(?:[Uu]se|[Mm]oved to|[Ff]avou?r of)" + _TARGET)
_NEAR = 1500
"""Bytes around the word: a warning and what it says to use stand together."""
_PATCHES = rb"""(?:patch|setattr|delattr)\w*(?:\.\w+)?\(\s*["']([A-Za-z_][\w.]*)["']"""
_OBJECTS = rb"""(?:patch\.object|setattr|delattr)\(\s*([A-Za-z_][\w.]*)\s*,\s*["'](\w+)["']"""
_MANY = 60


def says_so(data: bytes) -> bool:
    """Whether a module's bytes look as if it deprecated something that others import."""
    at = data.find(b"eprecat")
    if at < 0:
        return False
    if any(shape.search(b"\n" + data) for shape in _CODE):
        return True
    while at >= 0:
        end = at + _NEAR
        if _PROSE.search(data, max(at - _NEAR, 0), end):
            return True
        at = data.find(b"eprecat", end - _NEAR // 2)
    return False


def deprecating(data: bytes, path: str, project: Project) -> bool:
    """Whether a file may import from a module of the project that deprecates something."""
    if not many(project):
        return any(_one_deprecates(project, name, path) for name in imported(data))
    lasts = deprecating_lasts(project)
    if not lasts or not any(last in data for last in lasts):
        return False
    return any(
        name.rpartition(".")[2].encode() in lasts and _one_deprecates(project, name, path)
        for name in imported(data)
    )


def many(project: Project) -> bool:
    """Whether so many files are treated that all modules that deprecate something are sought."""
    return project.treated >= _MANY


def deprecating_lasts(project: Project) -> set[bytes]:
    """Last parts of the names of modules that deprecate something."""
    return project.memo("deprecating lasts", lambda: _lasts(project))


def _lasts(project: Project) -> set[bytes]:
    found = {module.rpartition(".")[2].encode() for module, _ in deprecating_modules(project)}
    return found - {b""}


def imported(data: bytes) -> Iterator[str]:
    """Dotted names that a file's bytes seem to import, or to name in strings; '.' for relative."""
    for match in _IMPORTS.finditer(data):
        if match[3]:
            for part in match[3].split(b","):
                yield part.split(b" as ")[0].strip().decode(errors="replace")
            continue
        base = match[1].decode(errors="replace")
        yield base
        for word in re.findall(rb"(?<!as )\b[A-Za-z_]\w*", match[2] or b""):
            yield f"{base}{'' if base.endswith('.') else '.'}{word.decode(errors='replace')}"
    for match in _STRINGS.finditer(data):
        text = match[1].decode(errors="replace")
        yield text
        yield text.rpartition(".")[0]


def _one_deprecates(project: Project, name: str, path: str) -> bool:
    if not name.strip("."):
        return False
    modules = project.modules
    full = project.full(path)
    key = modules.absolute(name, full) if name.startswith(".") else name
    file = modules.locate_near(key, full)
    if not file or file == full:
        return False
    return project.memo(f"deprecates {file}", lambda: says_so(project.read(file)))


def deprecating_modules(project: Project) -> list[tuple[str, str]]:
    """Modules of the project that deprecate something: dotted name and absolute path."""
    return project.memo("deprecating modules", lambda: list(_deprecating_modules(project)))


def _deprecating_modules(project: Project) -> Iterator[tuple[str, str]]:
    for path in project.deprecating_files:
        full = project.full(path)
        yield project.modules.name(full), full


def patched_names(project: Project) -> list[tuple[str, str]]:
    """Dotted names that the project's tests patch by a string, with `file:line`."""
    return project.memo("patched names", lambda: list(_patched_names(project)))


def _patched_names(project: Project) -> Iterator[tuple[str, str]]:
    for path in dict.fromkeys((*project.containing("patch"), *project.containing("attr("))):
        data = project.read(path)
        for match in re.finditer(_OBJECTS, data):
            line = data.count(b"\n", 0, match.start()) + 1
            yield f"{match[1].decode()}.{match[2].decode()}", f"{path}:{line}"
        for match in re.finditer(_PATCHES, data):
            line = data.count(b"\n", 0, match.start(1)) + 1
            yield match[1].decode(errors="replace"), f"{path}:{line}"
