"""What a Python file defines and imports, read with `ast`: evidence for codemods, which never edit by it.

Only what is bound in the body of a module, or of one function, is told; nobody asks here which of
several scopes a name means: that is libcst's work (`gardener.codemod.meaning`).
"""

from __future__ import annotations

import ast
import warnings
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from gardener.codemod.bound import only_target, only_value
from gardener.codemod.file_text import FileText, Unparsable

NodeT = TypeVar("NodeT", bound=ast.AST)
Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEEPEST = 8
"""How many names in a row are followed to what they stand for."""


class Binding(NamedTuple):
    """One place that gives a name a value.

    `kind` is import, assign, def, class, parameter, delete or other. `target` is the dotted name of
    what an import binds, with its leading dots; `value` is the right side of a plain assignment to
    one name. `node` is the statement (or the parameter, the handler, ...). With `for_types` it
    is there for type checkers only.
    """

    kind: str
    name: str
    node: ast.AST
    target: str = ""
    value: ast.expr | None = None
    for_types: bool = False


Bindings = dict[str, list[Binding]]


class Definitions(FileText):
    """One file whose statements are read.

    Raises:
        gardener.codemod.file_text.Unparsable: nobody can tell what it says.
    """

    def __init__(self, raw: bytes, path: str = "<stdin>") -> None:
        super().__init__(raw, path)
        try:
            self.tree = _parsed(self.data)
        except SyntaxError as wrong:
            from gardener.codemod.older_syntax import in_older_syntax

            older = in_older_syntax(raw, path)
            if older is None:
                raise Unparsable(f"does not parse: line {wrong.lineno}: {wrong.msg}") from None
            self.tree = _parsed(older)
        except (RecursionError, MemoryError, ValueError) as wrong:
            raise Unparsable(f"does not parse: {wrong or type(wrong).__name__}") from None

    @cached_property
    def bindings(self) -> Bindings:
        """What the module binds at its top level, `global` in functions included."""
        bindings = _Body(self.tree).bindings
        for node in self.find(ast.Global):
            for name in node.names:
                bindings[name].append(Binding("other", name, node))
        return bindings

    @cached_property
    def stars(self) -> list[ast.ImportFrom]:
        """The star imports of the module's top level."""
        return [
            node
            for node in _Body(self.tree).nodes
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names)
        ]

    def find(self, kind: type[NodeT]) -> Iterator[NodeT]:
        """All nodes of a kind, outer ones before inner ones."""
        for type_, nodes in self._by_type.items():
            if issubclass(type_, kind):
                yield from nodes

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[Any]]:
        by_type: dict[type[ast.AST], list[Any]] = defaultdict(list)
        for node in ast.walk(self.tree):
            by_type[type(node)].append(node)
        return by_type

    @cached_property
    def anywhere(self) -> Bindings:
        """What is bound in the file at all, in the module or in any function or class."""
        bindings: Bindings = defaultdict(list)
        bodies: list[ast.AST] = [self.tree, *self.find(ast.ClassDef)]
        for function in Function:
            bodies += self.find(function)
        for body in bodies:
            for name, bound in _Body(body).bindings.items():
                bindings[name] += bound
        return bindings

    def bound(self, name: str, function: ast.AST | None = None) -> list[Binding]:
        """What binds a name in a function, or else in the module."""
        local = self._local(function) if function is not None else {}
        return local.get(name) or self.bindings.get(name, [])

    def _local(self, function: ast.AST) -> Bindings:
        if function not in self._bodies:
            self._bodies[function] = _Body(function).bindings
        return self._bodies[function]

    @cached_property
    def _bodies(self) -> dict[ast.AST, Bindings]:
        return {}

    def meaning(self, expr: ast.AST, function: ast.AST | None = None, depth: int = 0) -> str:
        """The dotted name that an expression means by the imports of its function and of the module.

        A name that is bound in more than one way, or is anything but an import or an alias of
        one, is unknown: ''.
        """
        if isinstance(expr, ast.Attribute):
            base = self.meaning(expr.value, function, depth)
            return f"{base}.{expr.attr}" if base else ""
        if not isinstance(expr, ast.Name) or depth > _DEEPEST:
            return ""
        bindings = self.bound(expr.id, function)
        if not bindings or self._starred_after(bindings):
            return ""
        if function is not None and expr.id not in self._local(function):
            function = None
        value = only_value(bindings)
        return only_target(bindings) or (self.meaning(value, function, depth + 1) if value else "")

    def _starred_after(self, bindings: list[Binding]) -> bool:
        """Whether a star import may rebind what the last of some bindings gives."""
        last = max(getattr(bound.node, "lineno", 0) for bound in bindings)
        return any(star.lineno > last for star in self.stars)

    def meanings(self, expr: ast.AST, depth: int = 0) -> set[str]:
        """All that an expression may mean by some import of the file, wherever it stands."""
        if isinstance(expr, ast.Attribute):
            return {f"{base}.{expr.attr}" for base in self.meanings(expr.value, depth)}
        if not isinstance(expr, ast.Name) or depth > _DEEPEST:
            return set()
        names: set[str] = set()
        for bound in self.anywhere.get(expr.id, ()):
            if bound.kind == "import":
                names.add(bound.target)
            elif bound.value is not None:
                names |= self.meanings(bound.value, depth + 1)
        return names

    def texts(self, expr: ast.AST) -> Iterator[str]:
        """The texts that an expression may be: a string, or a name that is bound to one anywhere."""
        if isinstance(expr, ast.Constant) and isinstance(expr.value, str):
            yield expr.value
        elif isinstance(expr, ast.Name):
            for bound in self.anywhere.get(expr.id, ()):
                if isinstance(bound.value, ast.Constant) and isinstance(bound.value.value, str):
                    yield bound.value.value


