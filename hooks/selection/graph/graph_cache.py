"""The graph of a tree: taken from the store where it fits, brought up to date, or made anew.

What is kept are the graphs of a few earlier trees. Of the tree of today those files are
linked again that differ or are new, and those whose links were concluded from something
that differs, came or went; then both ways lead to the same graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gardener.model import Symbol

from .graph import Graph
from .graph_store import GraphStore
from .source_tree import Tree

_WORTH_KEEPING = 8
"""Files that an update links again: to link fewer takes no longer than to read them."""


def graph_of(tree: Tree, changed: Iterable[Symbol], lost: Mapping[Symbol, str]) -> Graph:
    """The graph of a tree, with the symbols of `changed` in it that are gone.

    `lost` are symbols that were fixtures, with the names that these had.
    """
    gone = _gone(tree, changed)
    lost = {symbol: name for symbol, name in lost.items() if symbol.file in tree.summaries}
    store = GraphStore(tree, gone, lost)
    for stored in store.graphs():
        graph = stored.read()
        if graph is None:
            continue  # it is made again
        if store.exact(stored):
            return graph
        patch = store.patch(stored)
        if patch is not None:
            graph.overlay(*patch)
            return graph
        from .update import Update  # late, as all that links: most graphs fit as they are

        update = Update(tree, graph, gone, lost)
        if update.possible and not store.outgrown(stored, len(update.relinked)):
            break
    else:
        from .making import make
        from .update import Update

        graph, data = make(tree)
        stored = store.write(data)
        update = Update(tree, graph, gone, lost)
    patch = update.apply()
    if patch is not None and len(patch.linked) >= _WORTH_KEEPING:
        store.write_patch(stored, patch)
    return graph


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
