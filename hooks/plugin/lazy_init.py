"""Finds lazy initialisation: code that runs once per instance or process. PYTEST_DONT_REWRITE

What a test skips because an earlier one did it (a cached result, an attribute that is made at
its first use) no recorder can see. So what such code runs belongs to every test that may meet
what it left, not only to the test that happened to be first.
"""

from __future__ import annotations

import ast
import json
import os
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from .repository import Repository

CACHE_WORDS = ("cache", "memo", "singleton", "once", "lazy")
"""A decorator whose name holds one of these is taken for a cache."""
STORE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "once.json")
UNREADABLE = (OSError, SyntaxError, ValueError, RecursionError, MemoryError)

FunctionKey = Tuple[str, int]
"""Name and first line of a function, as its code object has them."""


class LazyInitSite(NamedTuple):
    """Lines of a function that later calls may skip: code that runs once per instance or process.

    `calls` are the last names of what is called there, `names` of all that is named there.
    `attributes` are those of the method's own instance that decide whether the lines are skipped
    (`x`, or `x[]` for what lies in a container); empty where something else may decide.
    """

    first: int
    last: int
    calls: List[str]
    names: List[str]
    attributes: Sequence[str] = ()


class LazyInitSites:
    """The sites of each file, kept in a file beside this one so that each is parsed once.

    A file is known again by its size and time of change in nanoseconds: what is lost by
    a mistake here is not a test's result but a part of what is known about it.
    """

    def __init__(self, repository: Repository, path: str = STORE) -> None:
        self._repository = repository
        self._path = path
        self._by_file: Dict[str, Any] = {}
        self._has_changed = False
        try:
            with open(self._path, encoding="utf-8") as file:
                stored = json.load(file)
            self._by_file = stored if isinstance(stored, dict) else {}
        except (OSError, ValueError):
            pass

    def of(self, filename: str) -> Dict[FunctionKey, List[LazyInitSite]]:
        """The sites of one file, by the function around them."""
        try:
            status = os.stat(filename)
            stamp = [status.st_size, status.st_mtime_ns]
            entry = self._by_file.get(filename)
            if not entry or entry[0] != stamp:
                sites = find_sites(filename) if self._may_have_sites(filename) else {}
                rows = [[name, line, in_function] for (name, line), in_function in sites.items()]
                entry = self._by_file[filename] = [stamp, rows]
                self._has_changed = True
            return {
                (name, line): [LazyInitSite(*site) for site in sites]
                for name, line, sites in entry[1]
            }
        except (OSError, ValueError, TypeError, IndexError):
            return {}

    def _may_have_sites(self, filename: str) -> bool:
        """Tests rarely keep anything for later: only those that look like it are parsed."""
        if self._repository.origin(filename) != "test":
            return True
        with open(filename, "rb") as file:
            text = file.read().lower()
        return any(word.encode() in text for word in (*CACHE_WORDS, "global ", "nonlocal "))

    def save(self) -> None:
        """Keep what is known for the next run; without it files are parsed again."""
        if not self._has_changed:
            return
        try:
            temporary = "%s.%d" % (self._path, os.getpid())
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(self._by_file, file, separators=(",", ":"))
            os.replace(temporary, self._path)
        except OSError:
            pass


def find_sites(filename: str) -> Dict[FunctionKey, List[LazyInitSite]]:
    """Lazy initialisation in a file, by the function around it; none where it cannot be parsed.

    The whole body of a function with a decorator that sounds like a cache; the body of
    `if x is None: x = ...`, `if key not in d: d[key] = ...`, the handler of `try: d[key]
    except KeyError: d[key] = ...`; a statement `self.x = self.x or ...`.
    """
    sites: Dict[FunctionKey, List[LazyInitSite]] = {}
    try:
        with open(filename, "rb") as file:
            tree = ast.parse(file.read())
    except UNREADABLE:
        return sites
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = _skippable_lines(node)
            if lines:
                sites[node.name, _first_line(node)] = [_site(node, skip) for skip in lines]
    return sites


class Skippable(NamedTuple):
    """Lines that later calls may skip, and what is stored there and asked for before.

    Attributes are spelled with a dot (`.x`), names and containers without.
    """

    first: int
    last: int
    stored: Set[str]


class Around(NamedTuple):
    """The function around a node: its body, and names in it that are global or nonlocal."""

    body: List[ast.stmt]
    shared: Set[str]


def _first_line(function: Any) -> int:
    """Of the first decorator, if there is one: where the code object begins."""
    lines = [decorator.lineno for decorator in function.decorator_list]
    return int(min([function.lineno, *lines]))


