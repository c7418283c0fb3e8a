"""Finds lazy initialisation in the syntax of a file. PYTEST_DONT_REWRITE

That is code which looks whether something is there, and makes and keeps it if not:

- the whole body of a function with a decorator that sounds like a cache, or that is put into such
  a thing (`get = lru_cache(None)(make)`); of a `__missing__` and of a `__get__` that keeps something;
- the body of an `if`, the lines behind an early return, the handler of a `try` (or the lines behind
  it), an `or` or `if` in an expression: where what is asked for is stored there, or in a function
  of the file that is called there.
"""

from __future__ import annotations

import ast
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Set, Tuple

from .sites import UNREADABLE, FunctionKey, LazyInitSite
from .stored_names import (
    calls_in,
    fresh_names,
    last_name,
    mentions,
    origins_of,
    shared_names,
    stores,
)

CACHE_WORDS = ("cache", "memo", "singleton", "once", "lazy", "reify")
"""A decorator whose name holds one of these is taken for a cache."""
IMPLICIT = ("__missing__", "__get__", "__getattr__")
"""Methods that are called for what is not there yet: what they keep is then found without them."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def find_sites(filename: str) -> Dict[FunctionKey, List[LazyInitSite]]:
    """Lazy initialisation in a file, by the function around it; none where it cannot be parsed."""
    sites: Dict[FunctionKey, List[LazyInitSite]] = {}
    try:
        with open(filename, "rb") as file:
            tree = ast.parse(file.read())
    except UNREADABLE:
        return sites
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    stored_by = _stored_by_functions(functions)
    kept_as = _kept_as(tree)
    for node in functions:
        aliases = kept_as.get(node.name, set())
        lines = _skippable_lines(node, stored_by, aliases)
        if lines:
            key = node.name, _first_line(node)
            sites[key] = [_site(node, skip) for skip in lines]
            if aliases:
                sites[key] = [site._replace(aliases=tuple(sorted(aliases))) for site in sites[key]]
    return sites


class Skippable(NamedTuple):
    """Lines that later calls may skip, and what is stored there and asked for before.

    Attributes are spelled with a dot (`.x`), names and containers without.
    """

    first: int
    last: int
    stored: Set[str]


class Around(NamedTuple):
    """The function around a node: what its names mean there.

    `shared` are those that are global or nonlocal, `fresh` those of containers that are made
    in the function, `origins` what local names were made of. `stored_by` are the functions of the
    file, with what they store.
    """

    shared: Set[str]
    fresh: Set[str]
    origins: Dict[str, Set[str]]
    stored_by: Dict[str, Set[str]]

    def asked(self, *nodes: ast.AST) -> Set[str]:
        """What is mentioned there, and what the local names there were made of."""
        mentioned: Set[str] = set().union(*map(mentions, nodes))
        for name in list(mentioned):
            mentioned |= self.origins.get(name, set())
        return mentioned

    def stored(self, nodes: Iterable[ast.AST]) -> Set[str]:
        """What is stored there, or by functions of the file that are called there."""
        nodes = list(nodes)
        stored = stores(nodes, self.shared)
        for call in calls_in(nodes):
            stored |= self.stored_by.get(last_name(call.func), set())
        return stored - self.fresh


def _first_line(function: Any) -> int:
    """Of the first decorator, if there is one: where the code object begins."""
    lines = [decorator.lineno for decorator in function.decorator_list]
    return int(min([function.lineno, *lines]))


def _stored_by_functions(functions: Iterable[Any]) -> Dict[str, Set[str]]:
    """What functions store in attributes and globals, by their names; but for constructors."""
    stored: Dict[str, Set[str]] = {}
    for function in functions:
        if not function.name.startswith("__"):
            shared = shared_names(function)
            attributes = {
                name
                for name in stores(function.body, shared)
                if name.startswith(".") or name in shared
            }
            stored.setdefault(function.name, set()).update(attributes)
    return stored


def _kept_as(tree: ast.AST) -> Dict[str, Set[str]]:
    """Functions put into a cache without a decorator: `get = lru_cache(None)(make)`, `defaultdict(make)`."""
    cached: Dict[str, Set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            call = node.value
            if _sounds_like_cache(call.func) or last_name(call.func) == "defaultdict":
                names = {last_name(target) for target in node.targets} - {""}
                for argument in call.args:
                    if isinstance(argument, (ast.Name, ast.Attribute)):
                        cached.setdefault(last_name(argument), set()).update(names)
    return cached


def _skippable_lines(
    function: Any, stored_by: Dict[str, Set[str]], aliases: Set[str]
) -> List[Skippable]:
    is_implicit = function.name in IMPLICIT and _keeps_something(function)
    if is_implicit or aliases or any(map(_sounds_like_cache, function.decorator_list)):
        return [Skippable(_first_line(function), function.end_lineno, set())]
    shared = shared_names(function)
    around = Around(shared, fresh_names(function) - shared, origins_of(function), stored_by)
    lines: List[Skippable] = []
    for block in _blocks(function):
        for index, node in enumerate(block):
            for rule in RULES:
                lines += rule(node, block[index + 1 :], around)
    return lines


def _keeps_something(function: Any) -> bool:
    """Whether it stores anything, under names that only run time knows too."""
    keepers = ("setattr", "__setattr__", "globals", "vars")
    return bool(stores(function.body, set())) or any(
        last_name(call.func) in keepers for call in calls_in(function.body)
    )


def _sounds_like_cache(decorator: ast.expr) -> bool:
    text = ast.dump(decorator).lower()
    return any(word in text for word in CACHE_WORDS)


def _blocks(function: ast.AST) -> Iterator[List[ast.stmt]]:
    """All lists of statements in a function."""
    for node in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _branches(node: Any, behind: List[ast.stmt], around: Around) -> List[Skippable]:
    """`if x is None: x = ...`, the same in the `else`, and what is behind an early return."""
    if not isinstance(node, ast.If):
        return []
    mentioned = around.asked(node.test)
    lines = [
        *_if_stored(mentioned, node.body, around),
        *_if_stored(mentioned, node.orelse, around),
    ]
    if isinstance(node.body[-1], ast.Return) and _asks_whether_there(node):
        lines += _if_stored(mentioned, _up_to_store(mentioned, behind, around), around)
    return lines


def _asks_whether_there(node: Any) -> bool:
    """Whether what an early return gives back is what its condition asks for."""
    returned = node.body[-1].value
    if isinstance(node.test, ast.Compare):
        return isinstance(node.test.ops[0], (ast.In, ast.IsNot))
    return returned is not None and not (mentions(returned) - {"self"}).isdisjoint(
        mentions(node.test)
    )


def _handlers(node: Any, behind: List[ast.stmt], around: Around) -> List[Skippable]:
    """`try: return d[key]`, and `except KeyError: d[key] = ...`, or the same behind it."""
    if not isinstance(node, ast.Try):
        return []
    mentioned = around.asked(*node.body)
    lines: List[Skippable] = []
    for handler in node.handlers:
        lines += _if_stored(mentioned, handler.body, around)
    if isinstance(node.body[-1], ast.Return):
        lines += _if_stored(mentioned, _up_to_store(mentioned, behind, around), around)
    return lines


def _expressions(node: Any, _: List[ast.stmt], around: Around) -> List[Skippable]:
    """`self.x = self.x or ...`, `return d.get(k) or d.setdefault(k, ...)`, or with `if` and `else`."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
        return []
    if node.value is None:
        return []
    for choice in ast.walk(node.value):
        if isinstance(choice, (ast.BoolOp, ast.IfExp)):
            mentioned = around.asked(choice)
            stored = mentioned & around.stored([node])
            if stored:
                return [Skippable(node.lineno, node.end_lineno or 0, stored)]
    return []


