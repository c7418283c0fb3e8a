"""Weighs a record against the tree of today: which tests need not run although the graph reaches them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .changes import Entry, FileChange
from .recording import Recording
from .stream import Node

Judge = Callable[[list[FileChange]], Mapping[Node, str]]


class Weighed(NamedTuple):
    """What a record says about the tree of today.

    `must` are recorded tests that have to run, with the reason: what they executed or
    opened has changed since they passed, or they did not pass. `fresh` are those that
    passed with all that they executed as it is now; they only have to run if the graph
    reaches them from `drift`: changes that no record can know the effect of.
    """

    must: dict[str, str]
    fresh: frozenset[str]
    drift: dict[Node, str]


def weigh(recording: Recording, tree: Mapping[str, Entry], judge: Judge) -> Weighed:
    """Compare the trees of the recorded runs with `tree`.

    `judge` says of changed files which symbols differ, and why.
    """
    bodies: dict[int, dict[int, str]] = {}
    drift: dict[Node, str] = {}
    for number, run in recording.runs.items():
        changes = _changes(run.snapshot, tree)
        starts = judge(changes) if changes else {}
        only = _bodies(recording, changes) & starts.keys()
        for file, executed in run.modules.items():
            for node in executed & only:
                drift.setdefault((file, ""), f"{node[0]}: {node[1]} changed, which {file} runs")
        drift.update((node, why) for node, why in starts.items() if node not in only)
        bodies[number] = {
            recording.symbols[node]: starts[node] for node in only if node in recording.symbols
        }
    must: dict[str, str] = {}
    fresh = set()
    for nodeid, test in recording.tests.items():
        changed = bodies[test.run]
        hit = next((n for n in test.symbols if n in changed), None) if changed else None
        opened = next((f for f, sha in test.files.items() if _sha(tree, f) != sha), None)
        if hit is not None:
            must[nodeid] = f"it executed what changed ({changed[hit]})"
        elif opened is not None:
            must[nodeid] = f"it opened {opened}, which changed"
        elif not test.green:
            must[nodeid] = "it did not pass when it last ran"
        elif not test.opaque:
            fresh.add(nodeid)
    return Weighed(must, frozenset(fresh), drift)


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


def _bodies(recording: Recording, changes: list[FileChange]) -> set[Node]:
    """Functions of which nothing but the body differs: a record knows who executed them."""
    both = [c for c in changes if c.before and c.after and c.before.sha and c.after.sha]
    contents = recording.content(
        sha
        for c in both
        for sha in (c.before.sha if c.before else "", c.after.sha if c.after else "")
    )
    found: set[Node] = set()
    for change in both:
        assert change.before
        assert change.after
        old, new = contents.get(change.before.sha), contents.get(change.after.sha)
        if old is not None and new is not None:
            before, after = headers(old), headers(new)
            found |= {(change.path, n) for n, h in before.items() if after.get(n) == h}
    return found


def headers(source: bytes) -> dict[str, str]:
    """What a function is apart from its body: kind, decorators, arguments; by qualified name.

    A name that is defined twice has none: which one ran cannot be told.
    """
    found: dict[str, str] = {}
    twice: set[str] = set()

    def walk(body: list[ast.stmt], inside: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                name = inside + node.name
                if name in found:
                    twice.add(name)
                parts = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
                found[name] = type(node).__name__ + "|".join(ast.dump(p) for p in parts)
            elif isinstance(node, ast.ClassDef):
                walk(node.body, f"{inside}{node.name}.")
            else:
                for field in ("body", "orelse", "finalbody"):
                    walk(getattr(node, field, []), inside)
                for handler in getattr(node, "handlers", []):
                    walk(handler.body, inside)

    try:
        walk(ast.parse(source).body, "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {name: header for name, header in found.items() if name not in twice}


def missed(failing: Iterable[str], selected: Iterable[str]) -> tuple[str, ...]:
    """The failing tests that no selected nodeid, class or file covers."""
    chosen = set(selected)

    def covered(nodeid: str) -> bool:
        bare, bracket, _ = nodeid.partition("[")
        parts = bare.split("::")
        around = {"::".join(parts[:n]) for n in range(1, len(parts) + 1)}
        return bool(chosen & around) or (bool(bracket) and nodeid in chosen)

    return tuple(sorted(nodeid for nodeid in failing if not covered(nodeid)))
