"""What import statements ask for, and which names they bind."""

from __future__ import annotations

import ast
from typing import NamedTuple

from .summary import Import, ImportedName, StarImport
from .syntax import ImportNode


class Imported(NamedTuple):
    """What an import statement asks for; `name` is empty for a module.

    It differs from `ImportedName`, what a bound name stands for, where `import a.b` binds `a`.
    """

    level: int
    module: str
    name: str = ""

    def origin(self, bound: str) -> str:
        """What the name that it binds stands for: `typing.TypeVar`; empty for a relative import."""
        if self.level:
            return ""
        if self.name:
            return f"{self.module}.{self.name}"
        return bound if bound == self.module.partition(".")[0] else self.module


def imports_of(node: ImportNode, *, runs: bool) -> list[Import]:
    """An import statement as it is stored, one for each module; `runs` as in `Import`."""
    if isinstance(node, ast.Import):
        return [Import(alias.name, 0, (), runs) for alias in node.names]
    names = tuple(alias.name for alias in node.names)
    return [Import(node.module or "", node.level, names, runs)]


def aliases_of(node: ImportNode) -> list[tuple[str, ImportedName]]:
    """The names that an import binds, with what each stands for: `a` for `import a.b`."""
    if isinstance(node, ast.Import):
        aliases = []
        for alias in node.names:
            top = alias.name.partition(".")[0]
            module = alias.name if alias.asname else top
            aliases.append((alias.asname or top, ImportedName(0, module)))
        return aliases
    module = node.module or ""
    return [
        (alias.asname or alias.name, ImportedName(node.level, module, alias.name))
        for alias in node.names
        if alias.name != "*"
    ]


def stars_of(node: ImportNode) -> list[StarImport]:
    """The modules of which an import takes all names."""
    if isinstance(node, ast.Import) or all(alias.name != "*" for alias in node.names):
        return []
    return [StarImport(node.level, node.module or "")]


def requests_of(node: ImportNode) -> list[tuple[Imported, str]]:
    """What an import asks for, with the name that it binds: `a.b` and `a` for `import a.b`."""
    if isinstance(node, ast.Import):
        return [(Imported(0, a.name), a.asname or a.name.partition(".")[0]) for a in node.names]
    module = node.module or ""
    return [(Imported(node.level, module, a.name), a.asname or a.name) for a in node.names]
