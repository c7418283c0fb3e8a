"""A pytest plugin that leaves out the tests of other shards. PYTEST_DONT_REWRITE

Injected beside the recorder into the *user's* interpreter: standard library only, Python 3.8+,
pytest 7+. `GARDENER_SHARD` names a JSON file with `shard` (from 0), `count` and `assigned` (see
`sharding.py`), relative to the repository.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatch
from typing import Any, Dict, Generator, List, Optional, Set

import pytest

from .nodeids import split_file
from .sharding import shard_of

_COUNT = "gardener_left_out"


class Sharder:
    """What one process of pytest leaves out."""

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            plan = json.load(file)
        self.shard: int = plan["shard"]
        self.count: int = plan["count"]
        self.assigned: Dict[str, int] = plan["assigned"]
        of_shard = (unit for unit, shard in self.assigned.items() if shard == self.shard)
        self.own_files: Set[str] = {split_file(unit)[0] for unit in of_shard}
        """Files of which some test was assigned to this shard."""
        self.left_out = 0

    def is_own(self, nodeid: str) -> bool:
        """Whether a test, or the rest of a file, is of this shard."""
        return shard_of(nodeid, self.assigned, self.count) == self.shard

    def pytest_ignore_collect(self, collection_path: Any, config: Any) -> Optional[bool]:
        """Do not even import a file that has no test of this shard."""
        if collection_path.name in ("__init__.py", "conftest.py") or not collection_path.is_file():
            return None
        file = _recorder(config).repository.name(str(collection_path))
        if self.is_own(file) or file in self.own_files:
            return None
        if any(fnmatch(collection_path.name, glob) for glob in config.getini("python_files")):
            self.left_out += 1  # any other may hold no test at all
        return True

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: Any, items: List[Any]
    ) -> Generator[None, Any, None]:
        """Keep the tests of this shard, after all other plugins made their choice."""
        yield
        nodeid_of = _recorder(config).nodeid
        remaining = [item for item in items if self.is_own(nodeid_of(item.nodeid))]
        self.left_out += len(items) - len(remaining)
        items[:] = remaining

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any, exitstatus: Any) -> None:
        """A shard without a test is no failure, where others have some."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_COUNT] = self.left_out
        elif int(exitstatus) == 5 and self.left_out:
            session.exitstatus = 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        """Hear from a worker of pytest-xdist what it left out."""
        self.left_out += getattr(node, "workeroutput", {}).get(_COUNT, 0)


def _recorder(config: Any) -> Any:
    return config.pluginmanager.get_plugin("gardener-recorder")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: Any) -> None:
    """Begin, unless this is someone else's run."""
    path = os.environ.get("GARDENER_SHARD", "")
    if path and _recorder(config) is not None:
        config.pluginmanager.register(Sharder(path), "gardener-sharder")
