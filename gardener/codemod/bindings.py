"""The statements that give names their values, as a tree of `ast` holds them.

Whose names these are is not asked here: the interpreter tells it (`gardener.codemod.symbols`).
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*Function, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


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


def bindings_of(nodes: Iterable[ast.AST]) -> Bindings:
    """What some nodes themselves bind, by name and in their order."""
    bindings: Bindings = defaultdict(list)
    for node in nodes:
        for bound in given_by(node):
            bindings[bound.name].append(bound)
    return bindings


def bindings_in(scope: ast.AST, *, in_expressions: bool) -> Bindings:
    """What the nodes of a module, a class or a function bind that are not in another one in it.

    Only with `in_expressions` those of `:=` are found too.
    """
    bindings: Bindings = defaultdict(list)
    for parameter in _parameters(scope):
        bindings[parameter.arg].append(Binding("parameter", parameter.arg, parameter))
    for node, for_types in _nodes_in(scope, in_expressions=in_expressions):
        for bound in given_by(node):
            bindings[bound.name].append(bound._replace(for_types=for_types))
    return bindings


def stars_in(module: ast.Module) -> list[ast.ImportFrom]:
    """The star imports of a module: nothing else may have one."""
    nodes = (node for node, _ in _nodes_in(module, in_expressions=False))
    imports = (node for node in nodes if isinstance(node, ast.ImportFrom))
    return [node for node in imports if any(alias.name == "*" for alias in node.names)]


def definitions_in(module: ast.Module) -> dict[ast.AST, list[tuple[str, ast.AST]]]:
    """The functions and classes in each, and in the module, by name and in the order of the text."""
    inside: dict[ast.AST, list[tuple[str, ast.AST]]] = {}
    waiting: list[ast.AST] = [module]
    while waiting:
        scope = waiting.pop()
        nodes = (node for node, _ in _nodes_in(scope, in_expressions=False))
        inside[scope] = [(n.name, n) for n in nodes if isinstance(n, DEFINITIONS)]
        waiting += (node for _, node in inside[scope])
    return inside


# --- nodes ----------------------------------------------------------------------------------------


def _parameters(scope: ast.AST) -> Sequence[ast.arg]:
    if not isinstance(scope, Function):
        return ()
    arguments = scope.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*named, *filter(None, (arguments.vararg, arguments.kwarg))]


def _nodes_in(scope: ast.AST, *, in_expressions: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes in the order of the text, each with whether it is there for type checkers only."""
    body: list[ast.stmt] = getattr(scope, "body", [])
    stack: list[tuple[ast.AST, bool]] = [(node, False) for node in reversed(body)]
    while stack:
        node, for_types = stack.pop()
        yield node, for_types
        inner = [(child, for_types) for child in _below(node) if in_expressions or _may_bind(child)]
        if isinstance(node, ast.If) and _is_for_types(node):
            inner[: len(node.body)] = [(child, True) for child in node.body]
        stack += reversed(inner)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    """What is evaluated in the scope of a node itself, and may bind something there."""
    if isinstance(node, ast.If):
        yield from (*node.body, *node.orelse, node.test)
    elif isinstance(node, Function):
        yield from (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults))
    elif isinstance(node, ast.ClassDef):
        yield from (*node.decorator_list, *node.bases, *node.keywords)
    elif isinstance(node, _COMPREHENSIONS):
        yield from (inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
    elif (name := _only_name(node)) is not None:
        yield from (child for child in ast.iter_child_nodes(node) if child is not name)
    else:
        yield from ast.iter_child_nodes(node)


def _may_bind(node: ast.AST) -> bool:
    """Whether a node is a statement or a target, or holds some; only `:=` is looked for in other expressions."""
    return not isinstance(node, ast.expr) or not isinstance(getattr(node, "ctx", _LOAD), ast.Load)


_LOAD = ast.Load()


def _is_for_types(branch: ast.If) -> bool:
    test = branch.test
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return bool(name == "TYPE_CHECKING")


# --- what a node binds ----------------------------------------------------------------------------


def given_by(node: ast.AST) -> Iterator[Binding]:
    """What a node itself binds; a plain assignment to one name is one node with it."""
    if isinstance(node, DEFINITIONS):
        yield Binding("class" if isinstance(node, ast.ClassDef) else "def", node.name, node)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            yield Binding("import", name, node, alias.name if alias.asname else name)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        dot = "" if module.endswith(".") else "."
        for alias in node.names:
            if alias.name != "*":
                yield Binding("import", alias.asname or alias.name, node, module + dot + alias.name)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        only = _only_name(node)
        if only is not None:
            yield Binding("assign", only.id, node, "", node.value)
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield Binding("delete" if isinstance(node.ctx, ast.Del) else "other", node.id, node)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield Binding("other", node.name, node)
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield Binding("other", node.rest, node)


def _only_name(node: ast.AST) -> ast.Name | None:
    """The name that a plain assignment gives its value."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    only = targets[0] if len(targets) == 1 else None
    return only if isinstance(only, ast.Name) else None
