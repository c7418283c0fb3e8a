"""Names for the cells of reports that are merged: none of two cells' results are taken for one's.

A cell is named by the run (`gardener run --cell`), or by the job of the CI. Where reports of
one name and one attempt share a test they are cells of their own all the same: they are told
apart by what they ran on, by their shards, else by their files.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from itertools import combinations

from msgspec import structs

from gardener.diagnosis.cells import split
from gardener.model import Identity, Report

Labels = Callable[[Sequence[Report], Sequence[str]], list[str]]


def told_apart(reports: Sequence[Report], names: Sequence[str]) -> list[Report]:
    """One report for each cell, under a name that no other one has; copies are left out."""
    parts: list[Report] = []
    names_of_parts: list[str] = []
    for report, name in zip(reports, names, strict=True):
        for part in split(report):
            if part not in parts:
                parts.append(part)
                names_of_parts.append(name)
    by_cell: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        by_cell.setdefault(part.cell, []).append(index)
    for indexes in by_cell.values():
        group = [parts[index] for index in indexes]
        labels = _labels(group, [names_of_parts[index] for index in indexes])
        for index, label in zip(indexes, labels, strict=True):
            parts[index] = _renamed(parts[index], label)
    return parts


def _renamed(report: Report, label: str) -> Report:
    if not label:
        return report
    name = ", ".join(filter(None, (report.cell, label)))
    cells = tuple(structs.replace(cell, name=name) for cell in report.cells)
    return structs.replace(report, cell=name, cells=cells)


def _labels(group: Sequence[Report], names: Sequence[str]) -> list[str]:
    """What tells the reports of one cell apart; empty where they do not speak of one test."""
    pairs = _conflicts(group)
    if not pairs:
        return [""] * len(group)
    kinds: tuple[Labels, ...] = (_of_environments, _of_shards, _of_names, _of_both)
    for kind in kinds:
        labels = kind(group, names)
        if all(labels[first] != labels[second] for first, second in pairs):
            return labels
    return [f"report {number}" for number, _ in enumerate(group, 1)]


def _conflicts(group: Sequence[Report]) -> list[tuple[int, int]]:
    """Pairs of reports of one attempt that both have a result of one test."""
    tests: list[frozenset[Identity]] = [
        frozenset(result.identity for result in report.results) for report in group
    ]
    broken = [
        {f.identity for f in report.failures} - ran
        for report, ran in zip(group, tests, strict=True)
    ]
    return [
        (first, second)
        for first, second in combinations(range(len(group)), 2)
        if group[first].attempt == group[second].attempt
        and not (
            tests[first].isdisjoint(tests[second])
            # What one of them could not collect ran in the other.
            and tests[first].isdisjoint(broken[second])
            and tests[second].isdisjoint(broken[first])
        )
    ]


def _of_environments(group: Sequence[Report], _names: Sequence[str]) -> list[str]:
    """`Python 3.12, Linux`: as much of it as differs, then versions of what is installed."""
    environments = [report.environment for report in group]
    facts = [
        [f"Python {'.'.join(e.python.split('.')[:2])}" if e.python else "" for e in environments],
        [e.platform for e in environments],
        [f"pytest {e.pytest}" if e.pytest else "" for e in environments],
    ]
    differing = [fact for fact in facts if len(set(fact)) > 1]
    if not differing:
        installed = [e.distributions for e in environments]
        names = sorted(set().union(*installed)) if all(installed) else []
        for name in names:
            versions = [f"{name} {i[name]}" if name in i else f"no {name}" for i in installed]
            if len(set(versions)) > 1:
                differing.append(versions)
        differing = differing[:2]
    return [", ".join(filter(None, texts)) for texts in zip(*differing, strict=True)] or [
        "" for _ in group
    ]


def _of_shards(group: Sequence[Report], _names: Sequence[str]) -> list[str]:
    return [f"shard {report.shard}" if report.shard else "" for report in group]


def _of_names(_group: Sequence[Report], names: Sequence[str]) -> list[str]:
    """The paths of the files without what all of them share."""
    paths = [name.replace("\\", "/") for name in names]
    folders = [posixpath.dirname(path) for path in paths]
    shared = ""
    if all(folders) and len({folder.startswith("/") for folder in folders}) == 1:
        shared = posixpath.commonpath(folders)
    return [path.removeprefix(shared).removeprefix("/") if shared else path for path in paths]


def _of_both(group: Sequence[Report], names: Sequence[str]) -> list[str]:
    together = zip(_of_environments(group, names), _of_names(group, names), strict=True)
    return [", ".join(filter(None, labels)) for labels in together]
