"""What in a file could be a test, with its markers, and the plugins that a file names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .summary import Outline
from .syntax import FUNCTIONS, last_of, plain, statements_of


def outline_of(body: list[ast.stmt], owner: tuple[str, ...] = ()) -> list[Outline]:
    """What in a block could be a test; `owner` are the classes around."""
    outline: list[Outline] = []
    for node in statements_of(body):
        if isinstance(node, FUNCTIONS):
            outline.append(Outline((*owner, node.name), False, _markers(node.decorator_list)))
        elif isinstance(node, ast.ClassDef):
            markers = (*_markers(node.decorator_list), *assigned_markers(node.body))
            names = (*owner, node.name)
            outline.append(Outline(names, True, markers, bool(node.bases)))
            outline += outline_of(node.body, names)
        else:
            outline += [Outline((*owner, name)) for name in _names_given(node)]
    return outline


def _names_given(node: ast.stmt) -> list[str]:
    """The names that an assignment or an import from a module binds."""
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names if alias.name != "*"]
    return []


def _markers(nodes: list[ast.expr]) -> tuple[str, ...]:
    """The names of the markers in some expressions: `slow` for `pytest.mark.slow`."""
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
    """The markers in `pytestmark` of a module or class."""
    return _markers(list(_assigned(body, "pytestmark")))


def plugins_of(body: list[ast.stmt]) -> list[str]:
    """The plugins in `pytest_plugins` of a module."""
    return [
        plain(part.value)
        for value in _assigned(body, "pytest_plugins")
        for part in ast.walk(value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
