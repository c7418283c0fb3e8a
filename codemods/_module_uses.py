"""What a file uses of a module that it imports, and which module has all of it now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import ClassScope, ExpressionContext, ExpressionContextProvider

from ._import_obstacles import patched
from ._import_shapes import dotted, is_imports
from ._rules import Rule, home_of

if TYPE_CHECKING:
    from ._rule_command import RuleCommand


class ModuleUses:
    """The uses of modules in one file, by the names that its imports give them."""

    SEVERAL = "its names have more than one new home"

    def __init__(self, command: RuleCommand) -> None:
        self.command = command
        self.index = command.index
        self.names = command.names
        self.mentions = command.mentions
        self.modules = command.mentions.modules
        self.path = command.mentions.path
        self.project = command.project

    def attributes(self, local: str, statement: cst.CSTNode) -> tuple[list[str], str]:
        """The attributes read from a module under its local name; or why they cannot be told."""
        if any(bound.node is not statement for bound in self.names.bound_anywhere(local)):
            return [], f"{local} has another meaning too"
        attributes: list[str] = []
        for name in self.reads(local):
            above = self.index.parent[name]
            if not isinstance(above, cst.Attribute) or not self.is_read(above):
                return [], f"line {self.command.line(name)} uses the module itself"
            attributes.append(above.attr.value)
        return attributes, ""

    def taken_by_others(self, local: str, statement: cst.CSTNode) -> str:
        """Why more may be read of a module than this file reads under its local name."""
        if isinstance(self.names.scope(statement), ClassScope):
            return f"{local} is an attribute of a class"
        last_name = self.mentions.own.rpartition(".")[2]
        takers = self.project.takers(last_name, local) if last_name else ()
        return next((f"{path} may take {local} from this file" for path in takers), "")

    def reads(self, local: str) -> Iterator[cst.Name]:
        """Where a name is used in the file, in whatever scope."""
        self.command.sees(local)
        for name in self.index.find(cst.Name):
            if name.value != local:
                continue
            above = self.index.parent[name]
            if isinstance(above, (cst.ImportAlias, cst.AsName, cst.NameItem, cst.ImportFrom)):
                continue
            if isinstance(above, cst.Attribute) and above.attr is name:
                continue
            if self._is_in_import(name):
                continue
            if isinstance(above, cst.Arg) and above.keyword is name:
                continue
            if self.is_read(name):
                yield name

    def _is_in_import(self, name: cst.Name) -> bool:
        above: cst.CSTNode = self.index.parent[name]
        while isinstance(above, cst.Attribute):
            above = self.index.parent[above]
        return isinstance(above, (cst.ImportAlias, cst.ImportFrom))

    def is_read(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is only read: not assigned, not deleted."""
        context = self.command.get_metadata(ExpressionContextProvider, node, None)
        return context in (None, ExpressionContext.LOAD)

    def target(
        self, module: str, rules: list[Rule], used: tuple[list[str], str]
    ) -> tuple[str, str]:
        """The one module that has all the names that are used; or why there is none."""
        names, why = used
        if why:
            return "", why
        homes: set[str] = set()
        for name in names:
            home = home_of(self.project, module, name, self.path)
            if home is None or home.why or home.name != name:
                has_why = home is not None and home.why
                return "", home.why if home is not None and has_why else f"{name} has no new home"
            where = patched(self.mentions, f"{module}.{name}", f"{home.module}.{name}")
            if where:
                return "", f"{where} patches {module}.{name}"
            homes.add(home.module)
        if not names:
            suffix = module[len(rules[0].module) :]
            candidates = (t + suffix for t in rules[0].targets)
            homes = set([t for t in candidates if self.modules.locate(t, self.path)][:1])
        if len(homes) != 1:
            return "", self.SEVERAL if homes else "its new home is not known"
        target = homes.pop()
        return ("", "its new home is this file") if target == self.mentions.own else (target, "")

    # --- the statement -----------------------------------------------------------------------------

    def replace(self, node: cst.Import, alias: cst.ImportAlias, target: str, asname: str) -> None:
        """Import another module; no second time where the file does so already."""
        line = self.command.edits.line_of(node)
        if line is not None and len(node.names) == 1 and self._is_there(node, target, asname):
            if "#" not in self.command.code(line):
                self.command.edits.remove(line)
                return
        name = dotted(target)
        bound = cst.AsName(cst.Name(asname)) if asname else None
        if asname and isinstance(alias.asname, cst.AsName):
            bound = alias.asname
        self.command.change(alias, lambda old: old.with_changes(name=name, asname=bound))

    def _is_there(self, node: cst.Import, target: str, asname: str) -> bool:
        """Whether a line before, or one of the imports behind a statement, imports a module too."""
        line = self.index.parent[node]
        block = self.index.parent[line]
        body: list[cst.CSTNode] = [line]
        body = list(block.body) if isinstance(block, (cst.Module, cst.IndentedBlock)) else [line]
        at = body.index(line)
        behind = list(takewhile(is_imports, body[at + 1 :]))
        parts = (
            part
            for other in (*body[:at], *behind)
            if isinstance(other, cst.SimpleStatementLine)
            for part in other.body
        )
        return any(
            (alias.evaluated_name, alias.evaluated_alias or "") == (target, asname)
            for part in parts
            if isinstance(part, cst.Import)
            for alias in part.names
        )
