"""Which binding a name means: scopes of one parsed file, read statically."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, Protocol, TypeVar

Kind = Literal["import", "assign", "def", "class", "parameter", "delete", "other"]
Function = (ast.FunctionDef, ast.AsyncFunctionDef)
Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Binding(NamedTuple):
    """One place that gives a name a value.

    `target` is the dotted name of what an import binds, absolute for absolute imports,
    with its leading dots for relative ones. `value` is the right side of a plain
    assignment to one name. `node` is the statement (or the parameter, the handler, ...).
    """

    kind: Kind
    name: str
    node: ast.AST
    target: str = ""
    value: ast.expr | None = None
    alias: ast.alias | None = None


ValueT_co = TypeVar("ValueT_co", covariant=True)


class Binds(Protocol[ValueT_co]):
    """What is asked of a binding, be it of a tree of `ast` or of libcst."""

    @property
    def kind(self) -> str:
        """How the name gets its value: import, assign, ..."""

    @property
    def target(self) -> str:
        """The dotted name of what an import binds."""

    @property
    def value(self) -> ValueT_co | None:
        """The right side of a plain assignment to one name."""


def only_target(bindings: Sequence[Binds[object]]) -> str:
    """The dotted name that all bindings of a name import; '' if it may mean anything else."""
    targets = {binding.target for binding in bindings}
    is_sure = len(targets) == 1 and all(binding.kind == "import" for binding in bindings)
    return targets.pop() if is_sure else ""


def only_value(bindings: Sequence[Binds[ValueT_co]]) -> ValueT_co | None:
    """What a name is assigned that is bound by one plain assignment and nothing else."""
    is_sure = len(bindings) == 1 and bindings[0].kind == "assign"
    return bindings[0].value if is_sure else None


class NameScope:
    """The names that one module, class, function, lambda or comprehension binds."""

    def __init__(self, node: ast.AST, parent: NameScope | None) -> None:
        self.node = node
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}
        self.stars: list[ast.ImportFrom] = []
        self.declared_global: set[str] = set()
        self.declared_nonlocal: set[str] = set()

    @property
    def is_class(self) -> bool:
        """Whether it is the body of a class, which nested functions cannot see."""
        return isinstance(self.node, ast.ClassDef)

    def find(self, name: str) -> tuple[NameScope, list[Binding]] | None:
        """The scope that binds `name` as seen from here, and all its bindings there."""
        scope: NameScope | None = self
        while scope is not None:
            if name in scope.declared_global:
                while scope.parent is not None:
                    scope = scope.parent
            elif scope.is_class and scope is not self:
                scope = scope.parent
                continue
            if name in scope.bindings:
                return scope, scope.bindings[name]
            scope = scope.parent
        return None

    @property
    def module(self) -> NameScope:
        """The scope of the whole file."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


