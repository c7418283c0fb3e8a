"""What statements mention, store, and make anew, told by their syntax. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterable, Iterator, List, Set, Tuple

STORING = frozenset(
    {
        *("setdefault", "update", "append", "appendleft", "extend", "insert", "add", "put", "set"),
        *("__setitem__", "__setattr__", "setattr", "store", "push"),
    }
)
"""Names of methods that keep something in what they are called on."""
FRESH = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
FRESH_CALLS = frozenset({"list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter"})


def mentions(node: ast.AST) -> Set[str]:
    """Attributes and names that an expression reads, and strings it asks `hasattr` for."""
    mentioned = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute):
            mentioned.add("." + child.attr)
        elif isinstance(child, ast.Name):
            mentioned.add(child.id)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            mentioned.add("." + child.value)
    return mentioned


def calls_in(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    for node in nodes:
        yield from (child for child in ast.walk(node) if isinstance(child, ast.Call))


def stores(body: Iterable[ast.AST], shared: Set[str]) -> Set[str]:
    """Attributes, `shared` names and containers that statements write to."""
    body = list(body)
    stored: Set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(getattr(node, "ctx", None), ast.Store):
                stored |= _target(node, shared)
    for call in calls_in(body):
        name = last_name(call.func)
        if name in STORING and isinstance(call.func, ast.Attribute):
            stored |= _container(call.func.value)
        if name in ("setattr", "__setattr__"):
            named = (a.value for a in call.args if isinstance(a, ast.Constant))
            stored.update("." + text for text in named if isinstance(text, str))
    return stored


def _target(node: Any, shared: Set[str]) -> Set[str]:
    """What is written to where an expression is assigned to."""
    if isinstance(node, ast.Attribute):
        return {"." + node.attr}
    if isinstance(node, ast.Name):
        return {node.id} & shared
    return _container(node.value) if isinstance(node, ast.Subscript) else set()


def _container(node: Any) -> Set[str]:
    """How a container is spelled."""
    if isinstance(node, ast.Attribute):
        return {"." + node.attr}
    return {node.id} if isinstance(node, ast.Name) else set()


def last_name(node: Any) -> str:
    """The name that an expression ends with; empty if it is none."""
    return str(getattr(node, "attr", None) or getattr(node, "id", None) or "")


def shared_names(function: ast.AST) -> Set[str]:
    names: Set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            names.update(node.names)
    return names


def _bindings(function: ast.AST) -> Iterator[Tuple[str, Any]]:
    """Names that are assigned in a function, each with the value."""
    for node in ast.walk(function):
        value = getattr(node, "value", None)
        if not isinstance(value, ast.AST):
            continue
        if isinstance(node, ast.Assign):
            targets: List[Any] = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            targets = [node.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, value


def fresh_names(function: ast.AST) -> Set[str]:
    """Local names that only ever stand for containers which are made there."""
    values: Dict[str, List[Any]] = {}
    for name, value in _bindings(function):
        values.setdefault(name, []).append(value)
    return {name for name, bound in values.items() if all(map(_is_fresh, bound))}


def _is_fresh(value: ast.AST) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in FRESH_CALLS
    return isinstance(value, FRESH)


def origins_of(function: ast.AST) -> Dict[str, Set[str]]:
    """What local names were made of: `kept = CACHE.get(key)`."""
    origins: Dict[str, Set[str]] = {}
    for name, value in _bindings(function):
        origins.setdefault(name, set()).update(mentions(value))
    return origins
