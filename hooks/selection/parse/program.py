"""What a file does only where it is started as a program: below `if __name__ == "__main__"`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from .body import Body
from .summary import DefinitionKind
from .syntax import is_main, last_of, parts_of

PROGRAM = "__main__"
"""The name of the definition that stands for it."""
_OF_FOLDER = ("parent", "parents")


def note_starts(tree: ast.Module, bodies: Mapping[str, Body]) -> None:
    """Let the definitions of a file lead to its program that may start the file again.

    They know its path, or run modules of which only run time knows the names.
    """
    by_path = _tells_path(tree)
    for body in bodies.values():
        if body.kind is DefinitionKind.PROGRAM:
            continue
        if "*" in body.dynamic_imports or (by_path and "__file__" in body.names):
            body.names[PROGRAM] = None


def _tells_path(tree: ast.Module) -> bool:
    """Whether code outside of the program says `__file__`, and not only to find the folder."""
    return any(isinstance(node, ast.Name) and node.id == "__file__" for node in _outside(tree))


def _outside(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of a file, but for its program and what is only asked for its folder."""
    pending: list[ast.AST] = [*tree.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and is_main(node.test):
            pending += node.orelse
        elif not _asks_for_folder(node):
            yield node
            pending += parts_of(node)


def _asks_for_folder(node: ast.AST) -> bool:
    """Whether an expression is `Path(__file__).parent`, or `dirname(__file__)`."""
    if isinstance(node, ast.Attribute):
        return node.attr in _OF_FOLDER
    return isinstance(node, ast.Call) and last_of(node.func) == "dirname"
