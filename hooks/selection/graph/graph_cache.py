"""The net of a tree: taken from the store where it fits, brought up to date, or made anew.

What is kept are the nets of a few earlier trees. Of the tree of today those files are
linked again that differ or are new, and those whose links were concluded from something
that differs, came or went; then both ways lead to the same net.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gardener.paths import is_python
from gardener.pytest_config.settings import Layout

from ..link.imports import Modules, conftests, names_moved
from ..link.names import ASKS, KEEPS
from ..link.nodes import Node
from ..link.symbols import KEEPING, LOADS_FILES, LOADS_SPECS, READ_ANNOTATIONS, Graph, mentions
from ..parse.summaries import KIND, Summaries
from ..parse.summary import DefinitionKind, Header, Summary
from .build import shape, weave
from .graph import MARKS, Net
from .graph_file import MAGIC

_FILES = 4  # nets that are kept: of as many sets of Python files
_SURFACE = ""
_BELOW = (_SURFACE, ASKS, KEEPS)


class Tree(NamedTuple):
    """The Python files of a tree and others with tests, with what decides how they are linked.

    `folder` is where nets are kept; None to keep none.
    """

    summaries: Summaries
    modules: Modules
    layout: Layout
    folder: Path | None


def net_of(tree: Tree, changed: Iterable[Node], lost: Mapping[Node, str]) -> Net:
    """The net of a tree, with the symbols of `changed` in it that are gone.

    `lost` are symbols that were fixtures, with the names that these had.
    """
    symbols: dict[str, set[str]] = defaultdict(set)
    for file, name in changed:
        if file in tree.summaries:
            symbols[file].add(name)
    gone: set[Node] = set()
    for file, names in symbols.items():
        # A name that is imported now is gone as the symbol that it was: who found it, finds another.
        there = {s.name for s in tree.summaries[file].definitions}
        gone.update((file, name) for name in names - there)
    lost = {node: name for node, name in lost.items() if node[0] in tree.summaries}
    for net in _kept(tree):
        update = _Update(tree, net, frozenset(gone), lost)
        if update.possible:
            break
    else:
        update = _Update(tree, _make(tree), frozenset(gone), lost)
    update.apply()
    return update.net


# --- whole nets --------------------------------------------------------------------------


def _make(tree: Tree) -> Net:
    paths = sorted(tree.summaries.paths)
    tree.summaries.fetch(paths)
    mentioned: Counter[str] = Counter()
    for path in paths:
        mentioned.update(mentions(tree.summaries[path]))
    tests = [p for p in paths if _is_test(p, tree)]
    graph = Graph(tree.summaries, tree.modules, tree.layout, frozenset(tests), mentioned)
    graph.introduce(paths)
    linked = [graph.link(path) for path in paths]
    data = weave(tree.summaries.shas(), graph, linked, tests, mentioned)
    if tree.folder is not None:
        _write(tree.folder / _name(tree), data)
    return Net(memoryview(data))


def _is_test(path: str, tree: Tree) -> bool:
    return not is_python(path) or (path.endswith(".py") and tree.layout.is_test(path))


def _kept(tree: Tree) -> Iterator[Net]:
    """The nets of trees with the same settings: first that of the same files, then the latest."""
    if tree.folder is None:
        return
    name = _name(tree)
    kin = name.partition("-")[0]
    found = []
    with contextlib.suppress(OSError), os.scandir(tree.folder) as every:
        nets = (e for e in every if e.name.startswith(f"{kin}-") and e.name.endswith(".net"))
        found += [(e.name == name, e.stat().st_mtime, e.path) for e in nets]
    for _, _, path in sorted(found, reverse=True):
        try:
            net = Net(memoryview(Path(path).read_bytes()))
        except (OSError, ValueError, EOFError, TypeError, KeyError):
            continue  # gone, damaged, or of another version: it is made again
        yield net


def _name(tree: Tree) -> str:
    """The name of the file for a net: of these settings, and of these paths."""
    found = (sorted(tree.layout.settings.items()), tree.layout.entry_points)
    settings = [KIND, repr(MAGIC), repr(found), repr(tree.modules.settings)]
    keys = ("\0".join(settings), "\0".join(sorted(tree.summaries.paths)))
    hashed = (hashlib.sha256(k.encode("utf-8", "surrogatepass")).hexdigest()[:16] for k in keys)
    return "-".join(hashed) + ".net"


def _write(file: Path, data: bytes) -> None:
    """Put a net in its place at once, and drop all but the latest few."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.{os.getpid()}")
        new.write_bytes(data)
        new.replace(file)
        every = sorted(file.parent.glob("*.net*"), key=lambda p: (p.stat().st_mtime, p.name))
        for old in every[:-_FILES]:
            old.unlink()


