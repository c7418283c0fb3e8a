"""The table of names that moved in Python and in libraries, and which rows hold for a project."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TABLE = Path(__file__).with_name("moved_names.txt")
_HEAD = re.compile(r"\[(.+)\] (\S+)")
_ROW = re.compile(r"([\w.]+):(\w+) -> ([\w.]+):(\w+)")
_OLDEST_PYTHON = (3, 8)
"""What any project has that does not say which Python it asks for."""
_MANY_NAMES = 12
"""Of a module with more names, some are in most files: looking for each of them costs more."""


class MovedName(NamedTuple):
    """One row: `module.name` is now `new_module.new_name`.

    `needs` are distributions and the versions from which the row holds; `link` says who tells
    so. With `in_annotations` it holds only for a name that is used in annotations alone.
    """

    module: str
    name: str
    new_module: str
    new_name: str
    needs: tuple[tuple[str, str], ...] = ()
    link: str = ""
    in_annotations: bool = False

    @property
    def old(self) -> str:
        """The old dotted name."""
        return f"{self.module}.{self.name}"

    @property
    def new(self) -> str:
        """The new dotted name."""
        return f"{self.new_module}.{self.new_name}"


@cache
def moved_names() -> tuple[MovedName, ...]:
    """All rows.

    Raises:
        ValueError: a line is none.
    """
    rows: list[MovedName] = []
    needs: tuple[tuple[str, str], ...] = ()
    link, in_annotations = "", False
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        head, row = _HEAD.fullmatch(line), _ROW.fullmatch(line)
        if head:
            conditions = [part.strip() for part in head[1].split(";")]
            in_annotations = "annotations" in conditions
            pairs = (part.partition(">=") for part in conditions if part != "annotations")
            needs = tuple((name.strip(), version.strip()) for name, _, version in pairs)
            link = head[2]
        elif row:
            rows.append(MovedName(row[1], row[2], row[3], row[4], needs, link, in_annotations))
        else:
            raise ValueError(f"{TABLE.name}: {line!r} is no row")
    return tuple(rows)


class _Traces(NamedTuple):
    """What the uses of one old module's names look like, as bytes."""

    root: bytes
    imported: bytes
    renamed: bytes
    dotted: bytes
    names: tuple[bytes, ...]
    attributes: tuple[bytes, ...]
    rows: tuple[MovedName, ...]


@cache
def _by_module() -> dict[str, list[MovedName]]:
    """The rows of each old module."""
    by_module: dict[str, list[MovedName]] = {}
    for row in moved_names():
        by_module.setdefault(row.module, []).append(row)
    return by_module


@cache
def _traces() -> list[_Traces]:
    """What is sought for each module."""
    traces = []
    for module, module_rows in _by_module().items():
        last = module.rpartition(".")[2].encode()
        names = tuple(row.name.encode() for row in module_rows)
        traces.append(
            _Traces(
                module.partition(".")[0].encode(),
                f"from {module} import".encode(),
                last + b" as ",
                last + b".",
                names,
                tuple(last + b"." + name for name in names),
                tuple(module_rows),
            )
        )
    return traces


def mentioned(data: bytes) -> list[MovedName]:
    """Rows whose module and name a file's bytes hold in a way that looks like a use of them."""
    rows_used: list[MovedName] = []
    for traces in _traces():
        if traces.root not in data:
            continue
        is_near = traces.imported in data or traces.renamed in data
        if is_near and len(traces.rows) < _MANY_NAMES:
            is_near = any(name in data for name in traces.names)
        if not is_near and traces.dotted in data:
            is_near = any(attribute in data for attribute in traces.attributes)
        if is_near:
            rows_used += _used(data, traces)
    return rows_used


def files_with_traces(project: Project) -> frozenset[str] | None:
    """Files of the project that may use a row: one search by git for all; None where it cannot."""
    matching = project.matching(_shape(), kinds=("*.py", "*.pyi", "*.ipynb"))
    return None if matching is None else frozenset(matching)


def _shape() -> str:
    """One regular expression of git: an import from an old module, or an old attribute."""
    modules = sorted(_by_module())
    lasts = sorted({module.rpartition(".")[2] for module in modules})
    names = "|".join(sorted({row.name for row in moved_names()}))
    dotted = "|".join(module.replace(".", "[.]") for module in modules)
    return (
        rf"from ({dotted}) import (.*({names})|[(\\])"
        f"|import ({dotted}) as|({'|'.join(lasts)})[.]({names})"
    )


