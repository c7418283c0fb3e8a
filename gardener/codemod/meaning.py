"""What names mean in a file: libcst's scopes, and what they leave open is unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst
from libcst import metadata

from gardener.codemod.bound import only_target, only_value
from gardener.codemod.carved import LeftOut
from gardener.codemod.file_text import Unparsable
from gardener.codemod.plain_names import PlainNames
from gardener.codemod.pruned import Pruned
from gardener.codemod.unrecorded import Unrecorded

if TYPE_CHECKING:
    from gardener.codemod.node_index import NodeIndex

Scope = metadata.Scope


class Bound(NamedTuple):
    """One place that gives a name a value.

    `kind` is import, assign, def, class, parameter or other. `target` is the dotted name
    of what an import binds, with its leading dots; `value` is the right side of a plain
    assignment to one name.
    """

    kind: str
    name: str
    node: cst.CSTNode
    scope: Scope | None = None
    target: str = ""
    value: cst.BaseExpression | None = None


def scopes_of(wrapper: metadata.MetadataWrapper) -> Mapping[cst.CSTNode, object]:
    """The scope of each node of a tree, by libcst's own analysis.

    Raises:
        Unparsable: it is no program, as with `nonlocal` outside of functions.
    """
    try:
        return wrapper.resolve(metadata.ScopeProvider)
    except NotImplementedError as wrong:
        raise Unparsable(f"does not parse: {wrong}") from None


class Names:
    """Names of one tree; `scopes` is what libcst's ScopeProvider found in it."""

    def __init__(
        self,
        scopes: Mapping[cst.CSTNode, object] | Callable[[], Mapping[cst.CSTNode, object]],
        index: NodeIndex,
        pruned: Pruned | None = None,
        is_left_out: Callable[[str], bool] = lambda _name: False,
    ) -> None:
        """Scopes may be found out when they are asked for.

        `pruned` is the part of the tree that the scopes are of, if they are of a part;
        `is_left_out` tells whether a name occurs in what the tree does not hold.
        """
        self._scopes = scopes
        self.index = index
        self.pruned = pruned
        self.is_left_out = is_left_out

    @cached_property
    def scopes(self) -> Mapping[cst.CSTNode, object]:
        """The scope of each node."""
        return self._scopes() if callable(self._scopes) else self._scopes

    def scope(self, node: cst.CSTNode) -> Scope:
        """The scope that a node is evaluated in.

        Raises:
            LeftOut: it is in a function that was left out.
        """
        new = self.pruned.new if self.pruned is not None else {}
        for around in (node, *self.index.ancestors(node)):
            if self.pruned is not None and around in self.pruned.left_out and around is not node:
                raise LeftOut
            scope = self.scopes.get(new.get(around, around))
            if isinstance(scope, Scope):
                return scope
        raise KeyError(node)

    def holder(self, scope: Scope) -> cst.CSTNode | None:
        """The class, function, lambda or comprehension of a scope; None for the module."""
        node = getattr(scope, "node", None)
        return self._original(node) if isinstance(node, cst.CSTNode) else None

    def _original(self, node: cst.CSTNode) -> cst.CSTNode:
        return self.pruned.old.get(node, node) if self.pruned is not None else node

    def lookup(self, name: str, scope: Scope) -> list[Bound]:
        """All that binds a name as it is seen from a scope, in order."""
        bindings = [self._bound(assignment) for assignment in scope[name]]
        unrecorded = self.unrecorded.seen_in(name, self.holder(scope) or self._module)
        if unrecorded:
            bindings = [bound for bound in bindings if bound.scope is not None]  # no built-in one
            scope = next((bound.scope for bound in bindings if bound.scope is not None), scope)
            bindings = _with_others(bindings, [(place, scope) for place in unrecorded])
        order = self.index.order
        return sorted(bindings, key=lambda bound: order.get(bound.node, 0))

    def bound(self, node: cst.CSTNode) -> list[Bound]:
        """All that binds the name that a node is; none for another node."""
        return self.lookup(node.value, self.scope(node)) if isinstance(node, cst.Name) else []

    def bound_anywhere(self, name: str) -> list[Bound]:
        """Every binding of a name, in whatever scope of the file.

        Raises:
            LeftOut: there may be some in what was left out.
        """
        if self.is_left_out(name):
            raise LeftOut(name)
        if not self.plain.is_bound(name):
            return []
        bindings = [self._bound(a) for scope in self._all for a in scope.assignments[name]]
        places = self.unrecorded.places.get(name, ())
        return _with_others(
            bindings, [(place, self._scope_of_statement(place)) for place in places]
        )

    def own(self, scope: Scope) -> dict[str, list[Bound]]:
        """The names that a scope itself binds."""
        names: dict[str, list[Bound]] = defaultdict(list)
        for assignment in scope.assignments:
            names[assignment.name].append(self._bound(assignment))
        for place in self.unrecorded.own(self.holder(scope) or self._module):
            names[place.value] = _with_others(names[place.value], [(place, scope)])
        return names

    def meaning(self, node: cst.CSTNode, depth: int = 0) -> str:
        """The dotted name of what an expression means by its imports; empty when unknown.

        A name that is bound in more than one way, that a later star import may rebind, or that
        is anything but an import or an alias of one, is unknown.
        """
        if isinstance(node, cst.Attribute):
            base = self.meaning(node.value, depth)
            return f"{base}.{node.attr.value}" if base else ""
        if not isinstance(node, cst.Name) or depth > 8:
            return ""
        plain = self.plain.target(node)
        if plain is not None:
            return plain
        bindings = self.bound(node)
        if not bindings or self._starred_after(bindings):
            return ""
        value = only_value(bindings)
        return only_target(bindings) or (self.meaning(value, depth + 1) if value else "")

    @cached_property
    def plain(self) -> PlainNames:
        """What is known of names without scopes."""
        return PlainNames(self.index)

    @cached_property
    def unrecorded(self) -> Unrecorded:
        """What binds names, but is not in libcst's scopes."""
        return Unrecorded(self.plain.symbols)

    @cached_property
    def stars(self) -> list[cst.ImportFrom]:
        """The star imports: only a module may have one."""
        return [self._import_of(star) for star in self.index.find(cst.ImportStar)]

    def visible(self, node: cst.CSTNode) -> Iterator[Bound]:
        """Imports that are surely done, and still mean the same, where a node is evaluated."""
        passed: set[str] = set()
        first = scope = self.scope(node)
        place = self.index.order[node]
        while not isinstance(scope, metadata.BuiltinScope):
            if not (isinstance(scope, metadata.ClassScope) and scope is not first):
                yield from self._done_in(scope, place, passed)
            scope = scope.parent

    def seen(self, node: cst.CSTNode, targets: Collection[str]) -> list[tuple[str, str]]:
        """The target and the name of those of `visible` that mean one of some targets."""
        plain = self.plain.seen(node, targets)
        if plain is not None:
            return plain
        return [(bound.target, bound.name) for bound in self.visible(node)]

    def _done_in(self, scope: Scope, place: int, passed: set[str]) -> Iterator[Bound]:
        for name, bindings in self.own(scope).items():
            if name in passed or "." in name:
                continue
            passed.add(name)
            if name in self.unrecorded.places or not only_target(bindings):
                continue
            if self._starred_after(bindings):
                continue
            if any(self.index.order[b.node] < place and self._is_top(b, scope) for b in bindings):
                yield bindings[0]

    def _is_top(self, bound: Bound, scope: Scope) -> bool:
        """Whether a statement stands directly in the body of its scope."""
        line = self.index.parent[bound.node]
        block = self.index.parent.get(line)
        if isinstance(block, cst.IndentedBlock):
            block = self.index.parent.get(block)
        return block is (self.holder(scope) or self._module)

    @cached_property
    def _module(self) -> cst.CSTNode:
        return next(iter(self.index.order))

    def _starred_after(self, bindings: list[Bound]) -> bool:
        """Whether a star import may rebind what the last of some bindings gives."""
        last = max(bindings, key=lambda bound: self.index.order.get(bound.node, 0))
        scopes = {bound.scope for bound in bindings}
        at = self.index.order.get(last.node, 0)
        return any(
            self.index.order[star] > at and self.scope(star) in scopes for star in self.stars
        )

    def _import_of(self, star: cst.CSTNode) -> cst.ImportFrom:
        node = self.index.parent[star]
        assert isinstance(node, cst.ImportFrom)
        return node

    # --- libcst's assignments ---------------------------------------------------------------------

    def _scope_of_statement(self, node: cst.CSTNode) -> Scope:
        statements = (cst.BaseSmallStatement, cst.BaseCompoundStatement)
        return self.scope(next(a for a in self.index.ancestors(node) if isinstance(a, statements)))

    @cached_property
    def _all(self) -> list[Scope]:
        scopes = {id(scope): scope for scope in self.scopes.values() if isinstance(scope, Scope)}
        return list(scopes.values())

    def _bound(self, assignment: metadata.BaseAssignment) -> Bound:
        name, scope = assignment.name, assignment.scope
        if isinstance(assignment, metadata.ImportAssignment):
            names = {qualified.name for qualified in assignment.get_qualified_names_for(name)}
            target = names.pop() if len(names) == 1 else ""
            return Bound("import" if target else "other", name, assignment.node, scope, target)
        if not isinstance(assignment, metadata.Assignment):
            return Bound("other", name, self._module)
        node = self._original(assignment.node)
        kinds = {cst.FunctionDef: "def", cst.ClassDef: "class", cst.Param: "parameter"}
        if type(node) in kinds:
            return Bound(kinds[type(node)], name, node, scope)
        above = self.index.parent.get(node)
        if isinstance(above, cst.AssignTarget):
            statement = self.index.parent[above]
            if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
                return Bound("assign", name, statement, scope, "", statement.value)
        if isinstance(above, cst.AnnAssign) and above.value is not None:
            return Bound("assign", name, above, scope, "", above.value)
        return Bound("other", name, node, scope)


def _with_others(bindings: list[Bound], places: Iterable[tuple[cst.Name, Scope]]) -> list[Bound]:
    """Bindings with those of some places that libcst has not recorded."""
    recorded = {bound.node for bound in bindings}
    further = [Bound("other", p.value, p, scope) for p, scope in places if p not in recorded]
    return [*bindings, *further]
