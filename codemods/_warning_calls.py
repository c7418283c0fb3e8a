"""Calls of `warnings.warn` that tell of a deprecation, and their texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.definitions import Definitions

_SAYS_SO = re.compile(
    r"deprecat|\bmoved to\b|\brenamed\b|\bremoved in\b|\bobsolete\b", re.IGNORECASE
)
_WARNINGS = {"DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"}


def warning_calls(source: Definitions, node: ast.AST) -> Iterator[ast.Call]:
    """Calls of `warnings.warn` about a deprecation below a node, not inside of functions."""
    stack: list[ast.AST] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(item, ast.If) and _special(item):
            continue
        if isinstance(item, ast.ExceptHandler):
            continue  # said only when something else went wrong
        if isinstance(item, ast.Call) and warns(source, item):
            yield item
        stack += list(ast.iter_child_nodes(item))


def _special(node: ast.If) -> bool:
    """Whether a branch runs as a script, or only on some platform or version of Python."""
    test = ast.unparse(node.test)
    return bool(re.search(r"\b(?:__name__|version_info|platform|hexversion|python_\w+)\b", test))


def warns(source: Definitions, call: ast.Call) -> bool:
    """Whether a call gives a warning about a deprecation."""
    if not call.args:
        return False
    rest = [*call.args[1:], *(k.value for k in call.keywords)]
    named = any(ast.unparse(a).rpartition(".")[2] in _WARNINGS for a in rest)
    is_other_warning = any(ast.unparse(a).endswith("Warning") for a in rest) and not named
    if not named and (is_other_warning or not _SAYS_SO.search(string_of(call.args[0], {}))):
        return False
    last = ast.unparse(call.func).rpartition(".")[2]
    # What a name means is asked last: all of the file is looked at for it.
    return last in ("warn_deprecated", "deprecation_warning") or (
        "warnings.warn" in source.meanings(call.func)
    )


def text_of(
    source: Definitions, call: ast.Call, module: str, name: str, function: ast.AST | None = None
) -> str:
    """The text of a warning that is given in a function, or else at the top of a module."""
    names = {"__name__": module, "name": name, "cls.__name__": name}
    argument = call.args[0]
    if isinstance(argument, ast.Name):
        bound = source.bound(argument.id, function)
        if len(bound) == 1 and bound[0].value is not None:
            argument = bound[0].value
    if isinstance(argument, ast.Call) and argument.args:  # DeprecationWarning("...")
        argument = argument.args[0]
    return string_of(argument, names)


def string_of(node: ast.expr, names: dict[str, str]) -> str:
    """The text of a string expression; what is not known stays in braces."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(string_of(value, names) for value in node.values)
    if isinstance(node, ast.FormattedValue):
        inner = ast.unparse(node.value)
        return names.get(inner, "{" + inner + "}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return string_of(node.left, names) + string_of(node.right, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        text = string_of(node.left, names)
        for value in values:
            inserted = names.get(ast.unparse(value), "{" + ast.unparse(value) + "}")
            text = re.sub(r"%[sr]", lambda _match, inserted=inserted: inserted, text, count=1)  # type: ignore[misc]
        return text
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("format", "strip", "join"):
            return string_of(node.func.value, names)
    return ""
