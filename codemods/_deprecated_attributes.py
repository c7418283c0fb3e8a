"""`old.name`: single names of a module that moved, used through the module."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ._import_obstacles import obstacle, patched
from ._import_shapes import Move, dotted
from ._rules import Home, home_of, rules_for

if TYPE_CHECKING:
    from ._module_uses import ModuleUses
    from ._rule_command import RuleCommand


class Use(NamedTuple):
    """One attribute of a module, and where it is now."""

    node: cst.Attribute
    name: str
    home: Home


class AttributeUses:
    """The uses of modules of which only names moved, or whose names went to several modules."""

    def __init__(self, command: RuleCommand, uses: ModuleUses) -> None:
        self.command = command
        self.uses = uses
        self.index = command.index
        self.mentions = command.mentions
        self.project = command.project
        self._moved: set[cst.CSTNode] = set()
        self._ways: dict[tuple[cst.ImportAlias, str], str] = {}
        self._imports: dict[cst.ImportAlias, tuple[cst.Import | cst.ImportFrom, list[str]]] = {}

    def take(
        self, statement: cst.Import | cst.ImportFrom, alias: cst.ImportAlias, module: str
    ) -> None:
        """Use names of a module from where they are now, and tell those for which it is not certain."""
        if not rules_for(self.project, module, self.mentions.path):
            return
        local = alias.evaluated_alias or alias.evaluated_name
        for use in self._uses(local, module):
            if use.home.why:
                self.command.leave_at(use.node, f"{module}.{use.name}", use.home)
                continue
            rule = use.home.rule
            if rule is not None and rule.origin == "pyproject.toml" and not rule.before:
                continue  # moved-names changes the use
            self._move(statement, alias, module, use)

    def take_all(
        self, statement: cst.Import | cst.ImportFrom, alias: cst.ImportAlias, module: str
    ) -> bool:
        """The same for a module whose names went to several others; False if one cannot be moved."""
        local = alias.evaluated_alias or alias.evaluated_name
        uses = list(self._uses(local, module))
        if any(self._obstacle(statement, module, use) for use in uses):
            return False
        ways = [self._way(statement, alias, use) for use in uses]
        if not all(ways):
            return False
        for use in uses:
            self._move(statement, alias, module, use)
        return True

    def _uses(self, local: str, module: str) -> list[Use]:
        """Attributes that are read from a module and that a rule speaks of."""
        homes: dict[str, Home | None] = {}
        uses = []
        for node in self.index.find(cst.Attribute):
            name = node.attr.value
            if get_full_name_for_node(node.value) != local:
                continue
            # Scopes come last: they take longer than all else.
            if name not in homes:
                homes[name] = home_of(self.project, module, name, self.mentions.path)
            home = homes[name]
            if home is None or not self._is_module(node.value, module):
                continue
            if not self.command.protected(node) and not self.mentions.awaited.covers(node):
                uses.append(Use(node, name, home))
        return uses

    def _is_module(self, node: cst.BaseExpression, module: str) -> bool:
        meaning = self.command.meaning(node)
        return self.mentions.modules.absolute(meaning, self.mentions.path) == module

    # --- what changes ---------------------------------------------------------------------------

    def _move(
        self, statement: cst.Import | cst.ImportFrom, alias: cst.ImportAlias, module: str, use: Use
    ) -> None:
        home = use.home
        why = self._obstacle(statement, module, use)
        way = self._way(statement, alias, use) if not why else ""
        if not way:
            why = why or f"use {home.module}.{home.name}"
            self.command.leave(use.node, f"{module}.{use.name}", home.rule, why)
            return
        self._moved.add(use.node)
        expression = dotted(f"{way}.{home.name}")
        self.command.change(
            use.node, lambda old: expression.with_changes(lpar=old.lpar, rpar=old.rpar)
        )

    def _obstacle(self, statement: cst.CSTNode, module: str, use: Use) -> str:
        """Why a use stays as it is; '' = it need not."""
        home = use.home
        if home.why:
            return home.why
        old = f"{module}.{use.name}"
        written = self._written(use)
        if written:
            return f"line {written} assigns it"
        if home.rule is not None and home.rule.before:
            return f"use {home.module}.{home.name}"
        where = patched(self.mentions, old, f"{home.module}.{home.name}")
        if where:
            return f"{where} patches {old}"
        self.command.sees(use.name)
        if use.name in self.mentions.identifiers:
            return f'the file names "{use.name}" in a string'
        return obstacle(self.command, statement, old, home)

    def _written(self, use: Use) -> int:
        """The line on which the file gives the attribute another value; 0 = nowhere."""
        value = get_full_name_for_node(use.node.value)
        for node in self.index.find(cst.Attribute):
            if node.attr.value == use.name and get_full_name_for_node(node.value) == value:
                if not self.uses.is_read(node):
                    return self.command.line(node)
        return 0

    def _way(self, statement: cst.Import | cst.ImportFrom, alias: cst.ImportAlias, use: Use) -> str:
        """How the new module is written at a use; '' = it cannot be reached there."""
        module = use.home.module
        value = use.node.value
        if self._is_module(value, module):
            return get_full_name_for_node(value) or ""
        for bound in self.command.names.visible(use.node):
            if bound.kind == "import":
                target = self.mentions.modules.absolute(bound.target, self.mentions.path)
                if target == module:
                    return bound.name
        if (alias, module) not in self._ways:
            self._ways[alias, module] = self._imported(statement, alias, module)
        return self._ways[alias, module]

    def _imported(
        self, statement: cst.Import | cst.ImportFrom, alias: cst.ImportAlias, module: str
    ) -> str:
        """The name of a module that is to be imported beside another; '' = it cannot be."""
        if self.command.edits.line_of(statement) is None or self.command.protected(statement):
            return ""
        parent, _, last = module.rpartition(".")
        by_name = isinstance(statement, cst.ImportFrom) and bool(parent)
        new = last if by_name else module.partition(".")[0]
        wanted = module if by_name else new
        bindings = self.command.names.bound_anywhere(new)
        absolute = self.mentions.modules.absolute
        if any(absolute(b.target, self.mentions.path) != wanted for b in bindings):
            return ""
        _, modules = self._imports.setdefault(alias, (statement, []))
        modules.append(module)
        return last if by_name else module

    def finish(self) -> None:
        """Import the modules that are used now, and no more what nothing uses."""
        for alias, (statement, modules) in self._imports.items():
            if not any(self._is_way_of(node, alias) for node in self._moved):
                continue
            is_needed = self._is_needed(alias, modules)
            if isinstance(statement, cst.ImportFrom):
                self._import_names(statement, alias, modules, is_needed)
            else:
                self._import_modules(statement, alias, modules, is_needed)

    def _is_way_of(self, node: cst.CSTNode, alias: cst.ImportAlias) -> bool:
        local = alias.evaluated_alias or alias.evaluated_name
        return isinstance(node, cst.Attribute) and get_full_name_for_node(node.value) == local

    def _import_names(
        self, node: cst.ImportFrom, alias: cst.ImportAlias, modules: list[str], is_needed: bool
    ) -> None:
        edits = self.command.edits
        moves = [Move(alias, *_parted(module)) for module in modules]
        if not is_needed:
            edits.move(node, moves[:1])
            moves = moves[1:]
        for move in moves:
            edits.add(node, move)

    def _import_modules(
        self, node: cst.Import, alias: cst.ImportAlias, modules: list[str], is_needed: bool
    ) -> None:
        if not is_needed:
            self.uses.replace(node, alias, modules[0], "")
            modules = modules[1:]
        lines = [
            cst.SimpleStatementLine([cst.Import([cst.ImportAlias(dotted(m))])]) for m in modules
        ]
        if lines:
            self.command.edits.append(node, lines)

    def _is_needed(self, alias: cst.ImportAlias, modules: list[str]) -> bool:
        """Whether this file, or another one, uses the name of an import for more than what moved."""
        local = alias.evaluated_alias or alias.evaluated_name
        root = local.partition(".")[0]
        if self.command.file.path.endswith("__init__.py"):
            return True
        if root != local and modules[0].partition(".")[0] != root:
            return True  # `import a.b` gives `a` to others too
        self.command.sees(root)
        if any(re.search(rf"\b{re.escape(local)}\b", text) for _, text in self.mentions.strings):
            return True
        last_name = self.mentions.own.rpartition(".")[2]
        if last_name and self.project.containing(f"{last_name}.{root}"):
            return True
        if any(b.kind != "import" for b in self.command.names.bound_anywhere(root)):
            return True
        return not all(map(self._is_in_moved, self.uses.reads(root)))

    def _is_in_moved(self, name: cst.Name) -> bool:
        """Whether a name is the beginning of a use that changes."""
        around: cst.CSTNode = name
        while isinstance(above := self.index.parent[around], cst.Attribute):
            around = above
            if around in self._moved:
                return True
        return False


def _parted(module: str) -> tuple[str, str]:
    parent, _, last = module.rpartition(".")
    return parent, last
