"""Which places of a file wait for a deprecation warning, in whatever way: tests of it stay."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from gardener.codemod.source import Source

_SAYS_WARNING = re.compile(r"warn|deprecat", re.IGNORECASE)
_IN_BYTES = re.compile(rb"(?i)warn|deprecat")
_AWAITS = re.compile(
    r"(?:raises|Raises\w*|expect\w*)\(\s*\(?[^()]*Warning\b"  # pytest.raises(DeprecationWarning)
    r"|(?:warns|deprecated_call|assertWarns\w*)\("
    r"|catch_warnings\(.*record\s*=\s*True"
)
_TURNED = re.compile(r"(?:\w+\.)?(?:simplefilter|filterwarnings)\(\s*[\"'](?:error|always)")
_FILTERED = re.compile(r"filterwarnings\(\s*[rb]?[\"']error")
_IGNORES = re.compile(r"(?i)catch_warnings|ignor|suppress|silence|without|hide|allow")
_FIXTURE = re.compile(r"(?i)recwarn|\bwarns?\b|\bwarnings?_(?:record|list|log)|deprecat")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_CALLED = ("raises", "warn", "deprecated_call", "filter", "expect", "Raises")

_KNOWN: WeakKeyDictionary[Source, list[ast.AST]] = WeakKeyDictionary()


def awaited(source: Source, node: ast.AST) -> bool:
    """Whether a warning is waited for where a node is evaluated, or in the function around it."""
    if not _IN_BYTES.search(source.data):
        return False
    if source not in _KNOWN:
        _KNOWN[source] = list(_waiting(source))
    waiting = _KNOWN[source]
    return bool(waiting) and any(above in waiting for above in source.names.ancestors(node))


def used_where_awaited(source: Source, local: str) -> bool:
    """Whether a name of the file is used at a place that waits for a warning."""
    if not _IN_BYTES.search(source.data):
        return False
    return any(awaited(source, name) for name in source.find(ast.Name) if name.id == local)


def _waiting(source: Source) -> Iterator[ast.AST]:
    """The statements in which a warning is waited for: `with`, functions, classes."""
    statements: list[ast.With | ast.AsyncWith] = [
        *source.find(ast.With),
        *source.find(ast.AsyncWith),
    ]
    for node in statements:
        if any(_waits(source, item.context_expr) for item in node.items):
            yield from (node, *_function_around(source, node))
    for definition in (*_FUNCTION, ast.ClassDef):
        for found in source.find(definition):
            if _declares(found):
                yield found
    for call in source.find(ast.Call):
        name = _last(call.func)
        if any(part in name for part in _CALLED):
            text = ast.unparse(call)
            if _AWAITS.search(text) or _TURNED.match(text):
                yield from _function_around(source, call)


def _function_around(source: Source, node: ast.AST) -> Iterator[ast.AST]:
    yield from (a for a in source.names.ancestors(node) if isinstance(a, _FUNCTION))


def _last(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _waits(source: Source, expr: ast.expr) -> bool:
    """Whether the expression of a `with` waits for a warning."""
    if isinstance(expr, ast.Name):  # expect = pytest.warns(DeprecationWarning)
        bound = source.names.lookup(expr)
        values = [b.value for b in bound[1]] if bound else []
        return bool(_SAYS_WARNING.search(expr.id)) or any(
            isinstance(value, ast.Call) and _waits(source, value) for value in values
        )
    if not isinstance(expr, ast.Call):
        return False
    if _AWAITS.search(ast.unparse(expr)):
        return True
    # A helper: self.assertDeprecationWarning("..."), saves_warning().
    name = _last(expr.func)
    return bool(_SAYS_WARNING.search(name)) and not _IGNORES.search(name)


def _declares(node: ast.AST) -> bool:
    """Whether a function or class says that it is about warnings: a fixture, or a decorator."""
    if isinstance(node, _FUNCTION):
        arguments = node.args
        names = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        if any(_FIXTURE.search(argument.arg) for argument in names):
            return True
    decorators = getattr(node, "decorator_list", [])
    texts = [ast.unparse(decorator) for decorator in decorators]
    return any(_FILTERED.search(text) or _AWAITS.search(text) for text in texts)
