"""What names mean that imports alone bind: the import says it, and `symtable` which scope has the name."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_full_name_for_node

from gardener.codemod.tree_symbols import TreeSymbols

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gardener.codemod.node_index import NodeIndex


class PlainNames:
    """The names of one tree, as far as they are told without libcst's scopes."""

    def __init__(self, index: NodeIndex) -> None:
        self.index = index
        self.symbols = TreeSymbols(index)

    def target(self, node: cst.Name) -> str | None:
        """The dotted name of what a name means, '' for nothing; None where only libcst's scopes can tell."""
        if node.value not in self._meaningful:
            return ""
        imported = self._imported(node.value, node)
        if imported is None:
            return None
        targets = {target for _, target in imported[1]}
        if targets:
            return targets.pop() if len(targets) == 1 else ""
        return None if node.value in self._aliases else ""

    def imports(self, node: cst.BaseExpression) -> list[cst.CSTNode] | None:
        """The statements that import a name as it is meant at a place; None where only scopes can tell."""
        if not isinstance(node, cst.Name) or node.value not in self._imports:
            return None
        imported = self._imported(node.value, node)
        return [statement for statement, _ in imported[1]] if imported and imported[1] else None

    def seen(self, node: cst.CSTNode, targets: Collection[str]) -> list[tuple[str, str]] | None:
        """Names that surely mean one of some targets at a place: pairs of target and name, the
        nearest first; None where only scopes can tell.
        """
        pairs: list[tuple[int, int, str, str]] = []
        depths = {around: depth for depth, around in enumerate(self.index.ancestors(node))}
        order = self.index.order
        for name, imports in self._imports.items():
            if not any(target in targets for _, target in imports):
                continue
            imported = self._imported(name, node)
            if imported is None:
                return None
            owner, statements = imported
            meanings = {target for _, target in statements}
            places = [order[s] for s, _ in statements if self._is_first(s, owner, node)]
            if len(meanings) == 1 and meanings <= {*targets} and places:
                pairs.append((depths[owner], min(places), meanings.pop(), name))
        return [pair[2:] for pair in sorted(pairs, key=lambda pair: pair[:2])]

    def _is_first(self, statement: cst.CSTNode, owner: cst.CSTNode, node: cst.CSTNode) -> bool:
        """Whether a statement stands directly in the body of a function or module, before a node."""
        block = self.index.parent.get(self.index.parent[statement])
        if isinstance(block, cst.IndentedBlock):
            block = self.index.parent.get(block)
        return block is owner and self.index.order[statement] < self.index.order[node]

    def _imported(
        self, name: str, node: cst.CSTNode
    ) -> tuple[cst.CSTNode, list[tuple[cst.CSTNode, str]]] | None:
        """The scope that has a name at a place, and what imports it there if nothing else gives it a
        value; None where that is not told.
        """
        if any(self.index.find(cst.ImportStar)):
            return None
        owner = self.symbols.owner_at(name, node)
        if owner is None or isinstance(owner, cst.ClassDef):
            return None
        if self.symbols.is_shared(name, owner):
            return None
        if not self.symbols.is_only_imported(name, owner):
            return owner, []
        holder = self.symbols.holder
        return owner, [pair for pair in self._imports[name] if holder(pair[0]) is owner]

    def is_bound(self, name: str) -> bool:
        """Whether anything in the tree may bind a name."""
        return self.symbols.is_bound(name)

    # --- names that may mean something -------------------------------------------------------

    @cached_property
    def _imports(self) -> dict[str, list[tuple[cst.CSTNode, str]]]:
        """The statements that import each name, and what it means by them."""
        imports: dict[str, list[tuple[cst.CSTNode, str]]] = defaultdict(list)
        for plain in self.index.find(cst.Import):
            for alias in plain.names:
                target = alias.evaluated_name
                local = alias.evaluated_alias or target.partition(".")[0]
                imports[local].append((plain, target if alias.evaluated_alias else local))
        for origin in self.index.find(cst.ImportFrom):
            if isinstance(origin.names, cst.ImportStar):
                continue
            base = "." * len(origin.relative)
            base += (get_full_name_for_node(origin.module) or "") if origin.module else ""
            base += "" if base.endswith(".") else "."
            for alias in origin.names:
                local = alias.evaluated_alias or alias.evaluated_name
                imports[local].append((origin, f"{base}{alias.evaluated_name}"))
        return imports

    @cached_property
    def _meaningful(self) -> set[str]:
        """Names that are imported, or assigned what such a name is or has."""
        meaningful = set(self._imports)
        while True:
            added = {name for name, roots in self._aliases.items() if roots & meaningful}
            added -= meaningful
            if not added:
                return meaningful
            meaningful |= added

    @cached_property
    def _aliases(self) -> dict[str, set[str]]:
        aliases: dict[str, set[str]] = defaultdict(set)
        for name, root in self._assigned():
            aliases[name].add(root)
        return aliases

    def _assigned(self) -> Iterator[tuple[str, str]]:
        """Names that are assigned another name or an attribute, and the name that this begins with."""
        statements: list[cst.Assign | cst.AnnAssign] = [*self.index.find(cst.Assign)]
        for statement in (*statements, *self.index.find(cst.AnnAssign)):
            targets = (
                [each.target for each in statement.targets]
                if isinstance(statement, cst.Assign)
                else [statement.target]
            )
            root = statement.value
            while isinstance(root, cst.Attribute):
                root = root.value
            if isinstance(root, cst.Name):
                for target in targets:
                    if isinstance(target, cst.Name):
                        yield target.value, root.value
