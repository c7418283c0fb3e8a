"""`import a.b` with its uses `a.b.c`: the statement and all uses change, or none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import ClassScope, GlobalScope

from gardener.codemod.meaning import Bound

from ._import_shapes import dotted
from ._rules import Rule

if TYPE_CHECKING:
    from ._module_uses import ModuleUses


class DottedImport:
    """One `import a.b` with its uses `a.b.c`."""

    def __init__(
        self,
        uses: ModuleUses,
        renamed: Collection[cst.CSTNode],
        node: cst.Import,
        alias: cst.ImportAlias,
    ) -> None:
        """`renamed` are strings that name the new module from now on."""
        self.uses = uses
        self.renamed = renamed
        self.command = uses.command
        self.index = uses.index
        self.names = uses.names
        self.node = node
        self.alias = alias
        self.module = alias.evaluated_name
        self.root = self.module.partition(".")[0]
        self.scope = uses.names.scope(node)
        self.used: list[str] = []
        self.places: list[cst.BaseExpression] = []
        self.others: list[str] = []

    def rewrite(self, rules: list[Rule]) -> str:
        """Change the statement and all uses, or say why not."""
        root = self.root
        if self._is_declared_elsewhere():
            return f"{root} is bound for another scope"
        bindings = self.names.own(self.scope).get(root, [])
        if any(bound.kind != "import" or bound.target != root for bound in bindings):
            return f"{root} has another meaning too"
        why = self._collect()
        if why:
            return why
        target, why = self.uses.target(self.module, rules, (self.used, ""))
        why = why or self._needed_besides(bindings, target)
        if why:
            return why
        reached = self._reached()
        new_root = target.partition(".")[0]
        if new_root != root and self._is_taken(new_root):
            reached = reached or f"{new_root} has another meaning in this file"
        if reached and "." in self.module:
            return reached
        if reached:  # `import old` binds just one name: it can stay
            self.uses.replace(self.node, self.alias, target, root)
            return ""
        self.uses.replace(self.node, self.alias, target, "")
        for place in self.places:
            self.command.change(place, partial(_in_place_of, name=target))
        return ""

    def _is_declared_elsewhere(self) -> bool:
        """Whether the scope says `global` or `nonlocal` of the name."""
        for declared in self.index.find(cst.NameItem):
            if declared.name.value == self.root and self.names.scope(declared) is self.scope:
                return True
        return False

    def _collect(self) -> str:
        """Find the uses of the module, and of other modules by the same name."""
        for name in self.uses.reads(self.root):
            bindings = self.names.bound(name)
            if not bindings or bindings[0].scope is not self.scope:
                continue
            chain: list[cst.BaseExpression] = [name]
            while isinstance(above := self.index.parent[chain[-1]], cst.Attribute):
                chain.append(above)
            texts = [get_full_name_for_node(part) or "" for part in chain]
            if self.module not in texts:
                self.others.append(texts[-1])
                continue
            place = chain[texts.index(self.module)]
            after = self.index.parent[place]
            if not isinstance(after, cst.Attribute) or not self.uses.is_read(after):
                return f"line {self.command.line(name)} uses the module itself"
            self.used.append(after.attr.value)
            self.places.append(place)
        return ""

    def _needed_besides(self, bindings: list[Bound], target: str) -> str:
        """Why the file needs the import for more than the module's own names; '' = it does not."""
        if target.partition(".")[0] != self.root and self.others and len(bindings) < 2:
            return f"other uses of {self.root} need this import"
        plainly_imported = [
            alias.evaluated_name
            for bound in bindings
            if isinstance(bound.node, cst.Import)
            for alias in bound.node.names
            if alias is not self.alias and alias.evaluated_alias is None
        ]
        for text in self.others:
            parts = text.split(".")
            for count in range(2, len(parts) + 1):
                module = ".".join(parts[:count])
                if not self.uses.modules.locate(module, self.uses.path):
                    break
                if not any(f"{t}.".startswith(f"{module}.") for t in (target, *plainly_imported)):
                    return f"{module} may be loaded by this import only"
        return ""

    def _reached(self) -> str:
        """Who else reaches the module by the name that the import binds; '' = nobody."""
        root, module, mentions = self.root, self.module, self.uses.mentions
        if isinstance(self.scope, ClassScope):
            return f"{root} is an attribute of a class"
        for node, text in mentions.strings:
            if node not in self.renamed and root in text and _says(text, module):
                return f"line {self.command.line(node)} names {module} in a string"
        last_name = mentions.own.rpartition(".")[2]
        if isinstance(self.scope, GlobalScope) and last_name:
            for path in self.command.project.containing(f"{last_name}.{root}"):
                return f"{path} may reach it as {last_name}.{root}"
        return ""

    def _is_taken(self, name: str) -> bool:
        """Whether a name means something else at a use, or is needed for something else."""
        scopes = [self.scope.globals, *map(self.names.scope, (self.node, *self.places))]
        return any(
            bound.scope is not None and bound.target != name
            for scope in scopes
            for bound in self.names.lookup(name, scope)
        )


def _in_place_of(old: cst.BaseExpression, name: str) -> cst.BaseExpression:
    return dotted(name).with_changes(lpar=old.lpar, rpar=old.rpar)


def _says(text: str, module: str) -> bool:
    """Whether a string is the module's name, or an expression that reads from it."""
    if text == module:
        return True
    if f"{module}." not in text or len(text) > 500:
        return False
    try:
        expression = cst.parse_expression(text.strip())
    except (cst.ParserSyntaxError, ValueError):
        return False
    return any(_reads(node, module) for node in _below(expression))


def _reads(node: cst.CSTNode, module: str) -> bool:
    return isinstance(node, cst.Attribute) and get_full_name_for_node(node.value) == module


def _below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _below(child)
