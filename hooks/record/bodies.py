"""Which functions of a file differ in nothing but their bodies."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def changed_bodies(before: bytes, after: bytes) -> dict[str, frozenset[str]]:
    """The same as `differing_bodies`, of the contents of a file."""
    return differing_bodies(shapes(before), shapes(after))


def differing_bodies(
    old: Mapping[str, Shape], new: Mapping[str, Shape]
) -> dict[str, frozenset[str]]:
    """The functions that both versions of a file have with the same header, by qualified name.

    With each the functions whose own code differs: itself, or only some that it defines;
    none where only its docstring does.
    """
    return {
        name: frozenset(_differing(name, old, new))
        for name in old.keys() & new.keys()
        if "<locals>" not in name and old[name].header == new[name].header
    }


def _differing(name: str, before: Mapping[str, Shape], after: Mapping[str, Shape]) -> set[str]:
    """Which own code of a function, and of those defined in it, differs; itself if unsure."""
    old, new = before[name], after[name]
    if old != new:
        return {name}
    return {n for inner in old.inner for n in _differing(inner, before, after)}


class Shape(NamedTuple):
    """A function: what it is apart from its body, its own body, and the functions it defines.

    `header` is its kind, decorators and arguments; in `body` the functions that it defines
    are without theirs.
    """

    header: str
    body: str
    inner: tuple[str, ...]


@lru_cache(maxsize=256)
def shapes(source: bytes) -> dict[str, Shape]:
    """All functions of a file by qualified name, as Python spells it.

    Those of one name (a property and its setter) count as one: a record does not tell which of
    them ran, so whoever ran the name depends on all.
    """
    reader = _ShapeReader()
    try:
        reader.visit(ast.parse(source), "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return reader.shapes


class _ShapeReader:
    """Takes functions out of a syntax tree from the inside to the outside."""

    def __init__(self) -> None:
        self.shapes: dict[str, Shape] = {}

    def visit(self, node: ast.AST, prefix: str) -> list[str]:
        """Names of the functions directly in `node`, which lose their bodies."""
        names: list[str] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _FUNCTIONS):
                names.append(self._function(child, prefix))
            elif isinstance(child, ast.ClassDef):
                names += self.visit(child, f"{prefix}{child.name}.")
            elif not isinstance(child, (ast.expr, ast.arguments)):
                names += self.visit(child, prefix)
        return names

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str) -> str:
        name = prefix + node.name
        yields = any(map(_is_yield, list(_own_nodes(node))))
        kind = type(node).__name__ + (" yields" if yields else "")
        inner = self.visit(node, f"{name}.<locals>.")
        node.body = [s for s in node.body if not _is_constant(s)]
        body = "|".join(map(ast.dump, node.body))
        # Called but never started, a generator shows in no record: that it is one is header.
        node.body = [ast.Expr(ast.Constant(kind))]
        shape = Shape(ast.dump(node), body, tuple(inner))
        namesake = self.shapes.get(name)
        if namesake is not None:
            shape = Shape(
                f"{namesake.header}\n{shape.header}",
                f"{namesake.body}\n{shape.body}",
                namesake.inner + shape.inner,
            )
        self.shapes[name] = shape
        return name


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's own body, without those of functions and classes in it."""
    queue = list(ast.iter_child_nodes(function))
    while queue:
        node = queue.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            queue += ast.iter_child_nodes(node)


def _is_yield(node: ast.AST) -> bool:
    return isinstance(node, (ast.Yield, ast.YieldFrom))


def _is_constant(statement: ast.stmt) -> bool:
    """Whether a statement is a constant alone, as a docstring is."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
