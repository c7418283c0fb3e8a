"""Which functions run while test files are imported, before any test."""

from __future__ import annotations

from collections import defaultdict

from .graph import Graph
from .nodes import Node


def runs_at_import(graph: Graph) -> frozenset[Node]:
    """Functions that probably run while the test files are imported.

    An error in one of these stops pytest before any test runs. Only what is called
    there and then counts, not what is merely passed on, so this is a narrower view than
    `Graph`: it decides about the tests that do not depend on such a function.
    """
    modules: set[Node] = set()
    todo = [(f, "") for t in graph.tests for f in graph.fixtures.scope(t)]
    while todo:
        module = todo.pop()
        if module not in modules:
            modules.add(module)
            todo += [n for n in graph.needs.get(module, ()) if not n[1] and n[0] in graph.symbols]
    found: set[Node] = set()
    made: set[Node] = set()
    touched: set[str] = set()
    waiting: dict[str, set[Node]] = defaultdict(set)
    queue = list(modules)
    while queue:
        node = queue.pop()
        if node in found:
            continue
        found.add(node)
        path, name = node
        symbol = graph.symbols[path].get(name)
        if symbol is None or symbol.coroutine:
            found.discard(node)
            continue
        for chain in symbol.calls:
            for end in graph.classes.resolve(path, chain)[2]:
                other = (end.file, end.symbol or "")
                kind = graph.symbols.get(end.file, {}).get(end.symbol or "\0")
                if kind is None:
                    continue
                if kind.kind == "function":
                    queue.append(other)
                elif kind.kind == "class":
                    queue += _construct(graph, other, made, waiting, touched)
        for name in symbol.touches:
            if name not in touched:
                touched.add(name)
                queue += waiting[name]
    return frozenset(found)


_NOT_AT_IMPORT = {"__call__", "__repr__", "__str__", "__await__", "__aenter__", "__aexit__", "__del__",
                  "__aiter__", "__anext__", "__exit__", "__next__", "__iter__"}  # fmt: skip


def _construct(
    graph: Graph, klass: Node, made: set[Node], waiting: dict[str, set[Node]], touched: set[str]
) -> list[Node]:
    """What runs when a class is instantiated; notes its methods under the names that run them."""
    if klass in made:
        return []
    made.add(klass)
    found = []
    for one in graph.classes.ancestry(klass):
        for name, full in graph.classes.member_names(one).items():
            node = (one[0], full)
            if graph.symbols[one[0]][full].kind != "function":
                continue
            if name.startswith("__") and name not in _NOT_AT_IMPORT:
                found.append(node)
            else:
                waiting[name].add(node)
                if name in touched:
                    found.append(node)
    return found
