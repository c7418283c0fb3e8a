"""Answers about files that rest on their bytes alone, kept from run to run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gardener import __version__
from gardener.git import store_by_files
from gardener.paths import write_whole

AT_MOST = 5_000
"""Number of answers that are kept; those of this run stay."""


class Kept:
    """What was found out about contents of files; answers are plain values."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.name = name
        self.used: dict[str, Any] = {}
        self.is_new = False
        self.answers = self._read()

    def of(self, content: bytes, make: Callable[[], Any]) -> Any:
        """The answer for a content, made only where it is not known yet."""
        import hashlib

        key = hashlib.sha256(content).hexdigest()
        if key not in self.answers:
            self.answers[key] = make()
            self.is_new = True
        self.used[key] = self.answers[key]
        return self.used[key]

    def _read(self) -> dict[str, Any]:
        import marshal  # a broken store is only ignored

        store = store_by_files(self.root)
        if store is None:
            return {}
        try:
            written = (store / self.name).read_bytes()
            version, answers = marshal.loads(written)  # noqa: S302 - our own file, read as plain data
        except (OSError, EOFError, ValueError, TypeError):
            return {}
        return answers if version == __version__ and isinstance(answers, dict) else {}

    def save(self) -> None:
        """Write the store if there is something new; that it cannot be written is no error."""
        import marshal

        store = store_by_files(self.root) if self.is_new else None
        if store is None:
            return
        answers = {**self.used, **self.answers} if len(self.answers) < AT_MOST else self.used
        try:
            store.mkdir(parents=True, exist_ok=True)
            write_whole(store / self.name, marshal.dumps((__version__, answers)))
        except OSError:
            return
        self.is_new = False
