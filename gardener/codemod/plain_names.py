"""What names mean that imports alone bind: told by what stands around them, without libcst's scopes.

Scopes of a file cost five times what parsing it costs. A name that is imported and never given
another value, in whatever function, means the same in all of them; and one that nothing imports, nor
gives the value of an imported one, means nothing that a codemod asks for.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_full_name_for_node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gardener.codemod.tree import NodeIndex

_READING: tuple[type[cst.CSTNode], ...] = (
    *(cst.Attribute, cst.ImportAlias, cst.ImportFrom, cst.Call, cst.Arg, cst.Decorator),
    *(cst.Annotation, cst.Subscript, cst.Index, cst.Slice, cst.Return, cst.BinaryOperation),
    *(cst.UnaryOperation, cst.BooleanOperation, cst.Comparison, cst.ComparisonTarget),
    *(cst.Await, cst.Raise, cst.From, cst.Assert, cst.IfExp, cst.DictElement, cst.Expr),
    *(cst.StarredDictElement, cst.Yield, cst.FormattedStringExpression, cst.Lambda, cst.If),
    *(cst.While, cst.WithItem, cst.CompIf, cst.BaseSimpleComp, cst.DictComp, cst.Assign),
    *(cst.Match, cst.ExceptHandler, cst.MatchValue, cst.MatchClass),
)
"""Nodes that only read a name which stands directly in them."""
_READ_IN = {
    **dict.fromkeys((cst.AnnAssign, cst.AugAssign, cst.NamedExpr), "value"),
    **dict.fromkeys((cst.For, cst.CompFor), "iter"),
    cst.Param: "default",
}
"""The fields of others that only read one."""
_SEQUENCES = (cst.Tuple, cst.List)
_ELEMENTS = (cst.Element, cst.StarredElement)


class PlainNames:
    """The names of one tree."""

    def __init__(self, index: NodeIndex) -> None:
        self.index = index

    def target(self, node: cst.Name) -> str | None:
        """The dotted name of what a name means, '' for nothing; None where only scopes can tell."""
        name = node.value
        if name not in self._meaningful:
            return ""
        holders = self._holders(name)
        if holders is None or node not in self.index.parent:
            return None
        holder = self._holder(node, holders)
        return holders[holder] if holder is not None else ""

    def imports(self, node: cst.BaseExpression) -> list[cst.CSTNode] | None:
        """The statements that import a name as it is meant at a place; None where only scopes can tell."""
        if not isinstance(node, cst.Name) or node.value not in self._imports:
            return None
        holders = self._holders(node.value)
        holder = self._holder(node, holders) if holders is not None else None
        if holder is None:
            return None
        return [s for s, _ in self._imports[node.value] if self._holder_of(s) is holder]

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
            holders = self._holders(name)
            if holders is None or node not in self.index.parent:
                return None
            holder = self._holder(node, holders)
            if holder is None or holders[holder] not in targets:
                continue
            places = [order[s] for s, _ in imports if self._is_first(s, holder, node)]
            if places:
                pairs.append((depths[holder], min(places), holders[holder], name))
        return [pair[2:] for pair in sorted(pairs, key=lambda pair: pair[:2])]

    def _is_first(self, statement: cst.CSTNode, holder: cst.CSTNode, node: cst.CSTNode) -> bool:
        """Whether a statement stands directly in the body of a function or module, before a node."""
        block = self.index.parent.get(self.index.parent[statement])
        if isinstance(block, cst.IndentedBlock):
            block = self.index.parent.get(block)
        return block is holder and self.index.order[statement] < self.index.order[node]

    def occurs(self, name: str) -> bool:
        """Whether a name stands anywhere in the tree."""
        return name in self._names

    def _holder(self, node: cst.CSTNode, holders: Collection[cst.CSTNode]) -> cst.CSTNode | None:
        """The innermost of some functions, and the module, in whose body a node is."""
        inner = node
        for around in self.index.ancestors(node):
            if around in holders and (
                not isinstance(around, cst.FunctionDef) or inner is around.body
            ):
                return around
            inner = around
        return None

    def _holder_of(self, statement: cst.CSTNode) -> cst.CSTNode:
        """The function, the class or the module that a statement belongs to."""
        scopes = (cst.FunctionDef, cst.ClassDef, cst.Module)
        return next(node for node in self.index.ancestors(statement) if isinstance(node, scopes))

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
        pairs = list(self._assigned())
        while True:
            added = {name for name, root in pairs if root in meaningful} - meaningful
            if not added:
                return meaningful
            meaningful |= added

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

    # --- names that only imports bind -----------------------------------------------------------

    def _holders(self, name: str) -> dict[cst.CSTNode, str] | None:
        """The functions, and the module, that import a name, and what it means there; None = not told."""
        if name not in self._known:
            self._known[name] = self._find_holders(name)
        return self._known[name]

    @cached_property
    def _known(self) -> dict[str, dict[cst.CSTNode, str] | None]:
        return {}

    def _find_holders(self, name: str) -> dict[cst.CSTNode, str] | None:
        if any(self.index.find(cst.ImportStar)) or not all(map(self._is_read, self._names[name])):
            return None
        holders: dict[cst.CSTNode, str] = {}
        for statement, target in self._imports[name]:
            holder = self._holder_of(statement)
            if isinstance(holder, cst.ClassDef) or holders.setdefault(holder, target) != target:
                return None
        return holders

    @cached_property
    def _names(self) -> dict[str, list[cst.Name]]:
        names: dict[str, list[cst.Name]] = defaultdict(list)
        for node in self.index.find(cst.Name):
            names[node.value].append(node)
        return names

    def _is_read(self, node: cst.Name) -> bool:
        """Whether a name is surely not given a value where it stands, but for imports."""
        above = self.index.parent[node]
        if isinstance(above, _READING):
            return True
        field = _READ_IN.get(type(above))
        if field is not None:
            return getattr(above, field) is node
        if isinstance(above, cst.AsName):
            return isinstance(self.index.parent[above], cst.ImportAlias)
        return isinstance(above, _ELEMENTS) and self._is_read_element(above)

    def _is_read_element(self, element: cst.CSTNode) -> bool:
        """Whether an element stands in a sequence that is no target."""
        while isinstance(element, _ELEMENTS):
            sequence = self.index.parent[element]
            if not isinstance(sequence, _SEQUENCES):
                return isinstance(sequence, cst.Set)
            element = self.index.parent[sequence]
            field = _READ_IN.get(type(element))
            if field is not None:
                return getattr(element, field) is sequence
        return isinstance(element, _READING)
