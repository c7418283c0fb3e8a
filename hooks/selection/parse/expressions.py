"""Reads expressions, and the statements in functions: what they mention and call."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable

from .body import Body
from .calls import (
    ASKING_FOR_FIXTURES,
    FIXTURE_NAMES,
    note_call,
    note_command_line,
    note_fixtures,
)
from .file_draft import FileDraft
from .handed import note_handed
from .mentions import note_chain
from .operators import (
    ITERATING_NODES,
    ITERATOR_METHODS,
    OPERATING_NODES,
    may_ask_equality,
    may_iterate,
    methods_behind,
)
from .scope import TOP, Scope
from .spoken import JOINED_END, is_joiner, spoken_arguments, spoken_sides
from .strings import note_string
from .summary import DefinitionKind
from .syntax import (
    FunctionNode,
    ImportNode,
    all_arguments,
    chain_of,
    defaults_of,
    fields_of,
    last_of,
    passes_local,
    unpacks,
)

_NAMING = re.compile(rb"\.[A-Za-z]|py:|line ")
"""What bytes hold that name a file, or a line of one, as the output of a program does."""
_CHECKING = {"isinstance", "issubclass"}
_FORMATTING = {"format", "format_map"}


class Expressions:
    """Notes what the expressions of a file mention, each in the definition that it belongs to.

    `walrus` says whether some expression of the file may bind a name. `around` is the scope of the
    class body that is being read, or that of the file.
    """

    def __init__(self, *, walrus: bool) -> None:
        self.file = FileDraft()
        self.walrus = walrus
        self.around = TOP

    def visit(self, node: ast.AST, body: Body, scope: Scope) -> None:
        """Note in `body` what an expression or statement mentions that stands in `scope`."""
        visitor = _VISITORS.get(type(node))
        if visitor is not None:
            visitor(self, node, body, scope)
        else:
            self._parts(node, body, scope)

    def visit_all(self, nodes: list[ast.expr] | list[ast.stmt], body: Body, scope: Scope) -> None:
        """Visit one after the other."""
        for node in nodes:
            self.visit(node, body, scope)

    def annotations(self, node: FunctionNode, body: Body) -> None:
        """Note what the annotations of a function name, also in strings."""
        annotations = [argument.annotation for argument in all_arguments(node.args)]
        named = [a for a in (*annotations, node.returns) if a is not None]
        if not named:
            return
        mentioned = Body("", DefinitionKind.BINDING)
        self.visit_all(named, mentioned, self.around)
        body.annotations.update(mentioned.names)
        body.annotations.update(mentioned.identifiers)
        body.annotations.update(mentioned.dotted)

    def quoted(self, annotation: ast.expr, body: Body) -> None:
        """Note what strings in an annotation name: `Mapped["Child"]`."""
        for part in ast.walk(annotation):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                mentioned = Body("", DefinitionKind.BINDING)
                with contextlib.suppress(SyntaxError, ValueError):
                    parsed = ast.parse(part.value.strip(), mode="eval")
                    self.visit(parsed.body, mentioned, self.around)
                body.annotations.update(mentioned.names)

    def _parts(self, node: ast.AST, body: Body, scope: Scope) -> None:
        for field in fields_of(node):
            part = getattr(node, field, None)
            if isinstance(part, list):
                for inner in part:
                    if isinstance(inner, ast.AST):
                        self.visit(inner, body, scope)
            elif isinstance(part, ast.AST):
                self.visit(part, body, scope)

    def _name(self, node: ast.Name, body: Body, scope: Scope) -> None:
        note_chain(node.id, "", body, scope)

    def _constant(self, node: ast.Constant, body: Body, _scope: Scope) -> None:
        if isinstance(node.value, str):
            note_string(node.value, body)
        elif isinstance(node.value, bytes) and _NAMING.search(node.value):
            note_string(node.value.decode("utf-8", "replace"), body)

    def _attribute(self, node: ast.Attribute, body: Body, scope: Scope) -> None:
        names = [node.attr]
        root: ast.expr = node.value
        while isinstance(root, ast.Attribute):
            names.append(root.attr)
            root = root.value
        names.reverse()
        if node.attr in ASKING_FOR_FIXTURES:
            body.asks_for_fixtures += 1
        if not isinstance(node.ctx, ast.Load):
            self._stored_attribute(node, body, scope)
        if not body.deferred:
            self._direct_attributes(root, names, body, scope)
        if scope.is_self(root):
            body.attributes_on_self[names[0]] = None
            body.attributes.update(dict.fromkeys(names[1:]))
        elif isinstance(root, ast.Name):
            is_local = root.id in scope.local
            if not is_local or root.id in scope.aliases:
                note_chain(root.id, "." + ".".join(names), body, scope)
            if is_local:
                body.attributes.update(dict.fromkeys(names))
        elif isinstance(root, ast.Constant) and names[0] not in _FORMATTING:
            if names[0] != "join" or not is_joiner(root):
                self._constant(root, body, scope)
        else:
            body.attributes.update(dict.fromkeys(names))
            self.visit(root, body, scope)

    def _stored_attribute(self, node: ast.Attribute, body: Body, scope: Scope) -> None:
        """Note that an attribute is set or deleted; those of `self` are the class's own affair."""
        if isinstance(node.value, ast.Name) and node.value.id == scope.self_name:
            return
        if isinstance(node.ctx, ast.Store):
            body.stores = True
        else:
            body.use(("__delattr__",))
        body.assigned[node.attr] = None

    def _direct_attributes(
        self, root: ast.expr, names: list[str], body: Body, scope: Scope
    ) -> None:
        """Note attributes that are used now, with the name that leads to them if an import binds it.

        Where that leads out of the project, they are no methods of its objects.
        """
        if scope.is_self(root):
            body.direct_on_self[names[0]] = None
            body.direct_attributes.update(dict.fromkeys(names[1:]))
            return
        name = root.id if isinstance(root, ast.Name) else ""
        key = scope.aliases.get(name, "" if name in scope.local else name)
        origins = self.file.aliases.get(key, ())
        if not origins or key in self.file.bodies or any(origin.level for origin in origins):
            body.direct_attributes.update(dict.fromkeys(names))
        elif not all(origin.of_standard_library for origin in origins):
            body.direct_imported[f"{key}.{'.'.join(names)}"] = None

    def _call(self, node: ast.Call, body: Body, scope: Scope) -> None:
        function = node.func
        name = last_of(function)
        note_call(name, node, body, scope)
        if name in _CHECKING and isinstance(function, ast.Name) and len(node.args) == 2:
            self.visit(function, body, scope)
            self.visit(node.args[0], body, scope)
            self._compared(node.args[1], body, scope)
            return
        chain = chain_of(function)
        if chain:
            self._called_chain(chain, node, body, scope)
        self.visit(function, body, scope)
        note_handed(node, body, scope, self.file.bodies)
        self.visit_all(spoken_arguments(name, node), body, scope)
        for keyword in node.keywords:
            self.visit(keyword.value, body, scope)
            if keyword.arg and keyword.arg.isidentifier():
                body.identifiers[keyword.arg] = None

    def _called_chain(self, chain: str, node: ast.Call, body: Body, scope: Scope) -> None:
        root, dot, rest = chain.partition(".")
        key = scope.aliases.get(root)
        if key is not None:
            chain = key + dot + rest
        elif root in scope.local:
            return
        body.called[chain] = None
        if passes_local(node, scope.local):
            body.passed_to[chain] = None
        if not body.deferred:
            body.calls[chain] = None
            if key is not None:
                body.names[chain] = None

    def _compared(self, node: ast.expr, body: Body, scope: Scope) -> None:
        """Note classes that a value is only compared with: that makes no instance of them."""
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            chain = chain_of(part)
            root = chain.partition(".")[0]
            if scope.is_global(root) and root not in scope.aliases:
                body.compared[chain] = None
            else:
                self.visit(part, body, scope)

    def _function(self, node: FunctionNode, body: Body, scope: Scope) -> None:
        """A function inside a function belongs to it, but does not run with it."""
        self.visit_all([*node.decorator_list, *defaults_of(node.args)], body, scope)
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if argument.annotation is not None and node.decorator_list:
                self.visit(argument.annotation, body, scope)
        self.annotations(node, body)
        inner = scope.inside(node, walrus=self.walrus)
        body.deferred += 1
        self.visit_all(node.body, body, inner)
        body.deferred -= 1

    def _lambda(self, node: ast.Lambda, body: Body, scope: Scope) -> None:
        inner = scope.inside(node, walrus=self.walrus)
        self.visit_all(defaults_of(node.args), body, scope)
        body.deferred += 1
        self.visit(node.body, body, inner)
        body.deferred -= 1

    def _class(self, node: ast.ClassDef, body: Body, scope: Scope) -> None:
        keywords = (keyword.value for keyword in node.keywords)
        self.visit_all([*node.decorator_list, *node.bases, *keywords], body, scope)
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign):
                self.visit(statement.annotation, body, scope)
            self.visit(statement, body, scope)

    def _import(self, node: ImportNode, body: Body, scope: Scope) -> None:
        scope.aliases.update(self.file.add_local_import(node, body))

    def _global(self, _node: ast.Global, body: Body, _scope: Scope) -> None:
        body.stores = True

    def _expression_statement(self, node: ast.Expr, body: Body, scope: Scope) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.visit(node.value, body, scope)

    def _annotated(self, node: ast.AnnAssign, body: Body, scope: Scope) -> None:
        # Inside a function an annotation is never evaluated.
        self.visit(node.target, body, scope)
        if node.value is not None:
            self.visit(node.value, body, scope)

    def _handler(self, node: ast.ExceptHandler, body: Body, scope: Scope) -> None:
        if node.type is not None:
            self._compared(node.type, body, scope)
        self.visit_all(node.body, body, scope)

    def _sequence(self, node: ast.List | ast.Tuple, body: Body, scope: Scope) -> None:
        note_command_line(node.elts, body)
        self.visit_all(node.elts, body, scope)

    def _operation(self, node: ast.AST, body: Body, scope: Scope) -> None:
        """Note the methods behind an operator or statement as attributes."""
        methods = methods_behind(node)
        if methods:
            body.use(methods)
        if isinstance(node, ast.AugAssign) and last_of(node.target) in FIXTURE_NAMES:
            note_fixtures([node.value], body)
        if isinstance(node, ast.AugAssign) and is_joiner(node.value):
            body.identifiers[JOINED_END] = None
            self.visit(node.target, body, scope)
            return
        if not body.deferred and type(node) in ITERATING_NODES:
            body.direct_attributes.update(dict.fromkeys(ITERATOR_METHODS))
        self._parts(node, body, scope)

    def _iterating(
        self, node: ast.For | ast.Starred | ast.Assign, body: Body, scope: Scope
    ) -> None:
        """`for x in y`, `*x`, `a, b = x`: what goes through a value, or takes it apart."""
        if isinstance(node, ast.Assign) and last_of(node.targets[0]) in FIXTURE_NAMES:
            note_fixtures([node.value], body)
        if not body.deferred and (
            unpacks(node) if isinstance(node, ast.Assign) else _is_read(node)
        ):
            value = node.iter if isinstance(node, ast.For) else node.value
            if may_iterate(value):
                body.direct_attributes.update(dict.fromkeys(ITERATOR_METHODS))
        self._parts(node, body, scope)

    def _comparison(self, node: ast.Compare, body: Body, scope: Scope) -> None:
        if not body.deferred and may_ask_equality(node, lambda side: self._is_foreign(side, scope)):
            body.direct_attributes["__eq__"] = None
        body.use(methods_behind(node))
        self.visit_all(spoken_sides(node), body, scope)

    def _is_foreign(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is something out of a module of the standard library."""
        root, dot, _ = chain_of(node).partition(".")
        imported = root not in scope.local and root not in self.file.bodies
        origins = self.file.aliases.get(root, ()) if imported else ()
        return bool(origins) and all(
            origin.of_standard_library and (dot or origin.name) for origin in origins
        )

    def _joined(self, node: ast.JoinedStr, body: Body, scope: Scope) -> None:
        """An f-string: what only stands between its values begins no name, and ends none."""
        last = len(node.values) - 1
        for place, part in enumerate(node.values):
            if not place or not is_joiner(part):
                self.visit(part, body, scope)
            elif place == last:
                body.identifiers[JOINED_END] = None

    def _item(self, node: ast.Subscript, body: Body, scope: Scope) -> None:
        body.stores |= isinstance(node.ctx, ast.Store)
        self._operation(node, body, scope)


def _is_read(node: ast.For | ast.Starred) -> bool:
    return isinstance(node, ast.For) or isinstance(node.ctx, ast.Load)


_VISITORS: dict[type[ast.AST], Callable[..., None]] = {
    **dict.fromkeys(OPERATING_NODES, Expressions._operation),
    **dict.fromkeys((ast.For, ast.Starred, ast.Assign), Expressions._iterating),
    ast.Compare: Expressions._comparison,
    ast.Subscript: Expressions._item,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Constant: Expressions._constant,
    ast.JoinedStr: Expressions._joined,
    ast.Call: Expressions._call,
    ast.FunctionDef: Expressions._function,
    ast.AsyncFunctionDef: Expressions._function,
    ast.Lambda: Expressions._lambda,
    ast.ClassDef: Expressions._class,
    ast.Import: Expressions._import,
    ast.ImportFrom: Expressions._import,
    ast.Global: Expressions._global,
    ast.Expr: Expressions._expression_statement,
    ast.List: Expressions._sequence,
    ast.Tuple: Expressions._sequence,
    ast.AnnAssign: Expressions._annotated,
    ast.ExceptHandler: Expressions._handler,
}
"""How each kind of node is read; of all others the parts are."""
