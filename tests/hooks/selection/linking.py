"""Links and graphs of small projects in memory."""

from pathlib import Path

from gardener.hooks.changes import Entry, blob_sha
from gardener.hooks.selection.graph.graph import Graph
from gardener.hooks.selection.graph.graph_cache import graph_of
from gardener.hooks.selection.graph.source_tree import Tree
from gardener.hooks.selection.link.imports import Modules
from gardener.hooks.selection.link.linked_file import LinkedFile
from gardener.hooks.selection.link.linker import Linker
from gardener.hooks.selection.link.mentions import mentions
from gardener.hooks.selection.link.nodes import show
from gardener.hooks.selection.parse.extraction import summarize
from gardener.hooks.selection.parse.summaries import Summaries

from gardener.model import Symbol
from gardener.pytest_config.settings import Layout


def link(sources: dict[str, str], path: str) -> LinkedFile:
    """One file of a project, linked; files are tests if their names say so."""
    summaries = {p: summarize(s.encode()) for p, s in sources.items()}
    layout = Layout({})
    tests = frozenset(p for p in sources if layout.is_test(p))
    mentioned = {name for summary in summaries.values() for name in mentions(summary)}
    linker = Linker(summaries, Modules(list(sources)), layout, tests, mentioned)
    linker.introduce(sorted(sources))
    return linker.link(path)


def edges(linked: LinkedFile) -> dict[str, set[str]]:
    """The edges of a linked file, as the user would see them; those from modules by their file."""
    shown: dict[str, set[str]] = {}
    for node, dependencies in linked.edges.items():
        name = (
            node.qualname or node.file
            if isinstance(node, Symbol)
            else f"{node.kind.name} {node.name}"
        )
        shown[name] = {show(d) or f"value of {d.file}" for d in dependencies}
    return shown


def tree(sources: dict[str, str], folder: Path | None = None) -> Tree:
    """A tree with all its summaries."""
    files = {p: Entry("100644", blob_sha(s.encode())) for p, s in sources.items()}
    summaries = {p: summarize(s.encode()) for p, s in sources.items()}
    return Tree(Summaries(Path(), files, summaries), Modules(list(sources)), Layout({}), folder)


def graph(sources: dict[str, str]) -> Graph:
    """The graph of a project."""
    return graph_of(tree(sources), (), {})
