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
    """The test cases, each with the suite right around it, in the order of the file."""
    count = 0
    waiting: list[tuple[Suite, Element]] = [(Suite(0), top)]
    while waiting:
        suite, element = waiting.pop()
        if element.tag == "testcase":
            yield suite, element
            continue
        if element.tag == "testsuite":
            count += 1
            own = element.get("name", "")
            name = " > ".join(filter(None, (suite.name, own)))
            file, host = element.get("file", suite.file), element.get("hostname", suite.host)
            suite = Suite(count, name, file, host)
        waiting += [(suite, child) for child in reversed(element)]


def told_apart(report: Report, suites: Mapping[int, Suite], of_record: Mapping[int, int]) -> Report:
    """The report with the suites as cells, where two of them have a test of the same name.

    `of_record` says of each result and failure, by its `id`, the number of its suite. A test
    that one suite names twice (as pytest does when call and teardown fail) is one test.
    """
    suites_of: dict[str, set[int]] = {}
    for record in (*report.results, *report.failures):
        suites_of.setdefault(record.nodeid, set()).add(of_record[id(record)])
    if all(len(numbers) == 1 for numbers in suites_of.values()):
        return report
    labels = _labels(suites, list(suites_of.values()))

    def placed(record: Result | Failure) -> str:
        return labels[of_record[id(record)]]

    cells = tuple(Cell(name) for name in dict.fromkeys(labels.values()))
    return structs.replace(
        report,
        cells=cells,
        results=tuple(structs.replace(r, cell=placed(r)) for r in report.results),
        failures=tuple(structs.replace(f, cell=placed(f)) for f in report.failures),
    )


def _labels(suites: Mapping[int, Suite], shared: list[set[int]]) -> dict[int, str]:
    """A name for each suite: its own, with its file, host or number where that is not enough."""
    for fields in (("name",), ("name", "file"), ("name", "host"), ("name", "file", "host")):
        labels = {
            number: ", ".join(filter(None, (getattr(suite, field) for field in fields)))
            for number, suite in suites.items()
        }
        if all(len({labels[number] for number in numbers}) == len(numbers) for numbers in shared):
            return labels
    return {number: f"{suite.name} ({number})".strip() for number, suite in suites.items()}
