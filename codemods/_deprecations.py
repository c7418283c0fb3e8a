"""Reads what modules say of themselves: which names they deprecate, and where these went."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ._deprecation_text import read_text, subject

if TYPE_CHECKING:
    from gardener.codemod.definitions import Definitions
    from gardener.codemod.project import Project

_SAYS_SO = re.compile(
    r"deprecat|\bmoved to\b|\brenamed\b|\bremoved in\b|\bobsolete\b", re.IGNORECASE
)
_WARNINGS = {"DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"}


class Deprecation(NamedTuple):
    """A deprecated module (`name` is '') or name, as the module itself says.

    `targets` are dotted names where it may be found, best first; `sure` tells whether
    the code itself (a shim) leads there. `line` is where it is said.
    """

    module: str
    name: str
    line: int
    text: str
    targets: tuple[str, ...] = ()
    sure: bool = False


def deprecations(project: Project, path: str) -> list[Deprecation]:
    """What the module in the file at `path` (absolute) says is deprecated in it."""
    return project.memo(f"deprecations {path}", lambda: list(_deprecations(project, path)))


def _deprecations(project: Project, path: str) -> Iterator[Deprecation]:
    source = project.modules.source(path) if _may_say_so(project.read(path)) else None
    if source is None:
        return
    from ._shims import shimmed

    module = project.modules.name(path)
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            yield from shimmed(project.modules, source, path, module, node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _definition(source, module, node)
        else:
            for call in warning_calls(source, node):
                reading = read_text(text_of(source, call, module, ""))
                name = _spoken_of(project, source, module, reading.text)
                if name is not None:
                    yield Deprecation(module, name, call.lineno, reading.text, reading.targets)


def _may_say_so(data: bytes) -> bool:
    """Whether a module's bytes hold what every deprecation is written with."""
    if not any(text in data for text in (b"eprecat", b"moved to", b"renamed", b"FutureWarning")):
        return False
    return b"warn" in data or b"deprecated" in data or b"__getattr__" in data


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
    bound = source.bindings
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
            text = _string(argument, {}) if argument is not None else ""
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
    if not named and (is_other_warning or not _SAYS_SO.search(_string(call.args[0], {}))):
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
    return _string(argument, names)


def _string(node: ast.expr, names: dict[str, str]) -> str:
    """The text of a string expression; what is not known stays in braces."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_string(value, names) for value in node.values)
    if isinstance(node, ast.FormattedValue):
        inner = ast.unparse(node.value)
        return names.get(inner, "{" + inner + "}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _string(node.left, names) + _string(node.right, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        text = _string(node.left, names)
        for value in values:
            inserted = names.get(ast.unparse(value), "{" + ast.unparse(value) + "}")
            text = re.sub(r"%[sr]", lambda _match, inserted=inserted: inserted, text, count=1)  # type: ignore[misc]
        return text
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("format", "strip", "join"):
            return _string(node.func.value, names)
    return ""
