"""The graph of a tree: taken from the store where it fits, brought up to date, or made anew.

What is kept are the graphs of a few earlier trees. Of the tree of today those files are
linked again that differ or are new, and those whose links were concluded from something
that differs, came or went; then both ways lead to the same graph.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gardener.model import Symbol
from gardener.paths import write_whole

from ..link.linker import Linker
from ..link.mentions import mentions
from ..parse.summaries import KIND
from .build import build
from .graph import Graph
from .source_tree import Tree
from .stored_graph import MAGIC
from .update import Update

_KEPT = 4  # graphs: of as many sets of Python files


def graph_of(tree: Tree, changed: Iterable[Symbol], lost: Mapping[Symbol, str]) -> Graph:
    """The graph of a tree, with the symbols of `changed` in it that are gone.

    `lost` are symbols that were fixtures, with the names that these had.
    """
    gone = _gone(tree, changed)
    lost = {symbol: name for symbol, name in lost.items() if symbol.file in tree.summaries}
    for graph in _stored(tree):
        update = Update(tree, graph, gone, lost)
        if update.possible:
            break
    else:
        update = Update(tree, _make(tree), gone, lost)
    update.apply()
    return update.graph


def _gone(tree: Tree, changed: Iterable[Symbol]) -> frozenset[Symbol]:
    """Those of the changed symbols that the tree does not define any more.

    A name that is imported now is gone as the symbol that it was: what found it finds another.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for file, name in changed:
        if file in tree.summaries:
            names[file].add(name)
    return frozenset(
        Symbol(file, name)
        for file, names_in_file in names.items()
        for name in names_in_file - {d.name for d in tree.summaries[file].definitions}
    )


def _make(tree: Tree) -> Graph:
    """Link all files of a tree, and keep the graph."""
    paths = sorted(tree.summaries.paths)
    tree.summaries.fetch(paths)
    mentioned: Counter[str] = Counter()
    for path in paths:
        mentioned.update(mentions(tree.summaries[path]))
    tests = [path for path in paths if tree.is_test(path)]
    with _garbage_collector_paused():
        linker = Linker(tree.summaries, tree.modules, tree.layout, frozenset(tests), mentioned)
        linker.introduce(paths)
        linked = [linker.link(path) for path in paths]
        data = build(tree.summaries.shas(), linker, linked, tests, mentioned)
    if tree.folder is not None:
        _write(tree.folder / _name(tree), data)
    return Graph(memoryview(data))


@contextlib.contextmanager
def _garbage_collector_paused() -> Iterator[None]:
    """Let no objects be looked through for garbage: linking makes many, and all of them stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _stored(tree: Tree) -> Iterator[Graph]:
    """The graphs of trees with the same settings: first that of the same files, then the latest."""
    if tree.folder is None:
        return
    name = _name(tree)
    settings = name.partition("-")[0]
    candidates = []
    with contextlib.suppress(OSError), os.scandir(tree.folder) as entries:
        candidates += [
            (entry.name == name, entry.stat().st_mtime, entry.path)
            for entry in entries
            if entry.name.startswith(f"{settings}-") and entry.name.endswith(".net")
        ]
    for _, _, path in sorted(candidates, reverse=True):
        try:
            graph = Graph(memoryview(Path(path).read_bytes()))
        except (OSError, ValueError, EOFError, TypeError, KeyError):
            continue  # gone, damaged, or of another version: it is made again
        yield graph


def _name(tree: Tree) -> str:
    """The name of the file for a graph: of these settings, and of these paths."""
    layout = (sorted(tree.layout.settings.items()), tree.layout.entry_points)
    settings = "\0".join([KIND, repr(MAGIC), repr(layout), repr(tree.modules.settings)])
    paths = "\0".join(sorted(tree.summaries.paths))
    hashes = (
        hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        for key in (settings, paths)
    )
    return "-".join(hashes) + ".net"


def _write(file: Path, data: bytes) -> None:
    """Put a graph in its place at once, and drop all but the latest few."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, data)
        stored = sorted(file.parent.glob("*.net*"), key=lambda p: (p.stat().st_mtime, p.name))
        for old in stored[:-_KEPT]:
            old.unlink()
