"""Splits tests into shards of equal predicted durations.

A file stays whole as long as it takes at most half of an even share; else it is taken apart into its
classes and functions, and a class that is longer into its tests. The longest unit goes to the shard
with the least to do ("longest processing time first": at most a third above the best that there is,
Graham 1969).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from gardener.nodeid import NodeId

_FILE_SECONDS = 0.05
"""What a file costs beside its tests: to be imported."""
_UNKNOWN_SECONDS = 0.1
"""What a test counts where nothing is known of any."""


class Shards(NamedTuple):
    """`assigned` maps files, classes and functions to numbers from 0; `seconds` are by shard."""

    assigned: Mapping[str, int]
    seconds: Sequence[float]


class _Unit(NamedTuple):
    seconds: float
    name: str


def weights(
    tests: Sequence[str], seconds: Mapping[str, float], counts: Mapping[str, int]
) -> dict[str, float]:
    """The predicted seconds of each test function of the selected `tests`, and of each whole file
    of which no test is known; `counts` says how many tests such a file may have.

    `seconds` are those of earlier runs by nodeid.
    """
    of_function: dict[NodeId, float] = {}
    for nodeid, duration in seconds.items():
        function = NodeId.parse(nodeid).without_parameters
        of_function[function] = of_function.get(function, 0.0) + duration
    mean = fmean(of_function.values()) if of_function else _UNKNOWN_SECONDS
    by_file: dict[str, list[NodeId]] = {}
    for function in of_function:
        by_file.setdefault(function.file, []).append(function)
    predicted: dict[str, float] = {}
    for test in tests:
        selected = NodeId.parse(test).without_parameters
        inside = [f for f in by_file.get(selected.file, ()) if f.is_within(selected)]
        for function in inside:
            predicted[str(function)] = of_function[function]
        if not inside:
            predicted[str(selected)] = mean * (counts.get(test, 1) if selected.is_file else 1)
    return predicted


def split(predicted: Mapping[str, float], count: int, *, keep_files: bool) -> Shards:
    """Divide tests, with their predicted seconds, among at most `count` shards."""
    by_file: dict[str, dict[NodeId, float]] = {}
    for name, seconds in predicted.items():
        nodeid = NodeId.parse(name)
        by_file.setdefault(nodeid.file, {})[nodeid] = seconds
    share = (sum(predicted.values()) + _FILE_SECONDS * len(by_file)) / count
    most = float("inf") if keep_files else share / 2
    units = [
        unit
        for file, tests in by_file.items()
        for unit in _units(NodeId(file), tests, _FILE_SECONDS, most)
    ]
    shards = [(0.0, number) for number in range(min(count, len(units)))]
    assigned: dict[str, int] = {}
    for unit in sorted(units, key=lambda unit: (-unit.seconds, unit.name)):
        load, number = heapq.heappop(shards)
        assigned[unit.name] = number
        heapq.heappush(shards, (load + unit.seconds, number))
    for name in sorted(assigned):  # what is not known of a file that is taken apart
        assigned.setdefault(NodeId.parse(name).file, assigned[name])
    seconds_of = {number: load for load, number in shards}
    return Shards(assigned, [round(seconds_of[number], 3) for number in sorted(seconds_of)])


def _units(
    container: NodeId, tests: Mapping[NodeId, float], overhead: float, most: float
) -> list[_Unit]:
    """A file or class whole, or the parts of one that takes too long."""
    total = sum(tests.values()) + overhead
    if total <= most or container in tests:
        return [_Unit(total, str(container))]
    depth = len(container.names)
    parts: dict[NodeId, dict[NodeId, float]] = {}
    for test, seconds in tests.items():
        part = NodeId(container.file, test.names[: depth + 1])
        parts.setdefault(part, {})[test] = seconds
    if len(parts) == 1 and depth == 0 and len(tests) == 1:
        return [_Unit(total, str(container))]
    return [unit for part, inner in parts.items() for unit in _units(part, inner, overhead, most)]