# --- another tree ------------------------------------------------------------------------


class _Update:
    """What has to be linked again to make the net of one tree that of another."""

    def __init__(
        self, tree: Tree, net: Net, gone: frozenset[Node], lost: Mapping[Node, str]
    ) -> None:
        self.tree = tree
        self.net = net
        self.gone = gone
        self.lost = lost
        self.again: set[str] = set()
        self.said: Counter[str] = Counter()
        self.removed = net.number.keys() - tree.summaries.paths
        self.added = tree.summaries.paths - net.number.keys()
        self.tests = {
            *(t for t in net.tests if t not in self.removed),
            *(p for p in self.added if _is_test(p, tree)),
        }
        self.possible = self._find()

    def _find(self) -> bool:
        """Note what to link again; false where it is better to make the net anew."""
        net, summaries = self.net, self.tree.summaries
        shas = summaries.shas()
        before = dict(zip(net.paths, net.shas, strict=True))
        differ = [p for p, sha in before.items() if p in shas and shas[p] != sha]
        if len(differ) + len(self.added) + len(self.removed) > 50 + len(net.paths) // 20:
            return False
        old = summaries.older({before[p] for p in (*differ, *self.removed)})
        summaries.fetch((*differ, *self.added))
        if (self.added or self.removed) and not self._move(before, old):
            return False
        for path in differ:
            if before[path] not in old:
                return False
            one, two = old[before[path]], summaries[path]
            if one == two:
                continue
            if one.plugins != two.plugins:
                return False
            self.again.add(path)
            self.said.subtract(mentions(one))
            self.said.update(mentions(two))
            self.again.update(net.dependents(path, *self._marks(one, two)))
        flips = [n for n, by in self.said.items() if by and self._flips(n, by)]
        if any(
            n in ("__subclasses__", *READ_ANNOTATIONS, *LOADS_FILES, *LOADS_SPECS) for n in flips
        ):
            return False
        if any(n[0] == "=" and net.mentions(n[1:]) for n in flips if n):
            return False  # whoever says the name is linked in another way now
        self.again.update(net.holding(flips))
        lost: dict[str, set[str]] = defaultdict(set)
        for path, name in (*self.gone, *self.lost):
            lost[path].add(name)
        for path, names in lost.items():
            self.again.add(path)
            self.again.update(net.dependents(path, _BELOW, _asked(names)))
        self.again -= self.removed
        return len(self.again) <= 100 + len(net.paths) // 20

    def _move(self, before: Mapping[str, str], old: Mapping[str, Summary]) -> bool:
        """Note what to link again for files that came or went; false where that is not known."""
        net, tree = self.net, self.tree
        moved = sorted(self.added | self.removed)
        if any(before[path] not in old for path in self.removed):
            return False
        gone = [old[before[path]] for path in sorted(self.removed)]
        new = [tree.summaries[path] for path in sorted(self.added)]
        modules = tree.modules.among([p for p in net.paths if is_python(p)])
        if modules.roots != tree.modules.roots or any(one.plugins for one in (*gone, *new)):
            return False
        if any(one.hides_foreign(p) for one in (modules, tree.modules) for p in moved):
            return False
        if any(self._governs(path) for path in moved) or self._forsakes():
            return False
        words = names_moved(moved, modules, tree.modules)
        if not net.plugin_words.isdisjoint(words):
            return False
        for one in gone:
            self.said.subtract(mentions(one))
        for one in new:
            self.said.update(mentions(one))
        users = net.importers((*words, "*"))
        self.again.update(self.added, users, net.onlookers((*self.removed, *users)))
        return True

    def _governs(self, path: str) -> bool:
        """Whether a file acts on others in and below its folder, which stay."""
        folder, _, name = path.rpartition("/")
        if name not in ("conftest.py", "__init__.py", "__init__.pyi"):
            return False
        below = f"{folder}/" if folder else ""
        moved = self.added | self.removed
        return any(p.startswith(below) and p not in moved for p in self.net.paths)

    def _forsakes(self) -> bool:
        """Whether pytest has no reason any more to import some conftest."""
        lost = {c for p in self.removed for c in conftests(p, self.tree.modules.paths)}
        folders = [c.rpartition("/")[0] for c in lost]
        return bool(self.removed) and not all(
            any(t.startswith(f"{folder}/" if folder else "") for t in self.tests)
            for folder in ("", *folders)
        )

    def _flips(self, name: str, by: int) -> bool:
        count = self.net.mentions(name)
        return (count > 0) != (count + by > 0)

    def _marks(self, one: Summary, two: Summary) -> tuple[Sequence[str], Iterable[str]]:
        """What of a file differs for those that were linked from it: marks, and names."""
        before, after = _surface(one), _surface(two)
        if _every_name(one) != _every_name(two):
            return MARKS, ()
        if before != after:
            names = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
            return _BELOW, _asked(names)
        found = []
        known = self.net.fixture_names
        if _asks(one, known) != _asks(two, known):
            found.append(ASKS)
        if _keeps(one) != _keeps(two):
            found.append(KEEPS)
        return found, ()

    def apply(self) -> None:
        """Link again what has to be, and lay it over the net."""
        if not self.again and not self.removed:
            return
        tree, net = self.tree, self.net
        tree.summaries.fetch(sorted(self.again | self._kin()))
        graph = Graph(
            tree.summaries,
            tree.modules,
            tree.layout,
            frozenset(self.tests),
            _Mentioned(net, self.said),
            self.gone,
            self.lost,
        )
        graph.fixtures.preset(net.plugins)
        graph.classes.children = _Children(net, self.again | self.removed)
        graph.introduce(sorted(self.again))
        every = (self.again | self._related(graph)) - self.removed
        shapes = [shape(graph, graph.link(path)) for path in sorted(every)]
        roots = {file for path in self.added & self.tests for file in graph.fixtures.scope(path)}
        net.overlay(shapes, frozenset(self.removed), self.tests, roots)

    def _kin(self) -> set[str]:
        """Files with the subclasses of what is linked again: to be read at once, not one by one."""
        net = self.net
        classes = [net.id((path, name)) for path in self.again for name in net.classes(path)]
        return {net.node(n)[0] for klass in classes for n in net.related(klass)}

    def _related(self, graph: Graph) -> set[str]:
        """Files with classes that have other subclasses now, or of another kind."""
        found: set[str] = set()
        for path in sorted(self.again | self.removed):
            old = self.net.classes(path)
            new = {
                name: (set(graph.classes.direct_bases((path, name))), "?" in graph.classes.external[(path, name)])
                for name, symbol in graph.symbols.of(path).items()
                if symbol.kind is DefinitionKind.CLASS
            }  # fmt: skip
            for name in sorted(old.keys() | new.keys()):
                if old.get(name) == new.get(name):
                    continue
                if name in old:
                    above = self.net.ancestry(self.net.id((path, name)))
                    found.update(self.net.node(n)[0] for n in above)
                if name in new:
                    found.update(file for file, _ in graph.classes.ancestry((path, name)))
        return found


