"""Whether a rule speaks of anything in a file, asked of `ast`: a tenth of what libcst's tree costs.

The names, strings and attributes are those that the command looks at, and no fewer: where nothing is
found here, it would neither change a file nor say a word about it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property, lru_cache

from gardener.codemod.by_ast import tree_of
from gardener.codemod.file_text import FileText, Remark
from gardener.codemod.project import Project

from ._deprecated_notes import Staying, may_matter, without_choices
from ._rules import ambiguous, home_of, named_in, rules_for

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:]\w+)*")


def speaks_of(data: bytes, path: str, project: Project) -> bool:
    """Whether a rule speaks of something in a file; True also where `ast` cannot read it.

    Raises:
        gardener.codemod.file_text.Unparsable: nobody can tell what the file says.
    """
    sight = _sight(data, path, project)
    return sight is None or sight.is_spoken_of


def notes_of(data: bytes, path: str, project: Project) -> list[Remark] | None:
    """All that there is to say of a file in which nothing moves; None where libcst has to look."""
    sight = _sight(data, path, project)
    return sight.notes if sight is not None else None


@lru_cache(maxsize=1)
def _sight(data: bytes, path: str, project: Project) -> _Sight | None:
    tree = tree_of(FileText(data, path).data)
    return _Sight(data, tree, path, project) if tree is not None else None


class _Sight:
    """What one file takes from modules that deprecate something."""

    def __init__(self, data: bytes, tree: ast.Module, path: str, project: Project) -> None:
        self.data = data
        self.tree = tree
        self.project = project
        self.modules = project.modules
        self.path = project.full(path)
        self.own = self.modules.name(self.path)
        self.by_attribute: list[tuple[str, str]] = []
        self.staying: list[Staying] = []

    @property
    def is_spoken_of(self) -> bool:
        """Whether there is anything at all that a rule speaks of."""
        return self._needs_tree or bool(self.staying)

    @property
    def notes(self) -> list[Remark] | None:
        """What is told of imports that stay, if that is all that there is; None = more may be."""
        if self._needs_tree or self.by_attribute or may_matter(self.data, self._nodes):
            return None
        staying = sorted(self.staying, key=lambda each: (each.node.lineno, each.node.col_offset))
        return [each.remark for each in without_choices(self.tree, staying)]

    @cached_property
    def _needs_tree(self) -> bool:
        """Whether there is more than imports of names that stay where they are."""
        return any(self._spoken()) or any(self._attributes())

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def _spoken(self) -> Iterator[bool]:
        for node in self._nodes:
            if isinstance(node, ast.ImportFrom):
                yield self._from_import(node)
            elif isinstance(node, ast.Import):
                yield any(self._import(alias) for alias in node.names)
            elif isinstance(node, ast.Call):
                for value in (*node.args, *(keyword.value for keyword in node.keywords)):
                    if isinstance(value, ast.Constant):
                        yield self._string(value)

    def _import(self, alias: ast.alias) -> bool:
        if alias.name == self.own:
            return False
        rules = rules_for(self.project, alias.name, self.path)
        if ambiguous(self.project, alias.name, "", self.path) is not None:
            return True
        if rules:
            self.by_attribute.append((alias.asname or alias.name, alias.name))
        return any(not rule.name for rule in rules)

    def _from_import(self, node: ast.ImportFrom) -> bool:
        module = self.modules.absolute("." * node.level + (node.module or ""), self.path)
        if not module:
            return False
        for alias in node.names:
            if alias.name == "*":
                rules = rules_for(self.project, module, self.path)
                if any(rule.name in ("", "*") for rule in rules):
                    return True
                continue
            below = rules_for(self.project, f"{module}.{alias.name}", self.path)
            if any(not rule.name for rule in below):
                return True
            if below:
                self.by_attribute.append((alias.asname or alias.name, f"{module}.{alias.name}"))
            home = home_of(self.project, module, alias.name, self.path)
            if home is None:
                continue
            if home.module or module == self.own:
                return True
            self.staying.append(Staying(node, alias, module, home))
        return False

    def _string(self, value: ast.Constant) -> bool:
        if not isinstance(value.value, str):
            return False
        text = value.value
        return bool(_DOTTED.fullmatch(text)) and any(named_in(self.project, text, self.path)[2:])

    def _attributes(self) -> Iterator[bool]:
        """Whether a name that moved is read from a module that is imported as a whole."""
        if not self.by_attribute:
            return
        homes: dict[tuple[str, str], bool] = {}
        for node in self._nodes:
            if not isinstance(node, ast.Attribute):
                continue
            local = _dotted(node.value)
            for name, module in self.by_attribute if local else ():
                if name == local:
                    key = (module, node.attr)
                    if key not in homes:
                        home = home_of(self.project, module, node.attr, self.path)
                        homes[key] = home is not None
                    yield homes[key]


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
