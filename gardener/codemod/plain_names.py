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
    from collections.abc import Iterator

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
        inner: cst.CSTNode = node
        for around in self.index.ancestors(node):
            is_inside = not isinstance(around, cst.FunctionDef) or inner is around.body
            if around in holders and is_inside:
                return holders[around]
            inner = around
        return ""

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
            more = {name for name, root in pairs if root in meaningful} - meaningful
            if not more:
                return meaningful
            meaningful |= more

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
            scopes = (cst.FunctionDef, cst.ClassDef, cst.Module)
            around = self.index.ancestors(statement)
            holder = next(node for node in around if isinstance(node, scopes))
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