def _skippable_lines(function: Any) -> List[Skippable]:
    if any(_is_cache(decorator) for decorator in function.decorator_list):
        return [Skippable(_first_line(function), function.end_lineno, set())]
    around = Around(function.body, set())
    for node in ast.walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            around.shared.update(node.names)
    lines: List[Skippable] = []
    for node in ast.walk(function):
        for rule in RULES.get(type(node), ()):
            lines += rule(node, around)
    return lines


def _is_cache(decorator: ast.expr) -> bool:
    text = ast.dump(decorator).lower()
    return any(word in text for word in CACHE_WORDS)


def _branches(node: Any, around: Around) -> List[Skippable]:
    """`if x is None: x = ...`, and the same in the `else`."""
    mentioned = _mentions(node.test)
    return [
        *_if_stored(mentioned, node.body, around),
        *_if_stored(mentioned, node.orelse, around),
    ]


def _behind_early_return(node: Any, around: Around) -> List[Skippable]:
    """`if x in cache: return cache[x]`, and then the lines up to the last store."""
    if not isinstance(node.body[-1], ast.Return) or not isinstance(node.test, ast.Compare):
        return []
    if not isinstance(node.test.ops[0], (ast.In, ast.IsNot)) or node not in around.body:
        return []
    mentioned = _mentions(node.test)
    behind = [child for child in around.body if child.lineno > (node.end_lineno or 0)]
    while behind and not mentioned & _stores(behind[-1:], around.shared):
        behind.pop()
    return _if_stored(mentioned, behind, around)


def _handlers(node: Any, around: Around) -> List[Skippable]:
    """`try: return d[key]`, and `except KeyError: d[key] = ...`."""
    mentioned: Set[str] = set()
    for child in node.body:
        mentioned |= _mentions(child)
    lines: List[Skippable] = []
    for handler in node.handlers:
        lines += _if_stored(mentioned, handler.body, around)
    return lines


def _conditional_assignments(node: Any, around: Around) -> List[Skippable]:
    """`self.x = self.x or ...`, or with `if` and `else`."""
    if not isinstance(node.value, (ast.BoolOp, ast.IfExp)):
        return []
    return _if_stored(_mentions(node.value), [node], around)


RULES: Dict[type, Tuple[Callable[[Any, Around], List[Skippable]], ...]] = {
    ast.If: (_branches, _behind_early_return),
    ast.Try: (_handlers,),
    ast.Assign: (_conditional_assignments,),
}
"""What may be skipped because of a node, by its type."""


def _if_stored(mentioned: Set[str], body: List[ast.stmt], around: Around) -> List[Skippable]:
    """The lines of statements that store what was mentioned before; else none."""
    stored = mentioned & _stores(body, around.shared)
    if not stored:
        return []
    return [Skippable(body[0].lineno, body[-1].end_lineno or 0, stored)]


def _mentions(node: ast.AST) -> Set[str]:
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


def _stores(body: Iterable[ast.stmt], shared: Set[str]) -> Set[str]:
    """Attributes, `shared` names and containers that statements write to."""
    stored: Set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if not isinstance(getattr(node, "ctx", None), ast.Store):
                continue
            if isinstance(node, ast.Attribute):
                stored.add("." + node.attr)
            elif isinstance(node, ast.Name):
                stored |= {node.id} & shared
            elif isinstance(node, ast.Subscript):
                if isinstance(node.value, ast.Attribute):
                    stored.add("." + node.value.attr)
                elif isinstance(node.value, ast.Name):
                    stored.add(node.value.id)
    return stored


def _site(function: Any, lines: Skippable) -> LazyInitSite:
    nodes = [
        node
        for node in ast.walk(function)
        if lines.first <= getattr(node, "lineno", 0) <= lines.last
    ]
    calls = {_last_name(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = {_last_name(node) for node in nodes} - {""}
    attributes = _instance_attributes(function, nodes, lines.stored)
    return LazyInitSite(lines.first, lines.last, sorted(calls), sorted(names), attributes)


def _instance_attributes(function: Any, nodes: List[Any], stored: Set[str]) -> List[str]:
    """What of `stored` are attributes of a method's instance; none if anything else is."""
    arguments = [*getattr(function.args, "posonlyargs", ()), *function.args.args]
    instance_name = arguments[0].arg if arguments else ""
    attributes: Set[str] = set()
    for node in nodes:
        if not isinstance(getattr(node, "ctx", None), ast.Store) or isinstance(node, ast.Starred):
            continue
        is_container = isinstance(node, ast.Subscript)
        target = node.value if is_container else node
        name = _last_name(target)
        if not {name, "." + name} & stored:
            continue
        if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
            return []
        if target.value.id != instance_name:
            return []
        attributes.add(name + "[]" if is_container else name)
    return sorted(attributes)


def _last_name(node: Any) -> str:
    """The name that an expression ends with; empty if it is none."""
    return str(getattr(node, "attr", None) or getattr(node, "id", None) or "")
