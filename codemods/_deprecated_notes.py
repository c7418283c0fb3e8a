"""What is told of a file in which nothing moves, by `ast`: libcst's tree is made for edits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from gardener.codemod.file_text import Remark
from gardener.codemod.protection import may_protect

from ._rules import Home, left
from ._warning_words import IN_BYTES, SAYS_WARNING, is_fixture

_CAUGHT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "AttributeError"}
_AWAITING = re.compile(
    rb"Warning\b|warns\b|deprecated_call|assertWarns|catch_warnings|simplefilter|filterwarnings"
)
"""One of these is in whatever waits for a warning, but for helpers and fixtures that are called so."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


class Staying:
    """An import of a name that stays where it is: of which module, and why."""

    def __init__(self, node: ast.ImportFrom, alias: ast.alias, module: str, home: Home) -> None:
        self.node = node
        self.alias = alias
        self.subject = f"{module}.{alias.name}"
        self.home = home

    @property
    def remark(self) -> Remark:
        """What is told of it."""
        line = self.alias.end_lineno or self.alias.lineno
        return Remark(line, left(self.subject, self.home.rule, self.home.why))


def may_matter(data: bytes, nodes: Sequence[ast.AST]) -> bool:
    """Whether comments may keep an import, or a place of the file may wait for a warning."""
    if may_protect(data) or b"sys.modules" in data or _AWAITING.search(data):
        return True
    return bool(IN_BYTES.search(data)) and any(_waits(node, nodes) for node in nodes)


def _waits(node: ast.AST, nodes: Sequence[ast.AST]) -> bool:
    """Whether a `with` or the parameters of a function may wait for a warning."""
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return any(_speaks(item.context_expr, nodes) for item in node.items)
    if isinstance(node, _FUNCTIONS):
        arguments = node.args
        names = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return any(is_fixture(argument.arg) for argument in names)
    return False


def _speaks(expr: ast.expr, nodes: Sequence[ast.AST]) -> bool:
    """Whether what a `with` enters, or a call that gives it, is called like a warning."""
    if isinstance(expr, ast.Name):
        calls = [call for call in _assigned(expr.id, nodes) if isinstance(call, ast.Call)]
        return bool(SAYS_WARNING.search(expr.id)) or any(_speaks(c, nodes) for c in calls)
    if not isinstance(expr, ast.Call):
        return False
    name = getattr(expr.func, "attr", getattr(expr.func, "id", ""))
    return bool(SAYS_WARNING.search(name))


def _assigned(name: str, nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            if any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                yield node.value


def without_choices(tree: ast.Module, imports: Iterable[Staying]) -> Iterator[Staying]:
    """The imports that are not one of several, in the branches of `try` or of `if` with an `else`."""
    parents: dict[ast.AST, tuple[ast.AST, str]] = {}
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        for name in _BLOCKS:
            block = getattr(node, name, ())
            for part in block if isinstance(block, list) else ():
                parents[part] = node, name
                stack.append(part)
    return (each for each in imports if not _is_choice(each.node, parents))


def _is_choice(node: ast.AST, parents: dict[ast.AST, tuple[ast.AST, str]]) -> bool:
    while node in parents:
        node, block = parents[node]
        if isinstance(node, _DEFINITIONS):
            return False
        handlers = getattr(node, "handlers", None)
        if handlers and block != "finalbody" and any(map(_catches, handlers)):
            return True
        if isinstance(node, ast.If) and node.orelse and _last(node.test) != "TYPE_CHECKING":
            return True
    return False


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes over when an import fails."""
    kind = handler.type
    if kind is None:
        return True
    return any(
        _last(each) in _CAUGHT for each in (kind.elts if isinstance(kind, ast.Tuple) else [kind])
    )


def _last(expr: ast.expr) -> str:
    """The last part of a dotted name."""
    name = getattr(expr, "attr", getattr(expr, "id", ""))
    return name if isinstance(name, str) else ""
