"""What in a file could be a test, with its markers, and the plugins that a file names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .summary import Outline
from .syntax import FUNCTIONS, last_of, plain, statements_of


def outline_of(body: list[ast.stmt], inside: str = "") -> list[Outline]:
    found = []
    for node in statements_of(body):
        if isinstance(node, FUNCTIONS):
            found.append(Outline(inside + node.name, False, _markers(node.decorator_list)))
        elif isinstance(node, ast.ClassDef):
            marks = (*_markers(node.decorator_list), *assigned_markers(node.body))
            found.append(Outline(inside + node.name, True, marks, bool(node.bases)))
            found += outline_of(node.body, f"{inside}{node.name}::")
        elif isinstance(node, ast.Assign):
            found += [Outline(inside + t.id) for t in node.targets if isinstance(t, ast.Name)]
        elif isinstance(node, ast.ImportFrom):
            found += [Outline(inside + (a.asname or a.name)) for a in node.names if a.name != "*"]
    return found


def _markers(nodes: list[ast.expr]) -> tuple[str, ...]:
    return tuple(
        part.attr
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and last_of(part.value) == "mark"
    )


def _assigned(body: list[ast.stmt], name: str) -> Iterator[ast.expr]:
    """Values that statements of a block assign or add to `name`."""
    for node in statements_of(body):
        if isinstance(node, ast.Assign):
            targets: list[ast.expr] = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = [node.target]
        else:
            continue
        if node.value and any(last_of(t) == name for t in targets):
            yield node.value


def assigned_markers(body: list[ast.stmt]) -> tuple[str, ...]:
    return _markers(list(_assigned(body, "pytestmark")))


def plugins_of(body: list[ast.stmt]) -> list[str]:
    return [
        plain(part.value)
        for value in _assigned(body, "pytest_plugins")
        for part in ast.walk(value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
