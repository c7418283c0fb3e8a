"""Which strings of calls and comparisons may become a name, or a part of one, and which never do."""

from __future__ import annotations

import ast

from .syntax import is_constant, last_of

JOINED_END = ">_"
"""What is noted for an f-string that ends in an underscore behind a value: `f"{name}_"`."""
_NAMING = {"getattr", "hasattr", "setattr", "delattr"}
"""Builtins whose second argument is the name of an attribute, and nothing else."""
_TAKING_APART = {
    *("split", "rsplit", "partition", "rpartition", "replace", "startswith", "endswith"),
    *("strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "count", "find", "rfind", "index"),
    *("sub", "subn", "get", "getenv"),
}  # fmt: skip
"""What looks for what it is given, as methods of strings do, or puts it into the middle."""
_COMMAND_LINES = {"argv", "cmdline"}


def is_joiner(node: ast.expr) -> bool:
    """Whether an expression is a string of underscores only."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(node.value)
        and not node.value.strip("_")
    )


def spoken_arguments(name: str, call: ast.Call) -> list[ast.expr]:
    """The positional arguments of a call, by its last name, but for strings that become no name."""
    arguments = call.args
    if name in _NAMING and isinstance(call.func, ast.Name) and len(arguments) > 1:
        if isinstance(arguments[1], ast.Constant):
            return [arguments[0], *arguments[2:]]
    if name in _TAKING_APART and isinstance(call.func, ast.Attribute):
        return [argument for argument in arguments if not is_joiner(argument)]
    return arguments


def spoken_sides(node: ast.Compare) -> list[ast.expr]:
    """The sides of a comparison, but for strings that become no name."""
    sides = [side for side in (node.left, *node.comparators) if not is_joiner(side)]
    if is_constant(node.left) and any(map(_is_command_line, node.comparators)):
        return node.comparators  # it tells who was started, and starts nobody
    return sides


def _is_command_line(node: ast.expr) -> bool:
    """`sys.argv`, `process.cmdline()`, or a part of one."""
    if isinstance(node, ast.Subscript):
        return _is_command_line(node.value)
    return last_of(node.func if isinstance(node, ast.Call) else node) in _COMMAND_LINES
