"""The graph of a tree: taken from the store where it fits, brought up to date, or made anew.

What is kept are the graphs of a few earlier trees. Of the tree of today those files are
linked again that differ or are new, and those whose links were concluded from something
that differs, came or went; then both ways lead to the same graph.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from gardener.model import Symbol

from ..link.linker import Linker
from ..link.mentions import mentions, module_words
from ..parse.garbage import no_garbage_collection
from ..parse.progress import Progress
from .build import Tests, build
from .compact import CompactFiles
from .graph import Graph
from .graph_store import GraphStore
from .source_tree import Tree
from .stored_graph import unpack
from .update import Update

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
        update = Update(tree, graph, gone, lost)
        if update.possible and not store.outgrown(stored, len(update.relinked)):
            break
    else:
        graph, data = _make(tree)
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


def _make(tree: Tree) -> tuple[Graph, bytes]:
    """Link all files of a tree: the graph, and its bytes."""
    summaries = tree.summaries
    paths = sorted(summaries.paths)
    mentioned: Counter[str] = Counter()
    importers: dict[str, array[int]] = defaultdict(lambda: array("i"))
    plugins: list[str] = []
    for number, path in enumerate(summaries.in_turn(paths)):
        mentioned.update(mentions(summaries[path]))
        for word in module_words(summaries[path]):
            importers[word].append(number)
        plugins += summaries[path].plugins
    tests = [path for path in paths if tree.is_test(path)]
    with no_garbage_collection():
        linker = Linker(summaries, tree.modules, tree.layout, frozenset(tests), mentioned)
        linker.introduce(summaries.in_turn(paths))
        linked = CompactFiles()
        progress = Progress("linked", len(paths))
        for number, path in enumerate(summaries.in_turn(paths)):
            linked.add(linker.link(path))
            progress.at(number)
        progress.end()
        of_tests = Tests.known_to(linker, tests, plugins)
        del linker  # what it remembers takes more memory than what it found
        data = build(summaries.shas(), linked, of_tests, mentioned, importers)
    return Graph(unpack(memoryview(data))), data
