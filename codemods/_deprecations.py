"""Reads what modules say of themselves: which names they deprecate, and where these went."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._deprecation_text import Deprecation, read_text, subject
from ._shims import shimmed
from ._warning_calls import string_of, text_of, warning_calls
from ._zope_deprecations import declared

if TYPE_CHECKING:
    from gardener.codemod.definitions import Definitions
    from gardener.codemod.project import Project


def deprecations(project: Project, path: str) -> list[Deprecation]:
    """What the module in the file at `path` (absolute) says is deprecated in it."""
    return project.memo(f"deprecations {path}", lambda: list(_deprecations(project, path)))


def _deprecations(project: Project, path: str) -> Iterator[Deprecation]:
    source = project.modules.source(path) if _may_say_so(project.read(path)) else None
    if source is None:
        return
    module = project.modules.name(path)
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            yield from shimmed(project.modules, source, path, module, node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _definition(source, module, node)
        else:
            yield from declared(project, source, path, module, node)
            for call in warning_calls(source, node):
                reading = read_text(text_of(source, call, module, ""))
                name = _spoken_of(project, source, module, reading.text)
                if name is not None:
                    yield Deprecation(module, name, call.lineno, reading.text, reading.targets)


def _may_say_so(data: bytes) -> bool:
    """Whether a module's bytes hold what every deprecation is written with."""
    if not any(text in data for text in (b"eprecat", b"moved to", b"renamed", b"FutureWarning")):
        return False
    words = (b"warn", b"deprecated", b"__getattr__", b"zope.deprecation")
    return any(word in data for word in words)


_FROM_HERE = re.compile(
    r"^[\W_]*(?:the |class |function )*[`'\"]*(\w+)[`'\"]*\s+from\s+", re.IGNORECASE
)
_WHOLE = re.compile(
    r"\b(?:module|package|namespace|file|shim|wrapper|this (?:import|path|location)|"
    r"import(?:s|ing)?\b.{0,20}\bfrom (?:this|here))\b",
    re.IGNORECASE,
)


def _spoken_of(project: Project, source: Definitions, module: str, text: str) -> str | None:
    """What a warning at the top of a module speaks of: one name of it, '' = all of it, None = neither.

    A warning about one name is no rule for the others.
    """
    bound = source.names
    said_module, name = subject(text)
    first = _FROM_HERE.match(text)
    if first and first[1] in bound:
        return first[1]
    if said_module:
        return name if name in bound or not _names_module(module, name) else ""
    if _names_module(module, name):
        return ""
    inside = name.removeprefix(f"{module}.")
    if inside in bound and "." not in inside:
        return inside
    if "." in name and not project.modules.locate(name, project.full(source.path)):
        return ""  # what the module was called before
    last = module.rpartition(".")[2]
    if _WHOLE.search(text) or re.search(rf"(?<![\w.]){re.escape(module)}(?!\.?\w)", text):
        return ""
    return "" if re.search(rf"(?:^|[\s`'\"]){re.escape(last)}(?:$|[\s`'\".,;:])", text) else None


def _names_module(module: str, name: str) -> bool:
    """Whether a name in a text is the module's own, maybe with other packages before it."""
    return bool(name) and name.rpartition(".")[2] == module.rpartition(".")[2]


def _definition(
    source: Definitions, module: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
) -> Iterator[Deprecation]:
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        last = ast.unparse(decorator.func).rpartition(".")[2]
        if last == "deprecated":
            reason = next((k.value for k in decorator.keywords if k.arg == "reason"), None)
            argument = decorator.args[0] if decorator.args else reason
            text = string_of(argument, {}) if argument is not None else ""
            reading = read_text(text)
            yield Deprecation(module, node.name, node.lineno, reading.text, reading.targets)
            return
    function: ast.AST = node
    if isinstance(node, ast.ClassDef):
        methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
        function = next((m for m in methods if m.name in ("__init__", "__new__")), node)
    body: list[ast.stmt] = [] if isinstance(function, ast.ClassDef) else function.body  # type: ignore[attr-defined]
    for item in body:
        if isinstance(item, ast.Expr):
            for call in warning_calls(source, item):
                reading = read_text(text_of(source, call, module, node.name, function))
                yield Deprecation(module, node.name, call.lineno, reading.text, reading.targets)
                return
