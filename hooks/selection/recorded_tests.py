"""What earlier runs say of a change: which of the tests that the graph reaches need not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gardener.paths import is_python

from ..changes import Comparison, Entry, FileChange, blob_sha
from ..record.environment import settings_of
from ..record.store import Recording, recorded
from ..record.validity import Weighed, weigh
from .changed_symbols import judge
from .graph.graph import Net
from .graph.reach import Doors, doors
from .link.nodes import Node, file_of
from .tree import Project


class Known(NamedTuple):
    """What earlier runs recorded, weighed against the tree of today."""

    recording: Recording
    weighed: Weighed
    variants: dict[str, list[str]]
    lost: dict[Node, str]
    bound: frozenset[Node]
    unbound: frozenset[Node]
    tree: dict[str, Entry]

    def spares(self, test: Node, net: Net, drifted: frozenset[Node]) -> bool:
        """Whether a test passed with all that it depends on as it is now."""
        known = self.variants.get(test[1], ())
        return (
            bool(known)
            and test not in drifted
            and not net.broken(file_of(test))
            and all(nodeid in self.weighed.fresh for nodeid in known)
        )

    def entering(self, net: Net, reached: Iterable[Node]) -> frozenset[Node]:
        """Of the tests that the graph brings to what drifted, those that go through a door to it.

        Of a test that is recorded it is known which functions it executes, and what drifted
        since; one that is not counts as going there.
        """
        fresh = self.weighed.fresh
        ways = {run: self._doors(net, drift) for run, drift in self.weighed.drifts.items()}
        symbols = self.recording.symbols.items()
        numbers = {
            run: {n for node, n in symbols if _around(node) in way.functions}
            if way.functions
            else ()
            for run, way in ways.items()
        }

        def passes(test: Node, nodeid: str) -> bool:
            known = fresh.get(nodeid)
            if known is None or test in ways[known.run].tests:
                return True
            doors_of = numbers[known.run]
            return bool(doors_of) and any(n in doors_of for n in known.symbols)

        def goes(test: Node) -> bool:
            known = self.variants.get(test[1], ())
            return not known or any(passes(test, nodeid) for nodeid in known)

        return frozenset(filter(goes, reached))

    def _doors(self, net: Net, drift: Iterable[Node]) -> Doors:
        """The doors to what drifted; what an import is known to go through is one itself."""
        starts = set(drift)
        while starts:
            found = doors(net, starts)
            imports = {
                (file, "")
                for run in self.recording.runs.values()
                for file, executed in run.modules.items()
                if (file, "") not in starts
                and any(_around(node) in found.functions for node in executed)
            }
            if not imports:
                return found
            starts |= imports
        return Doors(frozenset(), frozenset())

    def ones(self, whole: Node, drifted: frozenset[Node]) -> list[tuple[str, str]]:
        """The tests of a file that have to run, where the record knows of each; else none."""
        known = self.variants.get(whole[1], ())
        weighed = self.weighed
        if whole in drifted or not all(n in weighed.must or n in weighed.fresh for n in known):
            return []
        return [(n.partition("[")[0], weighed.must[n]) for n in known if n in weighed.must]

    def unreached(self, net: Net) -> list[tuple[str, str]]:
        """Tests that executed what the change touches, reached by the graph or not."""
        found = []
        for nodeid in self.weighed.touched & self.weighed.must.keys():
            bare = nodeid.partition("[")[0]
            file = bare.partition("::")[0]
            # What is no Python may be collected by a plugin that no file of the project shows.
            if file in self.tree and not (
                is_python(file) and {bare, file}.isdisjoint(net.tests_in(file))
            ):
                found.append((nodeid, self.weighed.must[nodeid]))
        return found

    def reason(self, test: Node) -> str:
        """Why a recorded test has to run; empty if the record does not say so."""
        known = self.variants.get(test[1], ())
        return next((self.weighed.must[n] for n in known if n in self.weighed.must), "")


def _around(node: Node) -> Node:
    """The symbol of the graph that a recorded function is, or lies in."""
    return (node[0], node[1].partition(".<locals>")[0])


def known_of(
    project: Project,
    comparison: Comparison,
    starts: dict[Node, str],
    named: Mapping[str, list[Node]],
    own: list[str],
) -> Known | None:
    """Weigh the record; `named` are changed files with who names them, `own` those with tests."""
    root = project.request.root
    recording = recorded(root)
    if not recording.tests and not recording.note:
        return None
    tree = {}
    on_disk: dict[str, bytes] = {}
    for path, entry in comparison.files.items():
        tree[path] = entry
        if not entry.sha and (root / path).is_file():
            data = (root / path).read_bytes()
            tree[path] = entry._replace(sha=blob_sha(data))
            on_disk[tree[path].sha] = data
    recording = recording._replace(on_disk=on_disk)

    lost: dict[Node, str] = {}
    bound: set[Node] = set()
    unbound: set[Node] = set()

    def judged(changes: list[FileChange]) -> dict[Node, str]:
        found = judge(root, changes, project.summaries, project.modules, recording.content)
        lost.update(found.lost)
        bound.update(found.bound)
        unbound.update(found.starts.keys() - found.bound)
        return {**found.starts, **dict.fromkeys(found.documented, "its docstring changed")}

    variants: dict[str, list[str]] = {}
    for nodeid in recording.tests:
        bare = nodeid.partition("[")[0]
        variants.setdefault(bare, []).append(nodeid)
        variants.setdefault(bare.partition("::")[0], []).append(nodeid)
    weighed = weigh(
        recording,
        tree,
        judged,
        starts=starts,
        files=named,
        settings=settings_of(project.configuration),
        python=project.request.python,
    )
    # Nobody was seen to open it: it may be read where that is not seen, in a library's C code.
    blind = [n for path, found in named.items() if path not in weighed.opened for n in found]
    common = {node: starts[node] for node in blind}
    for path in own:
        ran = [recording.tests[nodeid].files.get(path, "") for nodeid in variants.get(path, ())]
        now = tree[path].sha if path in tree else ""
        if not ran or any(sha != now for sha in ran):
            common[path, ""] = f"{path} changed"  # it may hold other tests now
    for drift in weighed.drifts.values():
        drift.update(common)
    return Known(recording, weighed, variants, lost, frozenset(bound), frozenset(unbound), tree)
