"""Weighs a record against the tree of today: which tests need not run although the graph reaches them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..changes import Entry, FileChange
from ..pytest_run.events import Node
from .collecting import Collection, collected_since
from .environment import Environment, difference, look
from .store import Recorded, Recording, Run

Judge = Callable[[list[FileChange]], Mapping[Node, str]]


class Weighed(NamedTuple):
    """What a record says about the tree of today.

    `must` are recorded tests that have to run, with the reason: what they executed or
    opened has changed since they passed, or they did not pass. `fresh` are those that
    passed with all that they executed as it is now, as they were recorded then; they only have to
    run if the graph reaches them from `drifts`: the changes since their run, by its number, that
    no record can know the effect of. `touched`
    executed what the change to judge touches, whether the graph knows of it or not.
    `finer` are functions that changed, with the code in them that did.
    `opened` are those of the changed files that a test was seen to open. `collections`
    are those of the recorded collections of tests that may still go as they went, `loose` are
    all symbols of which more than a body differs from any of the runs.
    `everything` says why no recorded test passed in the environment of today.
    """

    must: dict[str, str]
    fresh: dict[str, Recorded]
    drifts: dict[int, dict[Node, str]]
    touched: frozenset[str]
    finer: dict[Node, frozenset[Node]]
    opened: frozenset[str]
    collections: tuple[Collection, ...]
    loose: frozenset[Node]
    everything: str

    @property
    def drift(self) -> dict[Node, str]:
        """What no record of a fresh test knows the effect of, each with the reason."""
        return {node: why for one in self.drifts.values() for node, why in one.items()}


def weigh(
    recording: Recording,
    tree: Mapping[str, Entry],
    judge: Judge,
    *,
    starts: Iterable[Node],
    files: Iterable[str],
    settings: dict[str, str],
    python: str,
) -> Weighed:
    """Compare the trees of the recorded runs with `tree`.

    `judge` says of changed files which symbols differ, and why. `starts` are the symbols
    that the change to judge touches, `files` its files that are no Python, `settings` is what the tree says about pytest, and
    `python` is the interpreter that will run, if that is known.
    """
    asked = frozenset(starts)
    asked_files = frozenset(files)
    finer: dict[Node, frozenset[Node]] = {}
    collections: list[Collection] = []
    then: dict[int, _Then] = {}
    elsewhere = _elsewhere(recording, settings, python)
    for number, run in recording.runs.items():
        changes = _changes(run.snapshot, tree)
        changed = judge(changes) if changes else {}
        bodies_of = _bodies(recording, changes) if changes else {}
        only = {node: own for node, own in bodies_of.items() if node in changed}
        collected = collected_since(run, tree, changes, changed, only)
        if collected is not None and not elsewhere[number]:
            collections.append(collected)
        then[number] = _then(recording, run, changed, only, asked, elsewhere[number])
        for node, inners in only.items():
            finer[node] = finer.get(node, frozenset()) | inners
    must: dict[str, str] = {}
    fresh: dict[str, Recorded] = {}
    touched = set()
    seen: set[str] = set()
    for nodeid, test in recording.tests.items():
        run_then = then[test.run]
        if run_then.elsewhere or not run_then.asked.isdisjoint(test.symbols):
            touched.add(nodeid)
        if asked_files and not asked_files.isdisjoint(test.files):
            touched.add(nodeid)
            seen |= asked_files & test.files.keys()
        why = run_then.why(test, tree)
        valid = [] if why else [test]
        earlier = recording.before.get(nodeid) if why or run_then.drift else None
        if earlier is not None and not then[earlier.run].why(earlier, tree):
            valid.append(earlier)
        if not valid:
            must[nodeid] = why
            continue
        nearest = min(valid, key=lambda one: len(then[one.run].drift))
        if not nearest.opaque:
            fresh[nodeid] = nearest
    drifts = {number: then[number].drift for number in {test.run for test in fresh.values()}}
    whole = set(elsewhere.values())
    everything = min(whole) if whole and "" not in whole else ""
    return Weighed(
        must,
        fresh,
        drifts,
        frozenset(touched),
        finer,
        frozenset(seen),
        tuple(collections),
        frozenset(node for one in then.values() for node in one.drift),
        everything,
    )


class _Then(NamedTuple):
    """A recorded run against the tree of today.

    `bodies` are the recorded functions of which the body changed, each with the reason, `asked`
    those of them that the change to judge touches, `drift` all other changes. `elsewhere` says
    why the environment is another one.
    """

    bodies: dict[int, str]
    asked: frozenset[int]
    drift: dict[Node, str]
    elsewhere: str

    def why(self, test: Recorded, tree: Mapping[str, Entry]) -> str:
        """Why a test of this run has to run; empty if it passed with what is here now."""
        if self.elsewhere:
            return self.elsewhere
        hit = next((n for n in test.symbols if n in self.bodies), None) if self.bodies else None
        if hit is not None:
            return f"it executed what changed ({self.bodies[hit]})"
        opened = next((f for f, sha in test.files.items() if _sha(tree, f) != sha), None)
        if opened is not None:
            return f"it opened {opened}, which changed"
        return "" if test.green else "it did not pass when it last ran"


def _then(
    recording: Recording,
    run: Run,
    changed: Mapping[Node, str],
    only: Mapping[Node, frozenset[Node]],
    asked: frozenset[Node],
    elsewhere: str,
) -> _Then:
    own = {inner: node for node, inners in only.items() for inner in inners}
    drift: dict[Node, str] = {}
    for file, executed in run.modules.items():
        for inner in executed & own.keys():
            node = own[inner]
            drift.setdefault((file, ""), f"{node[0]}: {node[1]} changed, which {file} runs")
    drift.update((node, why) for node, why in changed.items() if node not in only)
    known = {i: n for i, n in own.items() if i in recording.symbols}
    return _Then(
        {recording.symbols[i]: changed[n] for i, n in known.items()},
        frozenset(recording.symbols[i] for i, n in known.items() if n in asked),
        drift,
        elsewhere,
    )


def _elsewhere(recording: Recording, settings: dict[str, str], python: str) -> dict[int, str]:
    """By run: why what passed there may fail here; empty if the environment is the same."""
    found = {}
    seen: dict[tuple[str, tuple[str, ...]], Environment] = {}
    for number, run in recording.runs.items():
        then = run.environment
        key = (then.python, then.sites)
        now = seen.get(key) or seen.setdefault(
            key, look(recording.root, then.python, then.sites, settings)
        )
        what = difference(then, now)
        if python and not then.is_of(python):
            what = f"it was {then.python} that ran them"
        found[number] = f"the environment changed since the tests were recorded: {what}"
        if not what:
            found[number] = ""
    return found


def _sha(tree: Mapping[str, Entry], path: str) -> str:
    found = tree.get(path)
    return found.sha if found else ""


def _changes(before: Mapping[str, str], tree: Mapping[str, Entry]) -> list[FileChange]:
    """Python files that differ between a recorded tree and this one."""
    found = []
    for path, sha in before.items():
        now = tree.get(path)
        if now is None or not sha or now.sha != sha:
            found.append(FileChange(path, Entry(now.mode if now else "100644", sha), now))
    found += [
        FileChange(path, None, entry)
        for path, entry in tree.items()
        if path not in before and path.endswith((".py", ".pyi"))
    ]
    return found


def _bodies(recording: Recording, changes: list[FileChange]) -> dict[Node, frozenset[Node]]:
    """Functions of which nothing but the body differs: a record knows who executed them.

    With each the functions whose own code differs: itself, or only some that it makes.
    """
    both = [c for c in changes if c.before and c.after and c.before.sha and c.after.sha]
    contents = recording.content(
        sha
        for c in both
        for sha in (c.before.sha if c.before else "", c.after.sha if c.after else "")
    )
    found: dict[Node, frozenset[Node]] = {}
    for change in both:
        assert change.before
        assert change.after
        old, new = contents.get(change.before.sha), contents.get(change.after.sha)
        if old is not None and new is not None:
            before, after = shapes(old), shapes(new)
            for name in before.keys() & after.keys():
                if "<locals>" not in name and before[name].header == after[name].header:
                    inner = _differing(name, before, after)
                    found[change.path, name] = frozenset((change.path, n) for n in inner)
    return found


def _differing(name: str, before: Mapping[str, Shape], after: Mapping[str, Shape]) -> set[str]:
    """Which own code of a function, and of those made in it, differs; itself if unsure."""
    one, two = before[name], after[name]
    if one != two:
        return {name}
    return {n for inner in one.inner for n in _differing(inner, before, after)}


class Shape(NamedTuple):
    """A function: what it is apart from its body, its own body, and the functions it makes.

    `header` is its kind, decorators and arguments; in `body` the functions that it makes
    are without theirs.
    """

    header: str
    body: str
    inner: tuple[str, ...]


@lru_cache(maxsize=256)
def shapes(source: bytes) -> dict[str, Shape]:
    """All functions of a file by qualified name, as Python spells it.

    Those of one name (a property and its setter) are one: which of them ran cannot be told,
    so whoever ran the name depends on all.
    """
    found = _Shapes()
    try:
        found.visit(ast.parse(source), "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return found.made


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class _Shapes:
    """Takes functions out of a tree from the inside to the outside."""

    def __init__(self) -> None:
        self.made: dict[str, Shape] = {}

    def visit(self, node: ast.AST, inside: str) -> list[str]:
        """Names of the functions directly in `node`, which lose their bodies."""
        names: list[str] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _FUNCTIONS):
                names.append(self.function(child, inside))
            elif isinstance(child, ast.ClassDef):
                names += self.visit(child, f"{inside}{child.name}.")
            elif not isinstance(child, (ast.expr, ast.arguments)):
                names += self.visit(child, inside)
        return names

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, inside: str) -> str:
        name = inside + node.name
        own = list(_own(node))
        kind = type(node).__name__ + (" yields" if any(map(_yields, own)) else "")
        inner = self.visit(node, f"{name}.<locals>.")
        node.body = [s for s in node.body if not _is_text(s)]
        body = "|".join(map(ast.dump, node.body))
        # Called but never started, a generator shows in no record: that it is one is header.
        node.body = [ast.Expr(ast.Constant(kind))]
        shape = Shape(ast.dump(node), body, tuple(inner))
        known = self.made.get(name)
        if known is not None:
            shape = Shape(
                f"{known.header}\n{shape.header}",
                f"{known.body}\n{shape.body}",
                known.inner + shape.inner,
            )
        self.made[name] = shape
        return name


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's own body, without those of functions and classes in it."""
    queue = list(ast.iter_child_nodes(function))
    while queue:
        node = queue.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            queue += ast.iter_child_nodes(node)


def _yields(node: ast.AST) -> bool:
    return isinstance(node, (ast.Yield, ast.YieldFrom))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def missed(failing: Iterable[str], selected: Iterable[str]) -> tuple[str, ...]:
    """The failing tests that no selected nodeid, class or file covers."""
    chosen = set(selected)

    def covered(nodeid: str) -> bool:
        bare, bracket, _ = nodeid.partition("[")
        parts = bare.split("::")
        around = {"::".join(parts[:n]) for n in range(1, len(parts) + 1)}
        return bool(chosen & around) or (bool(bracket) and nodeid in chosen)

    return tuple(sorted(nodeid for nodeid in failing if not covered(nodeid)))
