"""Lets pytest leave out the tests of other shards."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping

from ..plugin import SHARDER
from .injection import Extra
from .temporary import temporary_folder


@contextlib.contextmanager
def sharded(number: int, count: int, assigned: Mapping[str, int]) -> Iterator[Extra]:
    """What makes pytest run one shard alone; see `hooks/plugin/sharding.py`."""
    plan = {"shard": number, "count": count, "assigned": dict(assigned)}
    with temporary_folder() as folder:
        path = folder / "shard.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        yield Extra(arguments=("-p", SHARDER), environment={"GARDENER_SHARD": str(path)})
