"""Reads shims, a module's `__getattr__`: which names they forward, and where to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gardener.codemod.bound import only_value

from ._deprecation_text import Deprecation, read_text
from ._warning_calls import text_of, warning_calls, warns

if TYPE_CHECKING:
    from gardener.codemod.definitions import Definitions
    from gardener.codemod.name_resolver import NameResolver


def shimmed(
    modules: NameResolver, source: Definitions, path: str, module: str, node: ast.FunctionDef
) -> Iterator[Deprecation]:
    """The names that a module's `__getattr__` warns of, and where it gets them from."""
    if not node.args.args:
        return
    warned = _Warned(source, node)
    if not warned.calls:
        return
    yield from _tables(modules, source, path, module, warned)
    yield from _branches(modules, source, path, module, warned)
    forwarded = _returned(modules, source, path, node.body, "*", warned.node)
    if forwarded.endswith(".*") and warned.covers(node.body[-1], "*"):
        yield Deprecation(module, "*", node.lineno, "", (forwarded[:-2],), sure=True)


def _branches(
    modules: NameResolver, source: Definitions, path: str, module: str, warned: _Warned
) -> Iterator[Deprecation]:
    """Names that the shim compares with: `if name == "Name": warn(...)`."""
    for branch in ast.walk(warned.node):
        if not isinstance(branch, ast.If):
            continue
        calls = [call for item in branch.body for call in warning_calls(source, item)]
        for name in compared(source, branch.test, warned.node):
            if not warned.covers(branch.body[-1], name):
                continue
            target = _returned(modules, source, path, branch.body, name, warned.node)
            text = text_of(source, calls[0], module, name, warned.node) if calls else ""
            reading = read_text(text)
            targets = (target,) if target else reading.targets
            yield Deprecation(module, name, branch.lineno, reading.text, targets, bool(target))


class _Warned:
    """For which names a shim surely gives a warning before it returns something."""

    def __init__(self, source: Definitions, node: ast.FunctionDef) -> None:
        self.source = source
        self.node = node
        self._above = {
            child: above for above in ast.walk(node) for child in ast.iter_child_nodes(above)
        }
        self.calls = [c for c in ast.walk(node) if isinstance(c, ast.Call) and self._warns(c)]

    def _warns(self, call: ast.Call) -> bool:
        if warns(self.source, call):
            return True
        if not isinstance(call.func, ast.Name):
            return False
        # A helper of the module that warns: `_warn(name)`.
        bound = self.source.bound(call.func.id, self.node)
        inner = bound[0].node if bound else None
        if not isinstance(inner, ast.FunctionDef) or inner is self.node:
            return False
        return any(isinstance(c, ast.Call) and warns(self.source, c) for c in ast.walk(inner))

    def covers(self, place: ast.stmt, name: str) -> bool:
        """Whether a warning about a name is given before, or in, a statement of the shim."""
        around = {id(branch) for branch in self._branches(place)}
        last = place.end_lineno or place.lineno
        for call in self.calls:
            if call.lineno > last:
                continue
            branches = [b for b in self._branches(call) if id(b) not in around]
            if all(b is place or name in self._asked(b) for b in branches):
                return True
        return False

    def _branches(self, node: ast.AST) -> Iterator[ast.AST]:
        """The tests that decide whether a node is reached, each by its branch's first statement."""
        while node is not self.node:
            above = self._above[node]
            if isinstance(above, ast.If):
                yield above.body[0] if node in above.body else above
            elif isinstance(above, (ast.ExceptHandler, ast.IfExp, ast.Try)):
                yield above
            node = above

    def _asked(self, first: ast.AST) -> list[str]:
        """The names for which the branch that begins with a statement is taken."""
        branch = self._above.get(first)
        if not isinstance(branch, ast.If) or branch.body[0] is not first:
            return []
        return compared(self.source, branch.test, self.node)


def _tables(
    modules: NameResolver, source: Definitions, path: str, module: str, warned: _Warned
) -> Iterator[Deprecation]:
    """Dictionaries that the shim reads: `{"Name": "new.module"}` and the like."""
    for table, places in _forwarding_tables(source, warned.node):
        for key, value in zip(table.keys, table.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                continue
            if not any(warned.covers(place, key.value) for place in places):
                continue
            target = _entry(modules, source, path, (module, key.value), value, warned.node)
            if target:
                yield Deprecation(module, key.value, key.lineno, "", (target,), sure=True)


def _forwarding_tables(
    source: Definitions, node: ast.FunctionDef
) -> Iterator[tuple[ast.Dict, list[ast.stmt]]]:
    """Dictionaries whose values lead to what the shim returns, and where it returns that."""
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    for name in used:
        bindings = source.bound(name) if source.is_of_module(name, node) else []
        if len(bindings) == 1 and isinstance(bindings[0].value, ast.Dict):
            yield bindings[0].value, _results(node, {name})
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Dict):
            names = {t.id for t in inner.targets if isinstance(t, ast.Name)}
            yield inner.value, _results(node, names)


_LOADING = re.compile(
    r"(?:^|\.)(?:import_(?:module|string|term|item|object)|getattr|__import__|resolve_name|symbol_by_name)$"
)


