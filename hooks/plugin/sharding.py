"""In which shard a test runs: the one rule, for the plugin and for gardener. PYTEST_DONT_REWRITE

Every test is in exactly one shard, also one that was not known when the shards were planned.
"""

from __future__ import annotations

import hashlib
from typing import Dict

from .nodeids import containers


def shard_of(nodeid: str, assigned: Dict[str, int], count: int) -> int:
    """The number, from 0, of the shard of a test or a file.

    `assigned` are the shards of test functions, classes and files; the nearest around the test
    counts. The file of any other decides by its name.
    """
    around = containers(nodeid)
    for container in reversed(around):
        if container in assigned:
            return assigned[container]
    digest = hashlib.sha256(around[0].encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % count
