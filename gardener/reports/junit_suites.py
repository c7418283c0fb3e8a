"""The suites of JUnit XML: what tells apart two test cases with one name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from gardener.model import Cell, Failure, Report, Result

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class Suite(NamedTuple):
    """One element `testsuite`: its number in the file, the names down to it, and its file."""

    number: int
    name: str = ""
    file: str = ""
    host: str = ""


def in_suites(top: Element) -> Iterator[tuple[Suite, Element]]:
    """The test cases, each with the suite right around it, in the order of the file.

    A suite that failed itself, as one that was not built, comes as well.
    """
    count = 0
    waiting: list[tuple[Suite, Element]] = [(Suite(0), top)]
    while waiting:
        suite, element = waiting.pop()
        if element.tag == "testcase":
            yield suite, element
            continue
        if element.tag == "testsuite":
            count += 1
            own_name = element.get("name", "")
            name = " > ".join(filter(None, (suite.name, own_name)))
            file, host = element.get("file", suite.file), element.get("hostname", suite.host)
            suite = Suite(count, name, file, host)
            if any(child.tag in ("failure", "error") for child in element):
                yield suite, element
        waiting += [(suite, child) for child in reversed(element)]


def told_apart(report: Report, suites: Mapping[str, Suite]) -> Report:
    """The report with the suites as cells, where two of them have a test of the same name.

    The `cell` of each record still is the key of its suite. A test that one suite names twice
    (as pytest does when call and teardown fail) is one test.
    """
    suites_of: dict[str, set[str]] = {}
    records: tuple[Result | Failure, ...] = (*report.results, *report.failures)
    for record in records:
        suites_of.setdefault(record.nodeid, set()).add(record.cell)
    shared = [keys for keys in suites_of.values() if len(keys) > 1]
    labels = _labels(suites, shared) if shared else dict.fromkeys(suites, "")
    cells = tuple(map(Cell, dict.fromkeys(labels.values()))) if shared else ()
    return structs.replace(
        report,
        cells=cells,
        results=tuple(structs.replace(r, cell=labels[r.cell]) for r in report.results),
        failures=tuple(structs.replace(f, cell=labels[f.cell]) for f in report.failures),
    )


def _labels(suites: Mapping[str, Suite], shared: list[set[str]]) -> dict[str, str]:
    """A name for each suite: its own, with its file, host or number where that is not enough."""
    for fields in (("name",), ("name", "file"), ("name", "host"), ("name", "file", "host")):
        labels = {
            key: ", ".join(dict.fromkeys(filter(None, (getattr(suite, f) for f in fields))))
            for key, suite in suites.items()
        }
        if all(len({labels[key] for key in keys}) == len(keys) for keys in shared):
            return labels
    return {key: f"{suite.name} ({key})".strip() for key, suite in suites.items()}
