"""What gardener needs to know of one Python file: a pure function of its bytes."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+")
_IMPORTERS = {
    "import_module",
    "__import__",
    "importorskip",
    "run_module",
    "find_spec",
    "resolve_name",
}
_LONGEST = 300  # characters of a string constant that may still be a name or a path


class Import(NamedTuple):
    """One import; `names` is empty for `import module`, and `level` counts leading dots."""

    module: str
    level: int
    names: tuple[str, ...]


class Outline(NamedTuple):
    """A function, class or other name that could be a test, with the names of its own markers."""

    name: str
    is_class: bool = False
    markers: tuple[str, ...] = ()
    has_bases: bool = False


class Summary(NamedTuple):
    """One file: what it imports, what its strings name, and its outline.

    `texts` are its string constants except docstrings; `modules` those among the
    strings that are arguments of `import_module` and friends. `broken` says why the
    file does not parse; then the rest is empty.
    """

    imports: tuple[Import, ...] = ()
    texts: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    outline: tuple[Outline, ...] = ()
    markers: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    broken: str = ""


def summarize(source: bytes) -> Summary:
    """Read one file; never raises for what is in it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as wrong:
        line = getattr(wrong, "lineno", None)
        where = f" (line {line})" if line else ""
        return Summary(broken=f"does not parse: {getattr(wrong, 'msg', wrong)}{where}")
    imports: list[Import] = []
    texts: dict[str, None] = {}
    modules: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [Import(alias.name, 0, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            imports.append(Import(node.module or "", node.level, names))
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and 0 < len(node.value) <= _LONGEST:
                texts[node.value] = None
        elif isinstance(node, ast.Call) and _last(node.func) in _IMPORTERS:
            modules[_module_argument(node)] = None
        elif isinstance(node, (ast.List, ast.Tuple)):
            for flag, value in zip(node.elts, node.elts[1:], strict=False):
                if isinstance(flag, ast.Constant) and flag.value == "-m":
                    modules[_prefix(value)] = None
    return Summary(
        imports=tuple(dict.fromkeys(imports)),
        texts=tuple(texts),
        modules=tuple(m for m in modules if m),
        outline=tuple(_outline(tree.body, "")),
        markers=tuple(_assigned_markers(tree.body)),
        plugins=tuple(_plugins(tree.body)),
    )


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _module_argument(call: ast.Call) -> str:
    """The module that `import_module(name, package)` and its like are asked for."""
    by_name = {k.arg: k.value for k in call.keywords}
    name, package = [*call.args[:2], None, None][:2]
    name = name or by_name.get("name") or by_name.get("mod_name")
    package = package or by_name.get("package")
    text = _prefix(name) if name else ""
    if text.startswith(".") and package is not None:
        inside = _prefix(package).split(".")
        level = len(text) - len(text.lstrip("."))
        if not inside[-1].endswith("*"):
            return ".".join([*inside[: len(inside) - level + 1], text.lstrip(".")])
    return text


def _prefix(node: ast.expr) -> str:
    """A constant string, or what an f-string surely begins with, marked by a `*`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values:
        return _prefix(node.values[0]) + "*"
    if isinstance(node, ast.BinOp):
        return _prefix(node.left).rstrip("*") + "*"
    return "*"


def _outline(body: list[ast.stmt], inside: str) -> list[Outline]:
    found = []
    for node in _statements(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(Outline(inside + node.name, False, _markers(node.decorator_list)))
        elif isinstance(node, ast.ClassDef):
            marks = (*_markers(node.decorator_list), *_assigned_markers(node.body))
            found.append(Outline(inside + node.name, True, marks, bool(node.bases)))
            found += _outline(node.body, f"{inside}{node.name}::")
        elif isinstance(node, ast.Assign):
            found += [Outline(inside + t.id) for t in node.targets if isinstance(t, ast.Name)]
        elif isinstance(node, ast.ImportFrom):
            found += [Outline(inside + (a.asname or a.name)) for a in node.names if a.name != "*"]
    return found


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements of a block and of the `if`, `try` and `with` blocks in it."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for part in ("body", "orelse", "finalbody"):
                found += _statements(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                found += _statements(handler.body)
    return found


def _markers(nodes: list[ast.expr]) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes:
        found += [
            part.attr
            for part in ast.walk(node)
            if isinstance(part, ast.Attribute) and _last(part.value) == "mark"
        ]
    return tuple(found)


def _assigned_markers(body: list[ast.stmt]) -> list[str]:
    found: list[str] = []
    for node in _statements(body):
        if isinstance(node, ast.Assign):
            targets: list[ast.expr] = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = [node.target]
        else:
            continue
        if node.value and any(_last(t) == "pytestmark" for t in targets):
            found += _markers([node.value])
    return found


def _plugins(body: list[ast.stmt]) -> list[str]:
    found: list[str] = []
    for node in _statements(body):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_last(t) == "pytest_plugins" for t in targets):
                found += [
                    part.value
                    for part in ast.walk(node.value)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
    return found
