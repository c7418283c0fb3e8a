"""What changed since each recorded run, as far as its tests are concerned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from gardener.model import Symbol

from ..changes import Entry, FileChange
from .collecting import ValidCollection, valid_collection
from .module_reads import changed_for_imports
from .recording import RecordedTest, Recording, Run, python_changes
from .shape_store import Bodies
from .states import States, changed_since, is_file, shown
from .store import contents_of
from .text_changes import TextChanges


class Changed(NamedTuple):
    """Which symbols of changed files differ, each with the reason; `documented` only in their docstring.

    `moved` are those that only stand on other lines.
    """

    symbols: Mapping[Symbol, str] = {}
    documented: frozenset[Symbol] = frozenset()
    moved: frozenset[Symbol] = frozenset()


ChangedSymbols = Callable[[list[FileChange]], Changed]
"""Tells of changed files what differs in them."""


class Judged(NamedTuple):
    """The change for which tests are selected: the symbols, the files and the folders it touches.

    A folder, whose name ends with `/`, is touched where a file comes or goes. `before` are the
    blobs of the Python files before it, `moved` symbols that only stand on other lines.
    """

    symbols: frozenset[Symbol]
    files: frozenset[str]
    before: Mapping[str, str] = MappingProxyType({})
    moved: frozenset[Symbol] = frozenset()

    def texts(self) -> TextChanges:
        """What it changes for those who read code as text."""
        files = {*self.before, *(file for file, _ in self.symbols)}
        return TextChanges(files=frozenset(files), moved=self.moved)


FAILED = "it did not pass when it last ran"


class SinceRun(NamedTuple):
    """What changed since a recorded run.

    `bodies` are functions of which only the body changed, each with the functions in it whose
    own code did. `executed` are the numbers of the latter, as the record has them, with the
    reason; `judged` those of them that the judged change touches. `unrecorded` are all other
    changes. `texts` are what those who read code as text may see. `environment` says why the environment is another one; `collection` is that of the
    run, if it may still be as it was.
    """

    bodies: dict[Symbol, frozenset[Symbol]]
    executed: dict[int, str]
    judged: frozenset[int]
    unrecorded: dict[Symbol, str]
    texts: TextChanges
    environment: str
    collection: ValidCollection | None

    def reason_to_run(self, test: RecordedTest, states: States) -> str:
        """Why a test of this run has to run; empty if it passed with what is here now."""
        if self.environment:
            return self.environment
        if self.executed:
            changed = next((n for n in test.symbols if n in self.executed), None)
            if changed is not None:
                return f"it executed what changed ({self.executed[changed]})"
        read = changed_since(test.files.items(), states)
        if read:
            return f"it opened {read}, which changed" if is_file(read) else f"{shown(read)} changed"
        return "" if test.passed else FAILED


def since_each(
    recording: Recording,
    tree: Mapping[str, Entry],
    states: States,
    changed_symbols: ChangedSymbols,
    judged: Judged,
    environments: Mapping[int, str],
) -> dict[int, SinceRun]:
    """Compare each run with the tree of today."""
    changes = {number: python_changes(r.snapshot, tree) for number, r in recording.runs.items()}
    bodies = Bodies(recording.root, changes.values(), partial(contents_of, recording))
    return {
        number: _since(
            run, recording.symbols, changes[number], bodies.changed(changes[number]),
            states, changed_symbols, judged, environments[number],
        )
        for number, run in recording.runs.items()
    }  # fmt: skip


def _since(
    run: Run,
    numbers_of: Mapping[Symbol, int],
    changes: list[FileChange],
    differing: Mapping[Symbol, frozenset[Symbol]],
    states: States,
    changed_symbols: ChangedSymbols,
    judged: Judged,
    environment: str,
) -> SinceRun:
    """Compare one run with the tree of today; `differing` are functions whose bodies may differ."""
    difference = changed_symbols(changes) if changes else Changed()
    changed = difference.symbols
    bodies = {node: inner for node, inner in differing.items() if node in changed}
    function_of = {inner: node for node, inners in bodies.items() for inner in inners}
    numbers = {numbers_of[i]: n for i, n in function_of.items() if i in numbers_of}
    collection = valid_collection(run, states, changes, changed, bodies)
    return SinceRun(
        bodies=bodies,
        executed={number: changed[node] for number, node in numbers.items()},
        judged=frozenset(number for number, node in numbers.items() if node in judged.symbols),
        unrecorded={
            **_executed_by_imports(run, function_of),
            **changed_for_imports(run, states),
            **{node: why for node, why in changed.items() if node not in bodies},
        },
        texts=TextChanges(
            difference.documented, frozenset(c.path for c in changes), difference.moved
        ),
        environment=environment,
        collection=None if environment else collection,
    )


def _executed_by_imports(run: Run, function_of: Mapping[Symbol, Symbol]) -> dict[Symbol, str]:
    """The modules whose import executed a changed function: no record says who depends on that."""
    modules: dict[Symbol, str] = {}
    for path, executed in run.modules.items():
        for inner in executed & function_of.keys():
            file, name = function_of[inner]
            modules.setdefault(Symbol(path, ""), f"{file}: {name} changed, which {path} runs")
    return modules
