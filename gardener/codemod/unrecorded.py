"""Names that patterns, `del` and `:=` in comprehensions bind: libcst's scopes lack them, `symtable` has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from gardener.codemod.tree_symbols import TreeSymbols


_AROUND = (cst.BaseComp, cst.Lambda, cst.BaseSmallStatement, cst.BaseCompoundStatement)


class Unrecorded:
    """The places of one tree that bind names, of which libcst's scopes hold nothing, or hold it elsewhere."""

    def __init__(self, symbols: TreeSymbols) -> None:
        self.symbols = symbols

    @cached_property
    def places(self) -> dict[str, list[cst.Name]]:
        """All of them by name."""
        places: dict[str, list[cst.Name]] = defaultdict(list)
        for name in self._found():
            places[name.value].append(name)
        return places

    def seen_in(self, name: str, holder: cst.CSTNode) -> list[cst.Name]:
        """Those that bind a name as it is seen in a scope, or that may do so as nobody tells."""
        if name not in self.places:
            return []
        owner = self.symbols.owner_in(name, holder)
        return [p for p in self.places[name] if owner in (None, self._owner(p) or owner)]

    def own(self, holder: cst.CSTNode) -> Iterator[cst.Name]:
        """Those that bind, or may bind, a name of a scope itself."""
        for places in self.places.values():
            yield from (place for place in places if self._owner(place) in (None, holder))

    def _owner(self, place: cst.Name) -> cst.CSTNode | None:
        return self.symbols.owner_at(place.value, place)

    def _found(self) -> Iterator[cst.Name]:
        index = self.symbols.index
        for pattern in index.find(cst.MatchAs):
            yield from _names(pattern.name)
        for rest in index.find(cst.MatchStar):
            yield from _names(rest.name)
        for mapping in index.find(cst.MatchMapping):
            yield from _names(mapping.rest)
        for deletion in index.find(cst.Del):
            yield from _names(deletion.target)
        for assignment in index.find(cst.NamedExpr):
            around = (a for a in index.ancestors(assignment) if isinstance(a, _AROUND))
            if isinstance(next(around), cst.BaseComp):  # libcst takes it for a name of that
                yield from _names(assignment.target)


def _names(target: cst.CSTNode | None) -> Iterator[cst.Name]:
    if isinstance(target, cst.Name):
        yield target
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _names(element.value)