def line_shape(project: Project) -> str:
    """One regular expression for lines that may use a row, or a rule of the project."""
    modules = "|".join(module.replace(".", "[.]") for module in sorted(_by_module()))
    rules = project.memo("configured names", lambda: _configured(project)).values()
    names = sorted({row.name for row in (*moved_names(), *rules)})
    bare_names = "".join(rf"|\b{rule.name}\b" for rule in rules)
    return rf"from ({modules}) import|import ({modules}) as|[.]({'|'.join(names)})\b{bare_names}"


def has_shape(project: Project, data: bytes) -> bool:
    """Whether a file has such a line."""
    shape = project.memo("shape of moved names", lambda: re.compile(line_shape(project).encode()))
    return bool(shape.search(data))


def _used(data: bytes, traces: _Traces) -> list[MovedName]:
    """Those rows of a module whose name is imported from it, or read as an attribute of it."""
    rows_by_name = {
        name: row for name, row in zip(traces.names, traces.rows, strict=True) if name in data
    }
    if not rows_by_name:
        return []
    module = traces.dotted[:-1]
    objects = {module}
    if re.search(module + rb"\s+as\s", data):
        shape = rb"import(?<!\wimport)\s+(?:[^\n#;]*,\s*)?(?:[\w.]*\.)?" + module
        objects.update(re.findall(shape + rb"\s+as\s+(\w+)", data))
    old_module = re.escape(traces.rows[0].module.encode())
    # A module at the top is no part of another name: `shop.types.collections.Collection`.
    before = rb"\w" if b"." in old_module else rb"[\w.]"
    names = b"|".join(rows_by_name)
    read: set[bytes] = set()
    for name in objects:
        # It begins with a text that can be sought quickly.
        read.update(re.findall(rb"%b(?<!%b%b)\s*\.\s*(%b)\b" % (name, before, name, names), data))
    block = (
        rb"from(?<!\wfrom)\s+" + old_module + rb"\s+import\b\s*(\([^)]*\)|[^\n]*(?:\\\n[^\n]*)*)"
    )
    for text in re.findall(block, data):
        read.update(re.findall(rb"\w+", text))
    return [row for name, row in rows_by_name.items() if name in read]


def applies(project: Project, path: str, data: bytes) -> bool:
    """Whether a row that a file's bytes seem to use holds for it, or a rule of the project may."""
    if any(_holds(project, row, path, data) for row in mentioned(data)):
        return True
    rules = project.memo("configured names", lambda: _configured(project)).values()
    return any(rule.name.encode() in data for rule in rules)


def holding(project: Project, path: str, data: bytes) -> dict[str, MovedName]:
    """Rows that hold for a file, by their old dotted names; the project's own rules go first."""
    rows = {row.old: row for row in mentioned(data) if _holds(project, row, path, data)}
    return {**rows, **project.memo("configured names", lambda: _configured(project))}


def _configured(project: Project) -> dict[str, MovedName]:
    rows = {}
    for rule in project.config.codemods.deprecated_import:
        module, _, name = rule.source.partition(":")
        new_module, _, new_name = rule.target.partition(":")
        if name.isidentifier() and new_name.isidentifier() and not rule.before:
            rows[f"{module}.{name}"] = MovedName(module, name, new_module, new_name)
    return rows


def _holds(project: Project, row: MovedName, path: str, data: bytes) -> bool:
    from gardener.codemod.evidence import is_mentioned, proven
    from gardener.codemod.oldest_python import oldest_python

    for name, version in row.needs:
        if name == "python":
            needed = tuple(int(part) for part in version.split("."))
            oldest = oldest_python(project, path)
            if (oldest or _OLDEST_PYTHON) < needed:
                return False
        elif (version and not proven(project, name, version, path)) or (
            not version and not is_mentioned(project, name)
        ):
            return False
    return not _is_own(project, row.module, path, data)


def _is_own(project: Project, module: str, path: str, data: bytes) -> bool:
    """Whether the module may be one of the project's own that has the same name."""
    if project.is_beside(module.partition(".")[0], path, data):
        return True
    location = project.modules.location(module, project.full(path))
    return bool(location.files)
