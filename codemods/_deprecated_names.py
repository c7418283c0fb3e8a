"""`from m import name`: which of the names have a new home, and whether the file may go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ._deprecated_uses import OtherUses
from ._import_choices import alternatives, is_chosen_in
from ._import_obstacles import obstacle
from ._import_shapes import Move
from ._rules import Home, Rule, home_of, rules_for

if TYPE_CHECKING:
    from ._deprecated_attributes import AttributeUses
    from ._module_uses import ModuleUses
    from ._rule_command import RuleCommand


class NameImports:
    """The `from` imports of one file."""

    def __init__(self, command: RuleCommand, uses: ModuleUses, attributes: AttributeUses) -> None:
        self.command = command
        self.uses = uses
        self.attributes = attributes
        self.mentions = command.mentions
        self.modules = command.mentions.modules
        self.path = command.mentions.path
        self.project = command.project

    def take(self, node: cst.ImportFrom) -> None:
        """Move the names of a statement whose new homes are certain, and tell the others."""
        module = self.mentions.module_of(node)
        if not module:
            return
        if self.mentions.is_asked_for(module):
            if self.mentions.whole(module):
                why = "sys.modules is asked for it"
                self.command.note(node, f"{module} is deprecated, left as it is: {why}")
            return
        if isinstance(node.names, cst.ImportStar):
            self._star(node, module)
            return
        branches = alternatives(self.command.index, node)
        moves = []
        for alias in node.names:
            home = self._home(node, module, alias)
            if home is None or (branches and self._is_chosen(branches, home)):
                continue
            if home.rule is not None and home.rule.before and not home.why:
                home = OtherUses(self.command).rewrite(alias, home)
            if home.why:
                self.command.leave_at(alias, f"{module}.{alias.evaluated_name}", home)
            else:
                moves.append(_move(alias, home))
        if moves:
            self.command.edits.move(node, moves)

    def _is_chosen(self, branches: list[cst.CSTNode], home: Home) -> bool:
        """Whether an import is one of several, of which another may be from the new home."""
        return bool(home.why) or is_chosen_in(self.mentions, branches, home.module, home.name)

    def _star(self, node: cst.ImportFrom, module: str) -> None:
        rules = [r for r in rules_for(self.project, module, self.path) if r.name in ("", "*")]
        if rules and not alternatives(self.command.index, node):
            why = "a star import has to be written out first"
            self.command.leave(node, f"{module}.*", rules[0], why)

    # --- the home of one name --------------------------------------------------------------

    def _home(self, node: cst.ImportFrom, module: str, alias: cst.ImportAlias) -> Home | None:
        """Where a name is now, or why it stays; None if there is nothing to say."""
        name = alias.evaluated_name
        submodule = f"{module}.{name}"
        if module == self.mentions.own and not self.modules.locate(submodule, self.path):
            return None
        home = self._named(node, module, alias)
        if home is None or self.mentions.awaited.uses(alias.evaluated_alias or name):
            return None
        return home

    def _named(self, node: cst.ImportFrom, module: str, alias: cst.ImportAlias) -> Home | None:
        name = alias.evaluated_name
        submodule = f"{module}.{name}"
        if rules_for(self.project, submodule, self.path) and self._is_module(submodule):
            module_rules = self.mentions.whole(submodule)
            if module_rules is not None:
                return self._module_home(node, alias, submodule, module_rules)
            self.attributes.take(node, alias, submodule)
        home = home_of(self.project, module, name, self.path)
        if home is not None and home.module == self.mentions.own:
            return None  # the import that makes this file the new home
        if home is None or home.why:
            return home
        return self._acceptable(node, f"{module}.{name}", home)

    def _is_module(self, name: str) -> bool:
        """Whether a dotted name is a module, as far as is known."""
        definition = self.modules.define(name, self.path)
        return definition.binding is None if definition else self.mentions.is_configured(name)

    def _module_home(
        self, node: cst.ImportFrom, alias: cst.ImportAlias, module: str, rules: list[Rule]
    ) -> Home | None:
        """The new home of a module that is imported as a name."""
        uses = self.uses
        local = alias.evaluated_alias or alias.evaluated_name
        target, why = uses.target(module, rules, uses.attributes(local, node))
        if why == uses.SEVERAL and self.attributes.take_all(node, alias, module):
            return None
        why = why or uses.taken_by_others(local, node)
        if why:
            return Home(why=why, rule=rules[0])
        parent, _, last = target.rpartition(".")
        if not parent:
            return Home(why=f"{target} is no part of a package", rule=rules[0])
        return Home(parent, last, rule=rules[0])

    def _acceptable(self, node: cst.ImportFrom, old: str, home: Home) -> Home:
        """The home, unless importing from it here would break something."""
        why = obstacle(self.command, node, old, home)
        return Home(why=why, rule=home.rule) if why else home


def _move(alias: cst.ImportAlias, home: Home) -> Move:
    """How a name is imported from its new home; its local name stays."""
    assert home.rule is not None
    local = alias.evaluated_alias or alias.evaluated_name
    is_plain = alias.asname is None and home.name == local
    return Move(alias, home.module, home.name, "" if is_plain or home.rule.before else local)
