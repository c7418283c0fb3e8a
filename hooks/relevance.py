"""Which files can matter for a change at all, so that only these are linked by symbol.

What a test can run lies in the files that its imports lead to; so the files that matter
are those that lead to a changed file, and what the tests among these lead to.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Iterable, Mapping

from .changes import Entry
from .imports import Modules, conftests, direct, named_modules, script_paths
from .pytest_settings import Layout
from .summaries import Shelf
from .summary import VERSION, Summary

_Loader = Callable[[list[str]], Mapping[str, Summary]]


def relevant(
    files: Mapping[str, Entry],
    modules: Modules,
    seeds: Iterable[str],
    tests: frozenset[str],
    load: _Loader,
    shelf: Shelf,
    layout: Layout,
) -> set[str]:
    """The Python files that matter when `seeds` change."""
    order = sorted(modules.paths)
    number = {path: at for at, path in enumerate(order)}
    edges = _edges(files, modules, order, number, load, shelf)
    plugins = [
        number[f]
        for settings in layout.found.values()
        for plugin in settings.plugins
        for f in modules.resolve(plugin, settings.folder)
    ]
    every: list[list[int]] = []
    for path, leads in zip(order, edges, strict=True):
        more = list(leads)
        if path in tests or path.endswith("conftest.py"):
            more += (number[c] for c in conftests(path, modules.paths))
        if path in tests:
            more += plugins
        every.append(more)
    backward: list[list[int]] = [[] for _ in order]
    for at, targets in enumerate(every):
        for target in targets:
            backward[target].append(at)
    start = [number[s] for s in seeds if s in number]
    above = _closure(start, backward)
    below = [at for at in above if order[at] in tests or order[at].endswith("conftest.py")]
    return {order[at] for at in _closure([*below, *start], every)}


def _closure(start: Iterable[int], edges: list[list[int]]) -> set[int]:
    found = set(start)
    todo = list(found)
    while todo:
        for other in edges[todo.pop()]:
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


def _edges(
    files: Mapping[str, Entry],
    modules: Modules,
    order: list[str],
    number: dict[str, int],
    load: _Loader,
    shelf: Shelf,
) -> list[tuple[int, ...]]:
    """For each file the files that it leads to; kept as long as no file comes or goes."""
    shape = "\0".join([str(VERSION), *order, "", *sorted(modules.roots)])
    key = hashlib.sha256(shape.encode("utf-8", "surrogateescape")).hexdigest()
    kept = shelf.get(key)
    known: list[tuple[str, tuple[int, ...]]] = [("", ())] * len(order)
    if kept is not None:
        try:
            found = marshal.loads(kept)  # noqa: S302  our own store, as trusted as the repository
            known = found if len(found) == len(order) else known
        except (ValueError, EOFError, TypeError):
            kept = None
    shas = [files[path].sha for path in order]
    stale = [
        path for path, sha, old in zip(order, shas, known, strict=True) if not sha or old[0] != sha
    ]
    if not stale:
        return [targets for _, targets in known]
    summaries = load(stale)
    fresh = list(known)
    for path in stale:
        targets = _leads_to(path, summaries[path], modules)
        fresh[number[path]] = (files[path].sha, tuple(number[t] for t in targets))
    shelf.put(key, marshal.dumps(fresh))
    return [targets for _, targets in fresh]


def _leads_to(path: str, summary: Summary, modules: Modules) -> set[str]:
    folder = path.rpartition("/")[0]
    found = set(direct(path, summary, modules))
    for one in summary.imports:
        parts = one.module.split(".") if not one.level else []
        for end in range(1, len(parts)):
            found.update(modules.resolve(".".join(parts[:end]), folder))
    for symbol in summary.symbols:
        for text in symbol.modules:
            found.update(named_modules(text, path, modules))
        for text in symbol.dotted:
            parts = text.replace(":", ".").split(".")
            for end in range(1, len(parts) + 1):
                found.update(modules.resolve(".".join(parts[:end]), folder))
        for text in symbol.texts:
            if text.endswith(".py"):
                found.update(script_paths(text, modules))
    for text in summary.plugins:
        found.update(modules.resolve(text, folder))
    for target in [path, *found]:
        found.update(modules.ancestors(target))
    found.discard(path)
    return found
