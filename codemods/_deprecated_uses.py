"""Names whose uses change together with their import: `before` and `after` of a rule."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from ._expression_patterns import filled, holes_of, names_in, parsed
from ._rules import Home

if TYPE_CHECKING:
    from ._rule_command import RuleCommand

_STATEMENT = (cst.BaseSmallStatement, cst.BaseCompoundStatement)


class OtherUses:
    """The uses of one name of a file."""

    def __init__(self, command: RuleCommand) -> None:
        self.command = command
        self.index = command.index

    def rewrite(self, alias: cst.ImportAlias, home: Home) -> Home:
        """Rewrite the uses of a name as its rule says; or say why not."""
        rule = home.rule
        assert rule is not None
        why = self._hindered(alias, home)
        changes: list[cst.BaseExpression] = []
        pattern, name = parsed(rule.before), alias.evaluated_name
        for use in self._uses(name) if not why else ():
            changed_node = self._whole(use, pattern)
            if changed_node is None or names_in(rule.after) - names_in(rule.before):
                line = self.command.line(use)
                why = f"line {line} uses it in a way that the rule does not cover"
                break
            changes.append(changed_node)
        if why:
            return Home(why=why, rule=rule)
        for changed_node in changes:
            self.command.change(changed_node, partial(_changed, pattern=pattern, after=rule.after))
        return home

    def _hindered(self, alias: cst.ImportAlias, home: Home) -> str:
        names, local = self.command.names, alias.evaluated_alias or alias.evaluated_name
        if len(names.bound_anywhere(local)) != 1:
            return f"{local} has another meaning too"
        if alias.evaluated_alias:
            return "it is imported under another name"
        targets = {bound.target.rpartition(".")[2] for bound in names.bound_anywhere(home.name)}
        if home.name != local and targets - {home.name}:
            return f"{home.name} has another meaning in this file"
        return f"a string names {local}" if local in self.command.mentions.identifiers else ""

    def _uses(self, local: str) -> list[cst.Name]:
        self.command.sees(local)
        uses = []
        for name in self.index.find(cst.Name):
            above = self.index.parent[name]
            is_attribute = isinstance(above, cst.Attribute) and above.attr is name
            is_keyword = isinstance(above, cst.Arg) and above.keyword is name
            in_import = isinstance(above, (cst.ImportAlias, cst.ImportFrom))
            if name.value == local and not (is_attribute or is_keyword or in_import):
                uses.append(name)
        return uses

    def _whole(self, use: cst.Name, pattern: cst.BaseExpression) -> cst.BaseExpression | None:
        """The expression around a use that looks like the pattern."""
        current: cst.CSTNode = use
        while not isinstance(current, _STATEMENT):
            if isinstance(current, cst.BaseExpression) and holes_of(pattern, current) is not None:
                return current
            current = self.index.parent[current]
        return None


def _changed(
    old: cst.BaseExpression, pattern: cst.BaseExpression, after: str
) -> cst.BaseExpression:
    """What stands for an expression now; uses inside of it have changed already."""
    holes = holes_of(pattern, old)
    if holes is None:
        return old
    new = filled(after, holes)
    return new.with_changes(lpar=[*old.lpar, *new.lpar], rpar=[*new.rpar, *old.rpar])