RULES: Tuple[Callable[[Any, List[ast.stmt], Around], List[Skippable]], ...] = (
    _branches,
    _handlers,
    _expressions,
)
"""What may be skipped because of a statement; each is given the statements behind it, too."""


def _up_to_store(mentioned: Set[str], behind: List[ast.stmt], around: Around) -> List[ast.stmt]:
    """The statements up to the last one that stores what was mentioned."""
    behind = list(behind)
    while behind and not mentioned & around.stored(behind[-1:]):
        behind.pop()
    return behind


def _if_stored(mentioned: Set[str], body: List[ast.stmt], around: Around) -> List[Skippable]:
    """The lines of statements that store what was mentioned before; else none."""
    stored = mentioned & around.stored(body) if body else set()
    if not stored:
        return []
    return [Skippable(body[0].lineno, body[-1].end_lineno or 0, stored)]


def _site(function: Any, lines: Skippable) -> LazyInitSite:
    nodes = [
        node
        for node in ast.walk(function)
        if lines.first <= getattr(node, "lineno", 0) <= lines.last
    ]
    calls = {last_name(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = {last_name(node) for node in nodes} - {""}
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
        name = last_name(target)
        if not {name, "." + name} & stored:
            continue
        if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
            return []
        if target.value.id != instance_name:
            return []
        attributes.add(name + "[]" if is_container else name)
    covered = {"." + attribute.replace("[]", "") for attribute in attributes}
    return sorted(attributes) if stored <= covered else []
