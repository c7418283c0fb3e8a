"""Which files lead to some nodes: a coarse form of reach that is quick on any graph."""

from __future__ import annotations

from collections.abc import Iterable

from ..link.nodes import Node
from .graph import Graph
from .reach import with_checks


def files_leading_to(graph: Graph, starts: Iterable[Node]) -> set[str]:
    """The files of which anything leads to a file with one of these nodes, over any other files.

    No test reaches more: it reaches a member only with the class that holds it, and that is in
    the same file.

    Raises:
        OutOfPatience: it takes longer than it may.
    """
    into, file_of, nodes_of = graph.walker(back=True), graph.file_of, graph.nodes_by_file()
    reached: set[str] = set()
    shared: set[int] = set()
    todo = {number for node in with_checks(graph, starts) if (number := graph.id(node)) >= 0}
    while todo:
        graph.patience.check()
        files = {file_of(number) for number in todo} - reached - {""}
        reached |= files
        nodes = [n for n in todo if not file_of(n) and n not in shared]
        shared.update(nodes)
        for file in files:
            nodes += nodes_of[file]
        todo = {source for node in nodes for source in into(node)}
    return reached
