"""What earlier runs recorded of the tests that a change may affect: which need not run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from msgspec import Struct

from gardener.model import Symbol
from gardener.nodeid import NodeId, file_of, without_parameters
from gardener.paths import is_python

from ..changes import Entry, FileChange, blob_sha
from ..record.environment import settings_of
from ..record.recording import RecordedTest, Recording, Run
from ..record.shape_store import kept
from ..record.since_run import FAILED, Changed, Judged
from ..record.states import PRESENCE, names_touched
from ..record.store import contents_of, recorded
from ..record.validity import Validity, validity_of
from .changed_symbols import VERSIONS, Version, changed_symbols
from .graph.docstring_readers import TextReaders
from .graph.frontier import Frontier, frontier
from .graph.graph import Graph
from .graph.line_readers import LineReaders
from .link.nodes import ANY_SOURCE, LINES, LINES_GIVEN, LINES_TOLD, Node, source
from .tree import SourceTree


class SinceRecorded(Struct, frozen=True):
    """What changed in the Python files since any of the recorded runs.

    `lost_fixtures` are symbols that were fixtures then, with the fixture's name; `imported_names`
    are names that an import binds, or bound then, `defined_names` all other changed names.
    `versions` are those of files that were looked at, by blob.
    """

    lost_fixtures: dict[Symbol, str] = {}
    imported_names: set[Symbol] = set()
    defined_names: set[Symbol] = set()
    versions: dict[str, Version] = {}


class RecordedTests(Struct, frozen=True):
    """The recorded tests, held against the tree of today.

    `variants` are the recorded nodeids by test function (without parameters) and by file.
    `tree` are the files of today, each with its blob.
    """

    recording: Recording
    validity: Validity
    variants: Mapping[str, list[str]]
    since: SinceRecorded
    tree: Mapping[str, Entry]

    def is_valid(self, test: str, graph: Graph, stale: frozenset[str]) -> bool:
        """Whether a test passed with all that it depends on as it is now."""
        nodeids = self.variants.get(test, ())
        return (
            bool(nodeids)
            and test not in stale
            and not graph.broken(file_of(test))
            and all(nodeid in self.validity.valid for nodeid in nodeids)
        )

    def was_read_at_collection(self, path: str) -> bool:
        """Whether a file was opened before the first test ran, and nobody knows for whom.

        Of what a module reads while it is imported the graph knows for whom that is.
        """
        runs = self.recording.runs.values()
        presence = "there" if path in self.tree else ""
        by_modules = any(path in read for run in runs for read in run.read.values())
        return not by_modules and any(
            path in run.data or run.data.get(PRESENCE + path, presence) != presence for run in runs
        )

    def was_opened_unseen(self, path: str) -> bool:
        """Whether something opened a file that may keep it for other tests: a library, in C."""
        return any(path in (run.collected.hidden or ()) for run in self.recording.runs.values())

    def reaching_unrecorded(self, graph: Graph, reached: Iterable[str]) -> frozenset[str]:
        """Of the tests that the graph brings to unrecorded changes, those that may come there.

        A recorded test does if it executed a function of the frontier: one of the first functions
        met on every path back from the changes. A test that is not recorded always does.
        """
        frontiers = {
            run: self._frontier(graph, changes)
            for run, changes in self.validity.unrecorded_changes.items()
        }
        numbers = {run: self._numbers(frontier) for run, frontier in frontiers.items()}

        return self._executing(reached, lambda run: (frontiers[run], numbers[run]))

    def _executing(
        self, tests: Iterable[str], met: Callable[[int], tuple[Frontier, frozenset[int]]]
    ) -> frozenset[str]:
        """Of some tests those that executed a function of the frontier that their run `met`."""

        def crosses(test: str, nodeid: str) -> bool:
            executed = self.validity.valid.get(nodeid)
            if executed is None:
                return True
            around, numbers = met(executed.run)
            return test in around.tests or not numbers.isdisjoint(executed.symbols)

        def may_come_there(test: str) -> bool:
            nodeids = self.variants.get(test, ())
            return not nodeids or any(crosses(test, nodeid) for nodeid in nodeids)

        return frozenset(filter(may_come_there, tests))

    def reading_texts(self, graph: Graph, handed_out: Callable[[Symbol], bool]) -> frozenset[str]:
        """The tests that may read as text what changed since they were recorded."""
        texts = self.validity.texts
        documented = frozenset(s for changes in texts.values() for s in changes.documented)
        files = frozenset(file for changes in texts.values() for file in changes.files)
        if not documented and not files:
            return frozenset()
        readers = TextReaders(graph, documented, files, handed_out)
        by_docstring = {run: readers.reasons(c.documented, ()) for run, c in texts.items()}
        reading = self._as_of({run: readers.reasons((), c.files) for run, c in texts.items()})
        if reading:  # whoever reads a file executed what does so
            around = self._frontier(graph, [ANY_SOURCE, *map(source, files)])
            numbers = self._numbers(around)
            reading = self._executing(reading, lambda _: (around, numbers))
        return self._as_of(by_docstring) | reading

    def _as_of(self, tests_of: Mapping[int, Collection[str]]) -> frozenset[str]:
        """The tests that are valid as of a run for which they are given here."""
        valid, every = self.validity.valid, {t for tests in tests_of.values() for t in tests}
        known = {t: [valid[n].run for n in self.variants.get(t, ()) if n in valid] for t in every}
        return frozenset(t for t in every if any(t in tests_of[run] for run in known[t]))

    def reading_lines(self, readers: LineReaders) -> frozenset[str]:
        """The tests that may look at numbers of lines that moved since they were recorded.

        One that asks for lines of code need not have executed it; all others must have.
        """
        texts = self.validity.texts
        found = {run: readers.tests(changes.moved) for run, changes in texts.items()}
        numbers = {run: self._numbers_in(changes.moved) for run, changes in texts.items()}
        if not any(numbers.values()) and not any(readers.certain for readers in found.values()):
            return frozenset()
        given = self._numbers_in(readers.telling(LINES, LINES_GIVEN))
        told = self._numbers_in(readers.telling(LINES_TOLD))

        def looks(test: str, valid: RecordedTest) -> bool:
            if test in found[valid.run].certain:
                return True
            if numbers[valid.run].isdisjoint(valid.symbols):
                return False
            return (
                test in readers.lookers
                or not given.isdisjoint(valid.symbols)
                or (test in readers.comparing and not told.isdisjoint(valid.symbols))
            )

        looking: set[str] = set()
        for nodeid, valid in self.validity.valid.items():
            names = without_parameters(nodeid), file_of(nodeid)
            looking.update(test for test in names if looks(test, valid))
        return frozenset(looking)

    def executed_any(self, functions: frozenset[Symbol], tests: Iterable[str]) -> list[str]:
        """Those of some tests that were recorded to execute some of these functions."""
        numbers = self._numbers_in(functions)
        recorded = self.recording.tests
        return [
            test
            for test in tests
            if any(not numbers.isdisjoint(recorded[n].symbols) for n in self.variants.get(test, ()))
        ]

    def _numbers_in(self, functions: frozenset[Symbol]) -> frozenset[int]:
        """Some functions, and those inside them, as the record numbers them."""
        if not functions:
            return frozenset()
        symbols = self.recording.symbols.items()
        return frozenset(n for node, n in symbols if _outermost(node) in functions)

    def _numbers(self, frontier: Frontier) -> frozenset[int]:
        """The functions of a frontier, and those inside them, as the record numbers them."""
        return self._numbers_in(frontier.functions)

    def _frontier(self, graph: Graph, changes: Iterable[Node]) -> Frontier:
        """The frontier of some changes; what an import is known to execute of it counts as one."""
        starts: set[Node] = set(changes)
        while starts:
            around = frontier(graph, starts)
            imports = self._importing(around.functions) - starts
            if not imports:
                return around
            starts |= imports
        return Frontier(frozenset(), frozenset())

    def _importing(self, functions: frozenset[Symbol]) -> set[Symbol]:
        """The modules whose import executed one of these functions."""
        return {
            Symbol(file, "")
            for run in self.recording.runs.values()
            for file, executed in run.modules.items()
            if any(_outermost(node) in functions for node in executed)
        }

    def invalid_in(self, whole_file: str, stale: frozenset[str]) -> dict[str, str]:
        """The tests of a file that have to run, with the reason; none if any is not recorded.

        `stale` are the tests that an unrecorded change may reach.
        """
        nodeids = self.variants.get(whole_file, ())
        valid, invalid = self.validity.valid, self.validity.invalid
        if whole_file in stale or not all(n in invalid or n in valid for n in nodeids):
            return {}
        return {without_parameters(n): invalid[n] for n in nodeids if n in invalid}

    def touched_tests(self, graph: Graph) -> list[tuple[str, str]]:
        """Nodeids, with the reason, that executed what the change touches, reached or not."""
        touched = []
        for nodeid in self.validity.touched & self.validity.invalid.keys():
            file = file_of(nodeid)
            collected = graph.tests_in(file)
            # A plugin that no file of the project shows may collect a non-Python file.
            is_test = (
                without_parameters(nodeid) in collected or file in collected or not is_python(file)
            )
            if file in self.tree and is_test:
                touched.append((nodeid, self.validity.invalid[nodeid]))
        return touched

    def with_failure(self, test: str, why: str) -> str:
        """The reason to run a test, with that it fails, if it does."""
        tests = (self.recording.tests[nodeid] for nodeid in self.variants.get(test, ()))
        if FAILED in why or all(recorded.passed for recorded in tests):
            return why
        return f"{why}; {FAILED}"

    def reason(self, test: str) -> str:
        """Why a recorded test has to run; empty if the record does not say so."""
        nodeids = self.variants.get(test, ())
        invalid = self.validity.invalid
        why = next((invalid[nodeid] for nodeid in nodeids if nodeid in invalid), "")
        return self.with_failure(test, why) if why else ""


def _outermost(node: Symbol) -> Symbol:
    """The symbol of the graph that a recorded function is, or lies in."""
    return Symbol(node.file, node.qualname.partition(".<locals>")[0])


def recorded_tests(
    tree: SourceTree,
    starts: dict[Symbol, str],
    mentions: Mapping[str, list[Symbol]],
    text_tests: list[str],
    before: Mapping[str, str],
    changes: Iterable[FileChange],
    moved: frozenset[Symbol],
) -> RecordedTests | None:
    """Read the record and hold it against the tree; None where there is none.

    `starts` are the symbols that the change touches, `mentions` its non-Python files, each with
    the symbols that may mean it, and `text_tests` those of them that hold tests. `before` are the
    blobs of its Python files before it, `changes` all files that it changes, `moved` symbols of
    which it only changes the lines.
    """
    recording = recorded(tree.root, tree.interpreter)
    if not recording.tests and not recording.note:
        return None
    files, on_disk = _with_blobs(tree)
    recording = recording._replace(on_disk=on_disk)
    variants = _variants(recording.tests)
    since = SinceRecorded()
    validity = validity_of(
        recording,
        files,
        partial(_symbols_since, tree, recording, since),
        Judged(frozenset(starts), names_touched(changes), before, moved),
        settings=settings_of(tree.configuration),
        python=tree.interpreter,
    )
    other_texts = _other_text_tests(text_tests, files, recording, variants)
    for number, unrecorded in validity.unrecorded_changes.items():
        run = recording.runs[abs(number)]
        unrecorded.update(_unseen_readers(starts, mentions, validity.opened, run))
        unrecorded.update(other_texts)
    return RecordedTests(recording, validity, variants, since, files)


def _with_blobs(tree: SourceTree) -> tuple[dict[str, Entry], dict[str, bytes]]:
    """The files of a tree, each with its blob; and the contents of blobs that git does not have."""
    files: dict[str, Entry] = {}
    on_disk: dict[str, bytes] = {}
    for path, entry in tree.files.items():
        files[path] = entry
        if not entry.sha and (tree.root / path).is_file():
            content = (tree.root / path).read_bytes()
            files[path] = entry._replace(sha=blob_sha(content))
            on_disk[files[path].sha] = content
    return files, on_disk


def _variants(tests: Iterable[str]) -> dict[str, list[str]]:
    variants: dict[str, list[str]] = {}
    for nodeid in tests:
        parsed = NodeId.parse(nodeid)
        variants.setdefault(str(parsed.without_parameters), []).append(nodeid)
        variants.setdefault(parsed.file, []).append(nodeid)
    return variants


def _symbols_since(
    tree: SourceTree, recording: Recording, since: SinceRecorded, changes: list[FileChange]
) -> Changed:
    """The symbols that differ since a recorded run; adds to `since` what the graph needs of them."""
    contents = partial(contents_of, recording)
    entries = [e for change in changes for e in (change.before, change.after) if e]
    shas = {entry.sha for entry in entries} - since.versions.keys()
    since.versions.update(kept(tree.root, shas, contents, VERSIONS))
    changed = changed_symbols(
        tree.root, changes, tree.summaries, tree.modules, contents, since.versions
    )
    since.lost_fixtures.update(changed.lost_fixtures)
    since.imported_names.update(changed.imported_names)
    since.defined_names.update(changed.symbols.keys() - changed.imported_names)
    return Changed(changed.symbols, frozenset(changed.documented), frozenset(changed.moved))


def _unseen_readers(
    starts: dict[Symbol, str],
    mentions: Mapping[str, list[Symbol]],
    opened: frozenset[str],
    run: Run,
) -> dict[Symbol, str]:
    """The symbols that may mean a changed file of which a run does not prove who read it.

    That a test was seen to open it says nothing of those that only ask how large it is, or let a
    library read it in C; that none was may be due to what ran unseen.
    """
    unseen: dict[Symbol, str] = {}
    for path, symbols in mentions.items():
        is_known = path in opened and run.collected.acquits(path)
        for symbol in symbols:
            if not is_known or symbol.file in run.collected.unseen:
                unseen[symbol] = starts[symbol]
    return unseen


def _other_text_tests(
    text_tests: list[str],
    files: Mapping[str, Entry],
    recording: Recording,
    variants: Mapping[str, list[str]],
) -> dict[Symbol, str]:
    """The non-Python test files that may hold other tests than those that were recorded."""
    changed: dict[Symbol, str] = {}
    for path in text_tests:
        tests: list[RecordedTest] = [recording.tests[n] for n in variants.get(path, ())]
        blob = files[path].sha if path in files else ""
        if not tests or any(test.files.get(path, "") != blob for test in tests):
            changed[Symbol(path, "")] = f"{path} changed"
    return changed
