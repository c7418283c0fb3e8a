"""Pulls the shared record before tests are selected, where the local one is missing or older."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from gardener.config import Config
from gardener.errors import GardenerError, GitError, RecordError
from gardener.git import fork_point, head, store
from gardener.paths import write_whole
from gardener.redaction import redact

from ..pytest_run.interpreter import find
from ..record.place import is_kept
from .sharing import pull

_MARK = "pulled.json"
_AGAIN = 600.0
"""Seconds after which a remote that did not answer is asked again."""


def pull_by_itself(root: Path, config: Config, python: str, say: Callable[[str], None]) -> None:
    """Pull once for each commit of the main branch that this one stands on; what fails is only said.

    `python` is the project's interpreter where it is named.
    """
    url = config.record_remote
    if not url or not config.record:
        return
    try:
        base = fork_point(root) or head(root)
        mark = store(root) / _MARK
        if not _is_due(mark, url, base, is_there=is_kept(root)):
            return
        try:
            pulled = pull(root, url, find(root, config, python))
        except RecordError as error:
            _remember(mark, {"url": url, "base": base, "failed": time.time()})
            say(redact(str(error)))
            return
        _remember(mark, {"url": url, "base": base})
    except GardenerError:
        return  # no repository, or no interpreter: whoever needs one says so
    for note in pulled.notes:
        say(redact(f"the shared record: {note}"))


def _is_due(mark: Path, url: str, base: str, *, is_there: bool) -> bool:
    try:
        last = json.loads(mark.read_bytes())
        if last["url"] != url or last["base"] != base:
            return True
        if "failed" in last:
            return bool(abs(time.time() - float(last["failed"])) > _AGAIN)
        return not is_there
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return True


def _remember(mark: Path, facts: dict[str, object]) -> None:
    with contextlib.suppress(OSError, GitError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        write_whole(mark, json.dumps(facts).encode())
