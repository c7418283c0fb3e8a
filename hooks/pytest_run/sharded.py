"""Lets pytest leave out the tests of other shards."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..plugin import SHARDER
from .injection import Extra


@contextlib.contextmanager
def sharded(number: int, count: int, assigned: Mapping[str, int]) -> Iterator[Extra]:
    """What makes pytest run one shard alone; see `hooks/plugin/sharding.py`."""
    plan = {"shard": number, "count": count, "assigned": dict(assigned)}
    with tempfile.TemporaryDirectory(prefix="gardener-", ignore_cleanup_errors=True) as name:
        path = Path(name).resolve() / "shard.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        yield Extra(arguments=("-p", SHARDER), environment={"GARDENER_SHARD": str(path)})