class _Mentioned(Container[str]):
    """The names that any code says, counted from those of an earlier tree."""

    def __init__(self, net: Net, more: Counter[str]) -> None:
        self._net = net
        self._more = more

    def __contains__(self, name: object) -> bool:
        return self._net.mentions(str(name)) + self._more.get(str(name), 0) > 0


class _Children(defaultdict[Node, list[Node]]):
    """Subclasses as a net knows them, but for those in files that are linked again."""

    def __init__(self, net: Net, again: Iterable[str]) -> None:
        super().__init__(list)
        self._net = net
        self._again = frozenset(again)

    def __missing__(self, node: Node) -> list[Node]:
        at = self._net.id(node)
        every = [self._net.node(n) for n in self._net.children(at)] if at >= 0 else []
        found = self[node] = [n for n in every if n[0] not in self._again]
        return found


def _surface(summary: Summary) -> dict[str, object]:
    """What others may conclude from each name in a file."""
    found: dict[str, object] = {a: (None, means) for a, means in summary.aliases.items()}
    for s in summary.definitions:
        means = summary.aliases.get(s.name)
        found[s.name] = (s.kind, *_bases(s.header), s.fixture, s.autouse), means
    return found


def _bases(header: Header) -> tuple[object, ...]:
    return header.bases, header.computed_base, header.class_arguments


def _every_name(summary: Summary) -> object:
    """What others may conclude from a file, whichever name they look for."""
    return summary.broken, summary.stars, any(s.name == "__getattr__" for s in summary.definitions)


def _asked(names: Iterable[str]) -> set[str]:
    """What is asked for by those who look at these names: the names, and members of classes."""
    return {n for name in names for n in (name, f"{name.rpartition('.')[0]}.")}


def _asks(summary: Summary, fixtures: frozenset[str]) -> object:
    """What others may conclude from parameters and words: fixtures that are asked for."""
    return [
        (s.name, s.header.parameters, [w for w in s.strings.identifiers if w in fixtures])
        for s in summary.definitions
    ]


def _keeps(summary: Summary) -> object:
    """What others may conclude from a decorator's body: where it keeps what it decorates."""
    return [
        (
            s.name,
            s.attributes.stores,
            KEEPING.intersection(s.attributes.names),
            s.names,
            s.passed_to,
        )
        for s in summary.definitions
    ]
