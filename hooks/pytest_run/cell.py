"""Which cell of a CI's matrix a run is, which shard of it, and which attempt: as the CI says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_NUMBERED_JOB = re.compile(r"(?P<name>.*?) (?P<number>\d+)/(?P<total>\d+)", re.DOTALL)
_JOBS = (
    "GITHUB_JOB",
    "CIRCLE_JOB",
    "BUILDKITE_LABEL",
    "BUILDKITE_STEP_KEY",
    "SYSTEM_JOBDISPLAYNAME",
    "CIRRUS_TASK_NAME",
)
"""Variables of CI services that hold the name of the job."""
_ATTEMPTS = {"GITHUB_RUN_ATTEMPT": 0, "SYSTEM_JOBATTEMPT": 0, "BUILDKITE_RETRY_COUNT": 1}
"""Variables that count attempts, and what to add to them."""
_NODES = {
    ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL"): 1,
    ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT"): 1,
}
"""Variables with the number of a shard and how many there are, and what to add to the number."""
_OPTIONS = (
    ("--group", "--splits", 0),  # pytest-split
    ("--shard-id", "--num-shards", 1),  # pytest-shard
    ("--test-group", "--test-group-count", 0),  # pytest-test-groups
)


class Place(NamedTuple):
    """The cell, the shard as `I/N` (both empty where there is none), and the attempt from 1."""

    cell: str = ""
    shard: str = ""
    attempt: int = 1


def place(environment: Mapping[str, str], arguments: Sequence[str] = (), cell: str = "") -> Place:
    """Where a run stands; `cell` is what the user calls it, `arguments` are those of pytest."""
    job, shard = _job(environment)
    shard = _shard_of_options(arguments) or shard
    named = cell or environment.get("GARDENER_CELL", "") or job
    return Place(named.strip(), shard, _attempt(environment))


def _job(environment: Mapping[str, str]) -> tuple[str, str]:
    """The name of the job, and its shard.

    GitLab numbers the jobs of a matrix too; only the name says which of both they are:
    `test 1/3` or `test: [3.12, linux]`.
    """
    job = environment.get("CI_JOB_NAME", "")
    numbered = _NUMBERED_JOB.fullmatch(job)
    if numbered:
        return numbered["name"], f"{numbered['number']}/{numbered['total']}"
    job = job or next(filter(None, map(environment.get, _JOBS)), "") or ""
    for (number, total), first in _NODES.items():
        shard = _shard(environment.get(number, ""), environment.get(total, ""), first)
        if shard:
            return job, shard
    return job, ""


def _shard_of_options(arguments: Sequence[str]) -> str:
    options: dict[str, str] = {}
    for position, argument in enumerate(arguments, 1):
        name, equals, text = argument.partition("=")
        options[name] = text if equals else "".join(arguments[position : position + 1])
    shards = (
        _shard(options.get(number, ""), options.get(total, ""), first)
        for number, total, first in _OPTIONS
    )
    return next(filter(None, shards), "")


def _shard(number: str, total: str, first: int) -> str:
    """`I/N`, counted from 1; empty where there is but one, or it makes no sense."""
    if not (number.isdecimal() and total.isdecimal()):
        return ""
    shard = int(number) + first
    return f"{shard}/{int(total)}" if 1 <= shard <= int(total) > 1 else ""


def _attempt(environment: Mapping[str, str]) -> int:
    for name, first in _ATTEMPTS.items():
        number = environment.get(name, "")
        if number.isdecimal() and len(number) < 6:
            return max(int(number) + first, 1)
    return 1