def _parsed(data: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and the like of user code
        return ast.parse(data.decode())


class _Body:
    """The nodes of one body, and what they bind; functions and classes in it have their own."""

    def __init__(self, owner: ast.AST) -> None:
        self.bindings: Bindings = defaultdict(list)
        self.nodes: list[ast.AST] = []
        self._for_types = False
        if isinstance(owner, Function):
            arguments = owner.args
            all_arguments = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            all_arguments += filter(None, (arguments.vararg, arguments.kwarg))
            for argument in all_arguments:
                self._bind("parameter", argument.arg, argument)
        for statement in getattr(owner, "body", ()):
            self._visit(statement)

    def _bind(
        self,
        kind: str,
        name: str,
        node: ast.AST,
        target: str = "",
        value: ast.expr | None = None,
    ) -> None:
        self.bindings[name].append(Binding(kind, name, node, target, value, self._for_types))

    def _visit(self, node: ast.AST) -> None:
        self.nodes.append(node)
        if isinstance(node, (*Function, ast.ClassDef)):
            self._bind("class" if isinstance(node, ast.ClassDef) else "def", node.name, node)
            return
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.If) and _is_for_types(node):
            before, self._for_types = self._for_types, True
            for statement in node.body:
                self._visit(statement)
            self._for_types = before
            for statement in node.orelse:
                self._visit(statement)
            return
        self._note(node)
        inner = ast.iter_child_nodes(node)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            inner = (n for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
        for child in inner:
            self._visit(child)

    def _note(self, node: ast.AST) -> None:
        """Take down what a node binds itself."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._bind("import", name, node, alias.name if alias.asname else name)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            dot = "" if module.endswith(".") else "."
            for alias in node.names:
                if alias.name != "*":
                    local = alias.asname or alias.name
                    self._bind("import", local, node, f"{module}{dot}{alias.name}")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            self._assigned(node)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            kind = "delete" if isinstance(node.ctx, ast.Del) else "other"
            if (node.id, id(node)) not in self._plain:
                self._bind(kind, node.id, node)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            self._bind("other", node.name, node)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self._bind("other", node.rest, node)

    @cached_property
    def _plain(self) -> set[tuple[str, int]]:
        """Names that a plain assignment has bound already."""
        return set()

    def _assigned(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and node.value is not None:
            name = targets[0]
            self._plain.add((name.id, id(name)))
            self._bind("assign", name.id, node, "", node.value)


def _is_for_types(branch: ast.If) -> bool:
    return ast.unparse(branch.test).rpartition(".")[2] == "TYPE_CHECKING"
