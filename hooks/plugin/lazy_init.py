"""Finds places that run once: what a later call may skip. PYTEST_DONT_REWRITE

Part of the recorder (`hooks/plugin/tracer.py`): standard library only, Python 3.8+.
"""

from __future__ import annotations

import ast
import json
import os
from typing import Any, Dict, List, NamedTuple, Sequence, Set, Tuple

CACHES = ("cache", "memo", "singleton", "once", "lazy")


class Place(NamedTuple):
    """Lines of a function that later calls may skip, the names that are called there, and
    all that are said there.

    `own` are the attributes of the method's own instance that say whether they are skipped
    (`x`, or `x[]` for what lies in a container); empty where it may be anything else.
    """

    first: int
    last: int
    calls: List[str]
    names: List[str]
    own: Sequence[str] = ()


class Places:
    """Places that run once, by file; kept beside this file so that each is parsed once.

    A file is known again by its size and time of change in nanoseconds: what is lost by
    a mistake here is not a test's result but a part of what is known about it.
    """

    def __init__(self, repository: Any) -> None:
        self.repository = repository
        self.path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "once.json")
        self.known: Dict[str, Any] = {}
        self.fresh = False
        try:
            with open(self.path, encoding="utf-8") as source:
                found = json.load(source)
            self.known = found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            pass

    def of(self, filename: str) -> Dict[Tuple[str, int], List[Place]]:
        """The places of one file, by the name and first line of the function around them."""
        try:
            status = os.stat(filename)
            stamp = [status.st_size, status.st_mtime_ns]
            kept = self.known.get(filename)
            if not kept or kept[0] != stamp:
                made = once_places(filename) if self._may_have(filename) else {}
                rows = [[name, line, places] for (name, line), places in made.items()]
                kept = self.known[filename] = [stamp, rows]
                self.fresh = True
            return {(n, line): [Place(*one) for one in places] for n, line, places in kept[1]}
        except (OSError, ValueError, TypeError, IndexError):
            return {}

    def _may_have(self, filename: str) -> bool:
        """Tests rarely keep anything for later: only those that look like it are parsed."""
        if self.repository.origin(filename) != "test":
            return True
        with open(filename, "rb") as source:
            text = source.read().lower()
        return any(word.encode() in text for word in (*CACHES, "global ", "nonlocal "))

    def save(self) -> None:
        if not self.fresh:
            return
        try:
            new = "%s.%d" % (self.path, os.getpid())
            with open(new, "w", encoding="utf-8") as out:
                json.dump(self.known, out, separators=(",", ":"))
            os.replace(new, self.path)
        except OSError:
            pass


def once_places(filename: str) -> Dict[Tuple[str, int], List[Place]]:
    """Lines, by (name, first line) of the function around them, that later calls may skip.

    The whole body of a function with a decorator that sounds like a cache; the body of
    `if x is None: x = ...`, `if key not in d: d[key] = ...`, the handler of `try: d[key]
    except KeyError: d[key] = ...`; a statement `self.x = self.x or ...`.
    """
    found: Dict[Tuple[str, int], List[Place]] = {}
    try:
        with open(filename, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            lines = _lines(node)
            if lines:
                found[node.name, first] = [_place(node, *one) for one in lines]
    return found


def _place(function: Any, first: int, last: int, kept: Set[str]) -> Place:
    """A place with what is said in it; `kept` is what is stored there and asked for before."""
    inside = [n for n in ast.walk(function) if first <= getattr(n, "lineno", 0) <= last]
    calls = {_last_name(n.func) for n in inside if isinstance(n, ast.Call)}
    names = sorted({_last_name(n) for n in inside} - {""})
    return Place(first, last, sorted(calls), names, _own(function, inside, kept))


def _own(function: Any, inside: List[Any], kept: Set[str]) -> List[str]:
    """The attributes of its own instance that a method keeps; none if it keeps anything else."""
    arguments = [*getattr(function.args, "posonlyargs", ()), *function.args.args]
    found: Set[str] = set()
    for node in inside:
        item = isinstance(node, ast.Subscript)
        target = node.value if item else node
        if not isinstance(getattr(node, "ctx", None), ast.Store) or isinstance(node, ast.Starred):
            continue
        name = _last_name(target)
        if not {name, "." + name} & kept:
            continue
        instance = target.value if isinstance(target, ast.Attribute) else None
        if not arguments or not isinstance(instance, ast.Name) or instance.id != arguments[0].arg:
            return []
        found.add(name + "[]" if item else name)
    return sorted(found)


def _last_name(node: Any) -> str:
    """The name that an expression ends with; empty if it is none."""
    return str(getattr(node, "attr", None) or getattr(node, "id", None) or "")


def _lines(function: Any) -> List[Tuple[int, int, Set[str]]]:
    """First and last lines of what later calls of a function may skip, and what is kept there."""
    for decorator in function.decorator_list:
        words = ast.dump(decorator).lower()
        if any(word in words for word in CACHES):
            first = min(d.lineno for d in function.decorator_list)
            return [(first, function.end_lineno, set())]
    found: List[Tuple[int, int, Set[str]]] = []
    declared = [n for n in ast.walk(function) if isinstance(n, (ast.Global, ast.Nonlocal))]
    shared = {name for one in declared for name in one.names}

    def keep(asked: Set[str], body: List[Any]) -> None:
        kept = asked & _stores(body, shared)
        if kept:
            found.append((body[0].lineno, body[-1].end_lineno or 0, kept))

    for node in ast.walk(function):
        if isinstance(node, ast.If):
            asked = _mentions(node.test)
            keep(asked, node.body)
            keep(asked, node.orelse)
            if node.body and isinstance(node.body[-1], ast.Return):
                # `if x in cache: return cache[x]`, and then the store.
                after = [n for n in function.body if n.lineno > (node.end_lineno or 0)]
                keeps = [n for n in after if asked & _stores([n], shared)]
                looked_up = isinstance(node.test, ast.Compare) and isinstance(
                    node.test.ops[0], (ast.In, ast.IsNot)
                )
                if looked_up and keeps and node in function.body:
                    keep(asked, after[: after.index(keeps[-1]) + 1])
        elif isinstance(node, ast.Try):
            asked = set().union(*(_mentions(one) for one in node.body)) if node.body else set()
            for handler in node.handlers:
                keep(asked, handler.body)
        elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.BoolOp, ast.IfExp)):
            keep(_mentions(node.value), [node])
    return found


def _mentions(node: ast.AST) -> Set[str]:
    """Attributes and names that an expression reads, and strings it asks `hasattr` for."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute):
            found.add("." + one.attr)
        elif isinstance(one, ast.Name):
            found.add(one.id)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            found.add("." + one.value)
    return found


def _stores(body: List[ast.stmt], shared: Set[str]) -> Set[str]:
    """Attributes, `shared` names and containers that statements write to."""
    found = set()
    for statement in body:
        for one in ast.walk(statement):
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
                found.add("." + one.attr)
            elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                found |= {one.id} & shared
            elif isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
                inner = one.value
                if isinstance(inner, ast.Attribute):
                    found.add("." + inner.attr)
                elif isinstance(inner, ast.Name):
                    found.add(inner.id)
    return found
