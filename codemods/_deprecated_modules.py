"""`import m`: a module that moved as a whole, with all uses of its name."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import libcst as cst

from ._dotted_imports import DottedImport
from ._import_choices import alternatives
from ._rules import Rule, ambiguous, rules_for

if TYPE_CHECKING:
    from ._deprecated_attributes import AttributeUses
    from ._module_uses import ModuleUses
    from ._rule_command import RuleCommand


class ModuleImports:
    """The `import` statements of one file."""

    def __init__(
        self,
        command: RuleCommand,
        uses: ModuleUses,
        attributes: AttributeUses,
        renamed: Collection[cst.CSTNode],
    ) -> None:
        """`renamed` are strings that name the new module from now on."""
        self.command = command
        self.uses = uses
        self.attributes = attributes
        self.renamed = renamed
        self.index = command.index
        self.mentions = command.mentions
        self.path = command.mentions.path
        self.project = command.project

    def take(self, node: cst.Import) -> None:
        """Import a module from where it is now, and use it there; or tell why not."""
        if alternatives(self.index, node):
            return  # which module it is, is decided when it runs
        for alias in node.names:
            local = alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
            module = alias.evaluated_name
            # First what is quickly told: `uses` asks for all places of the name.
            if module == self.mentions.own or not self._may_speak(module):
                continue
            if not self.mentions.awaited.uses(local):
                self._take(node, alias)

    def _may_speak(self, module: str) -> bool:
        """Whether anything may be said of a module, or of names in it."""
        if rules_for(self.project, module, self.path):
            return True
        return ambiguous(self.project, module, "", self.path) is not None

    def _take(self, node: cst.Import, alias: cst.ImportAlias) -> None:
        module = alias.evaluated_name
        rules = self.mentions.whole(module)
        if rules is None:
            self.attributes.take(node, alias, module)
            home = ambiguous(self.project, module, "", self.path)
            if home is not None:
                self.command.leave_at(node, module, home)
            return
        if alias.evaluated_alias:
            why = self._renamed(node, alias, rules)
        else:
            why = DottedImport(self.uses, self.renamed, node, alias).rewrite(rules)
        if why == self.uses.SEVERAL and self.attributes.take_all(node, alias, module):
            return
        if why:
            self.command.leave(node, module, rules[0], why)

    def _renamed(self, node: cst.Import, alias: cst.ImportAlias, rules: list[Rule]) -> str:
        """`import m as n`: only the statement changes."""
        local = alias.evaluated_alias or ""
        target, why = self.uses.target(
            alias.evaluated_name, rules, self.uses.attributes(local, node)
        )
        why = why or self.uses.taken_by_others(local, node)
        if not why:
            self.uses.replace(node, alias, target, "" if target == local else local)
        return why
