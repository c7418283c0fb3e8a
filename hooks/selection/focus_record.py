"""What the record says of the tests of a focus: which of them executed a function that uses its API."""

from __future__ import annotations

from collections.abc import Callable

from gardener.model import Symbol
from gardener.nodeid import NodeId

from ..record.recording import RecordedTest, Recording
from ..record.store import recorded
from .tree import SourceTree

Use = Callable[[Symbol], str]
"""What of the focus a function uses; empty if nothing."""


class RecordedFocus:
    """The tests whose record is of the code as it is now, with what they executed."""

    def __init__(self, recording: Recording, tree: SourceTree) -> None:
        self._recording = recording
        self._tree = tree
        self._symbols = {number: symbol for symbol, number in recording.symbols.items()}
        self._uses: dict[int, str] = {}
        self._is_same: dict[tuple[int, str], bool] = {}
        self._tests: dict[NodeId, list[RecordedTest]] = {}
        self._by_file: dict[str, list[NodeId]] = {}
        for name, test in recording.tests.items():
            nodeid = NodeId.parse(name).without_parameters
            if nodeid not in self._tests:
                self._by_file.setdefault(nodeid.file, []).append(nodeid)
            self._tests.setdefault(nodeid, []).append(test)

    def knows(self, test: NodeId) -> bool:
        """Whether all that is recorded of a test is of the code as it is now."""
        variants = self._tests.get(test, [])
        return bool(variants) and all(
            self._is_current(variant, test.file) and not variant.opaque for variant in variants
        )

    def reason(self, test: NodeId, use: Use) -> str:
        """What of the focus a test executed; empty if nothing."""
        for variant in self._tests.get(test, ()):
            # What the import of its file ran, or an earlier test, it did not run itself.
            for number in set(variant.symbols).difference(variant.shared):
                if number not in self._uses:
                    self._uses[number] = self._use(number, use)
                if self._uses[number]:
                    executed = self._symbols[number]
                    return f"it executed {executed.file}:{executed.qualname} ({self._uses[number]})"
        return ""

    def function_names(self, is_test_code: Callable[[str], bool]) -> frozenset[str]:
        """The names of the functions that tests executed of the code that they test."""
        tested = (s.qualname for s in self._symbols.values() if not is_test_code(s.file))
        return frozenset(qualname.rpartition(".")[2] for qualname in tested)

    def in_file(self, path: str, use: Use) -> dict[NodeId, str]:
        """The tests of a file that executed something of the focus, with what that was."""
        reasons = {test: self.reason(test, use) for test in self._by_file.get(path, ())}
        return {test: why for test, why in reasons.items() if why}

    def _use(self, number: int, use: Use) -> str:
        symbol = self._symbols.get(number)
        return use(symbol) if symbol else ""

    def _is_current(self, variant: RecordedTest, path: str) -> bool:
        files = {self._symbols[n].file for n in variant.symbols if n in self._symbols}
        return all(self._is_unchanged(variant.run, file) for file in (*files, path))

    def _is_unchanged(self, run: int, path: str) -> bool:
        key = (run, path)
        if key not in self._is_same:
            entry = self._tree.files.get(path)
            sha = self._recording.runs[run].snapshot.get(path)
            self._is_same[key] = bool(entry and entry.sha and entry.sha == sha)
        return self._is_same[key]


def recorded_focus(tree: SourceTree) -> RecordedFocus | None:
    """The record of a tree's tests; None where there is none."""
    recording = recorded(tree.root)
    return RecordedFocus(recording, tree) if recording.tests else None