def _results(node: ast.FunctionDef, names: set[str]) -> list[ast.stmt]:
    """Where the value of one of these names is returned, or what it loads."""
    names = set(names)
    for _ in range(3):
        for item in ast.walk(node):
            if isinstance(item, (ast.Assign, ast.NamedExpr, ast.AnnAssign)) and item.value:
                if _is_value(item.value, names) or _loads(item.value, names):
                    targets = item.targets if isinstance(item, ast.Assign) else [item.target]
                    names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return [
        item
        for item in ast.walk(node)
        if isinstance(item, ast.Return)
        and item.value is not None
        and (_is_value(item.value, names) or _loads(item.value, names))
    ]


def _loads(value: ast.expr, names: set[str]) -> bool:
    """Whether an expression loads what one of these names says: `import_module(TABLE[name])`."""
    for call in ast.walk(value):
        if isinstance(call, ast.Call) and _LOADING.search(ast.unparse(call.func)):
            if any(_read(argument) & names for argument in call.args):
                return True
    return False


_TAKING = {"get", "pop", "split", "rsplit", "partition", "rpartition", "removeprefix", "replace"}
"""Methods that give an entry of a table, or a part of a text in it."""


def _is_value(value: ast.expr, names: set[str]) -> bool:
    """Whether an expression is an entry of one of these tables itself.

    A text about it, a comparison with it, or an attribute of it are something else.
    """
    if isinstance(value, ast.Name):
        return value.id in names
    if isinstance(value, ast.Subscript):
        return _is_value(value.value, names)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in _TAKING and _is_value(value.func.value, names)
    if isinstance(value, ast.NamedExpr):
        return _is_value(value.value, names)
    return False


def _read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _entry(
    modules: NameResolver,
    source: Definitions,
    path: str,
    deprecation: tuple[str, str],
    value: ast.expr,
    function: ast.AST,
) -> str:
    """The dotted name that one entry of a table leads to; '' when it leads nowhere."""
    module, name = deprecation
    if isinstance(value, (ast.Name, ast.Attribute)):
        meaning = source.meaning(value, function)
        if meaning:
            return modules.absolute(meaning, path)
        if isinstance(value, ast.Name) and source.is_of_module(value.id, function):
            return f"{module}.{value.id}"
        return ""
    if isinstance(value, (ast.Tuple, ast.List)):
        parts = [e.value for e in value.elts if isinstance(e, ast.Constant)]
        strings = [p for p in parts if isinstance(p, str)]
        choices = [".".join(strings[:2])] if len(strings) >= 2 else []
        choices += [f"{s}.{name}" for s in strings[:1]]
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        text = value.value.replace(":", ".")
        choices = [f"{text}.{name}", text, f"{module}.{text}"]
    else:
        return ""
    for choice in choices:
        dotted = modules.absolute(choice, path)
        definition = modules.define(dotted, path)
        if definition is not None and (
            definition.binding is not None or dotted == definition.module
        ):
            return dotted
    return ""


def compared(source: Definitions, test: ast.expr, function: ast.FunctionDef) -> list[str]:
    """Names that `name == "X"` or `name in ("X", "Y")` asks for in a shim."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return []
    left, right = test.left, test.comparators[0]
    if not isinstance(left, ast.Name) or left.id != function.args.args[0].arg:
        return []
    if isinstance(right, ast.Name):
        right = only_value(source.bound(right.id, function)) or right
    if isinstance(test.ops[0], ast.In) and isinstance(right, ast.Dict):
        right = ast.Set([key for key in right.keys if key is not None])
    if isinstance(test.ops[0], ast.Eq) and isinstance(right, ast.Constant):
        return [right.value] if isinstance(right.value, str) else []
    if isinstance(test.ops[0], ast.In) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        values = [e.value for e in right.elts if isinstance(e, ast.Constant)]
        return [v for v in values if isinstance(v, str)]
    return []


def _returned(
    modules: NameResolver,
    source: Definitions,
    path: str,
    body: list[ast.stmt],
    name: str,
    function: ast.FunctionDef,
) -> str:
    """The dotted name of what a branch of the shim returns for `name`; '' = cannot be told."""
    parameter = function.args.args[0].arg
    for item in body:
        if not isinstance(item, ast.Return) or item.value is None:
            continue
        value = item.value
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "getattr":
            if len(value.args) >= 2 and ast.unparse(value.args[1]) == parameter:
                owner = _module_of(source, value.args[0], function)
                return f"{modules.absolute(owner, path)}.{name}" if owner else ""
            return ""
        meaning = source.meaning(value, function)
        if meaning:
            return modules.absolute(meaning, path)
        if isinstance(value, ast.Name) and source.is_of_module(value.id, function):
            return f"{modules.name(path)}.{value.id}"
    return ""


def _module_of(source: Definitions, expr: ast.expr, function: ast.AST) -> str:
    if isinstance(expr, ast.Call) and ast.unparse(expr.func).rpartition(".")[2] == "import_module":
        first = expr.args[0] if expr.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return first.value
        return ""
    meaning = source.meaning(expr, function)
    if not meaning and isinstance(expr, ast.Name):
        bound = source.bound(expr.id, function)
        if len(bound) == 1 and bound[0].value is not None:
            return _module_of(source, bound[0].value, function)
    return meaning
