"""Makes the graph of a tree anew: all its files are linked."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict

from ..link.linker import Linker
from ..link.mentions import mentions, module_words
from ..parse.garbage import no_garbage_collection
from ..parse.progress import Progress
from .build import Tests, build
from .compact import CompactFiles
from .graph import Graph
from .source_tree import Tree
from .stored_graph import unpack


def make(tree: Tree) -> tuple[Graph, bytes]:
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
