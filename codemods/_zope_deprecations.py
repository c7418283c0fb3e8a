"""Reads how modules deprecate names with zope.deprecation and zope.deferredimport."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._deprecation_text import Deprecation, read_text

if TYPE_CHECKING:
    from gardener.codemod.definitions import Definitions
    from gardener.codemod.project import Project

_DEFERRED = ("zope.deferredimport", "zope.deferredimport.deferredimport")
_DEPRECATION = ("zope.deprecation", "zope.deprecation.deprecation")


def declared(
    project: Project, source: Definitions, path: str, module: str, node: ast.stmt
) -> Iterator[Deprecation]:
    """What a statement at the top of a module deprecates, where that leads to something there.

    Names of deferred imports and modules that moved are the same objects as their targets.
    """
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not call.args:
        return
    package, _, function = source.meaning(call.func).rpartition(".")
    first = _text(call.args[0])
    if package in _DEFERRED and function == "deprecated":
        forwards = [(k.arg, _text(k.value).replace(":", ".")) for k in call.keywords if k.arg]
    elif package in _DEFERRED and function == "deprecatedFrom":
        home, *names = [_text(argument) for argument in call.args[1:]] or [""]
        forwards = [(name, f"{home}.{name}") for name in names]
    elif package in _DEPRECATION and function == "moved":
        forwards = [("", first)]
    elif package in _DEPRECATION and function == "deprecated" and len(call.args) > 1:
        told = read_text(_text(call.args[1]))
        for name in _texts(call.args[0]):
            yield Deprecation(module, name, call.lineno, told.text, told.targets)
        return
    else:
        return
    for name, target in forwards:
        if target and project.modules.define(target, path) is not None:
            text = first if name else f"moved to {target}"
            yield Deprecation(module, name, call.lineno, text, (target,), sure=True)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _texts(node: ast.expr) -> list[str]:
    """The strings that one argument gives: one, or a tuple of them."""
    elements = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
    return [text for text in map(_text, elements) if text]