class ScopeTree:
    """All scopes of a tree: `scope_of` every node, `parent_of` every node."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = NameScope(tree, None)
        self.scope_of: dict[ast.AST, NameScope] = {}
        self.parent_of: dict[ast.AST, ast.AST] = {}
        self.scope_at: dict[ast.AST, NameScope] = {tree: self.module}
        self._late: list[tuple[NameScope, Binding]] = []
        self._visit_all(ast.iter_child_nodes(tree), self.module, tree)
        for scope, binding in self._late:
            _owner(scope, binding.name).bindings.setdefault(binding.name, []).append(binding)

    # --- asking ------------------------------------------------------------------

    def bound_anywhere(self, name: str) -> list[Binding]:
        """Every binding of `name`, in whatever scope of the file."""
        return [b for _, b in self._late if b.name == name]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around `node`, from the nearest outwards."""
        while node in self.parent_of:
            node = self.parent_of[node]
            yield node

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds `node` (or is it)."""
        while not isinstance(node, ast.stmt):
            node = self.parent_of[node]
        return node

    def lookup(self, name: ast.Name) -> tuple[NameScope, list[Binding]] | None:
        """Where the name is bound, as seen from where it stands."""
        return self.scope_of[name].find(name.id)

    def resolve(self, expr: ast.expr, depth: int = 0) -> str:
        """The dotted name of what an expression means by its imports; empty when unknown.

        A name that is bound in more than one way, that a later star import may rebind,
        or that is anything but an import or an alias of one, is unknown.
        """
        if isinstance(expr, ast.Attribute):
            base = self.resolve(expr.value, depth)
            return f"{base}.{expr.attr}" if base else ""
        if not isinstance(expr, ast.Name) or depth > 8:
            return ""
        found = self.lookup(expr)
        if found is None:
            return ""
        scope, bindings = found
        if any(star.lineno > bindings[-1].node.lineno for star in scope.stars):  # type: ignore[attr-defined]
            return ""
        value = only_value(bindings)
        return only_target(bindings) or (self.resolve(value, depth + 1) if value else "")

    # --- building ----------------------------------------------------------------

    def _bind(self, scope: NameScope, binding: Binding) -> None:
        self._late.append((scope, binding))

    def _visit_all(self, nodes: Iterator[ast.AST], scope: NameScope, parent: ast.AST) -> None:
        for node in nodes:
            self._visit(node, scope, parent)

    def _visit(self, node: ast.AST, scope: NameScope, parent: ast.AST) -> None:
        self.scope_of[node] = scope
        self.parent_of[node] = parent
        if isinstance(node, (*Function, ast.Lambda)):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, Comprehension):
            self._comprehension(node, scope)
        else:
            self._note_binding(node, scope)
            self._visit_all(ast.iter_child_nodes(node), scope, node)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: NameScope
    ) -> None:
        inner = scope
        if not isinstance(node, ast.Lambda):
            self._bind(scope, Binding("def", node.name, node))
            self._visit_all(iter(node.decorator_list), scope, node)
            inner = self._type_parameters(node, scope)
            if node.returns:
                self._visit(node.returns, inner, node)
        own = NameScope(node, inner)
        self.scope_at[node] = own
        arguments = node.args
        self.scope_of[arguments] = scope
        self.parent_of[arguments] = node
        everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for one in (*everything, arguments.vararg, arguments.kwarg):
            if one is not None:
                self._bind(own, Binding("parameter", one.arg, one))
                self._visit(one, inner, arguments)
        defaults = [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
        self._visit_all(iter(defaults), scope, arguments)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self._visit_all(iter(body), own, node)

    def _class(self, node: ast.ClassDef, scope: NameScope) -> None:
        self._bind(scope, Binding("class", node.name, node))
        self._visit_all(iter(node.decorator_list), scope, node)
        inner = self._type_parameters(node, scope)
        self._visit_all(iter([*node.bases, *node.keywords]), inner, node)
        own = NameScope(node, inner)
        self.scope_at[node] = own
        self._visit_all(iter(node.body), own, node)

    def _type_parameters(self, node: ast.AST, scope: NameScope) -> NameScope:
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return scope
        inner = NameScope(node, scope)
        for parameter in parameters:
            self._bind(inner, Binding("other", parameter.name, parameter))
            self._visit(parameter, inner, node)
        return inner

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: NameScope
    ) -> None:
        own = NameScope(node, scope)
        self.scope_at[node] = own
        for number, generator in enumerate(node.generators):
            self.scope_of[generator] = own
            self.parent_of[generator] = node
            # The first iterable is evaluated outside, all the rest inside.
            self._visit(generator.iter, own if number else scope, generator)
            self._visit_all(iter([generator.target, *generator.ifs]), own, generator)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._visit_all(iter(parts), own, node)

    def _note_binding(self, node: ast.AST, scope: NameScope) -> None:
        if isinstance(node, ast.Name):
            self._note_name(node, scope)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                target = alias.name if alias.asname else name
                self._bind(scope, Binding("import", name, node, target, None, alias))
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                if alias.name == "*":
                    scope.stars.append(node)
                    continue
                target = f"{module}{'' if module.endswith('.') else '.'}{alias.name}"
                name = alias.asname or alias.name
                self._bind(scope, Binding("import", name, node, target, None, alias))
        elif isinstance(node, ast.Global):
            scope.declared_global.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            scope.declared_nonlocal.update(node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            if node.name:
                self._bind(scope, Binding("other", node.name, node))
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self._bind(scope, Binding("other", node.rest, node))

    def _note_name(self, node: ast.Name, scope: NameScope) -> None:
        if isinstance(node.ctx, ast.Load):
            return
        parent = self.parent_of[node]
        if isinstance(node.ctx, ast.Del):
            self._bind(scope, Binding("delete", node.id, node))
        elif isinstance(parent, ast.NamedExpr):
            outer = scope
            while isinstance(outer.node, Comprehension) and outer.parent is not None:
                outer = outer.parent
            self._bind(outer, Binding("other", node.id, node))
        elif (isinstance(parent, ast.Assign) and len(parent.targets) == 1) or (
            isinstance(parent, ast.AnnAssign) and parent.value is not None
        ):
            self._bind(scope, Binding("assign", node.id, parent, "", parent.value))
        elif isinstance(parent, ast.AnnAssign):
            # `x: int` alone gives no value, but it makes x local to a function.
            self._bind(scope, Binding("other", node.id, parent))
        else:
            self._bind(scope, Binding("other", node.id, node))


def _owner(scope: NameScope, name: str) -> NameScope:
    if name in scope.declared_global:
        return scope.module
    if name in scope.declared_nonlocal:
        outer = scope.parent
        while outer is not None and (outer.is_class or name in outer.declared_nonlocal):
            outer = outer.parent
        return outer or scope
    return scope
