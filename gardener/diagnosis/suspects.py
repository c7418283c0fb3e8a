"""Names the function that a wrong value most likely comes from, by what each test executed.

An assertion says where a wrong value was noticed, not where it was made. A function that
only failing tests execute explains them; the idea is spectrum-based fault localization
(Jones and Harrold, Tarantula, 2005), for several causes at once: the function that
explains the most comes first, and what it explains is taken away. An exception that was raised
in the project and swallowed there, so that a test sees only a wrong status or nothing, tells
even more, where no passing test meets it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from gardener.diagnosis.background import is_silence
from gardener.diagnosis.grouping import Group, group_by_fingerprint
from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.root_cause import bare_name
from gardener.diagnosis.rules import SYMPTOM_RULES, Rule
from gardener.model import FAILING_OUTCOMES, Failure, Report

MIN_PURITY = 0.51
"""Of the tests that execute a function, how many must fail for want of another explanation;
of a sweep over 0.35 to 0.8 on the libraries of bench/grouping that are not kept aside."""
SELF_EXPLAINING = 0.8
"""A place where this share of the tests that get there fails explains itself."""
TELLING_SHARE = 0.9
"""Of the tests that meet an exception, how many must fail for it to explain them."""
_EXITS = ("SystemExit", "KeyboardInterrupt")
"""Exceptions that say only that a program ended."""
_SHOW_METHODS = (".__repr__", ".__str__")


class RaisedAt(NamedTuple):
    """An exception that was raised, caught or not: the function, and the name of its type."""

    symbol: str
    type: str


class _Cluster(NamedTuple):
    """Failing tests that surely have one cause, and the functions that all of them execute."""

    tests: frozenset[str]
    shared: frozenset[str]


class _Spectrum(NamedTuple):
    """How many failing and passing tests execute each function in question.

    `purity` is the share of them that must fail for a function to be a suspect.
    """

    failing: Counter[str]
    passing: Counter[str]
    purity: float

    def executing(self, symbol: str) -> int:
        """The number of tests that execute a function."""
        return self.failing[symbol] + self.passing[symbol]

    def may_explain(self, symbol: str, explained: int) -> bool:
        """Whether a function is a suspect that `explained` tests would be explained by."""
        return explained > 1 and explained >= self.purity * self.executing(symbol)


def suspect(
    report: Report,
    executed: Mapping[str, frozenset[str]],
    raised: Mapping[str, Sequence[RaisedAt]] = {},
) -> Report:
    """The report with a suspect for failures whose traceback does not tell their cause.

    `executed` holds the project's functions (`path.py:Qualified.name`) by nodeid, `raised` the
    exceptions that were raised in them, in order. Failures that a symbol or a place explains
    count against a function: what runs beside them would be taken for theirs.
    """
    executed = {nodeid: _without_show_methods(symbols) for nodeid, symbols in executed.items()}
    groups = [(group, _cluster(group, executed)) for group in group_by_fingerprint(report.failures)]
    groups = [(group, cluster) for group, cluster in groups if cluster.tests]
    shared = frozenset().union(*(cluster.shared for _, cluster in groups))
    failing = frozenset().union(*(cluster.tests for _, cluster in groups))
    ran = _tests_that_ran(report)
    passing = ran - failing
    spectrum = _Spectrum(
        _count(failing, shared, executed),
        _count(passing, shared, executed),
        _purity(failing, ran, executed),
    )
    swallowed = _swallowed_exceptions([group for group, _ in groups], passing, executed, raised)
    suspects = {**_explaining_functions(groups, swallowed, spectrum), **swallowed}
    if not suspects:
        return report
    failures = tuple(_with_suspect(failure, suspects) for failure in report.failures)
    return structs.replace(report, failures=failures)


def _tests_that_ran(report: Report) -> set[str]:
    """Tests that passed or failed; a skipped one tells nothing."""
    return {
        result.nodeid
        for result in report.results
        if result.outcome == "passed" or result.outcome in FAILING_OUTCOMES
    }


def _with_suspect(failure: Failure, suspects: Mapping[int, RaisedAt]) -> Failure:
    if id(failure) not in suspects:
        return failure
    symbol, type_ = suspects[id(failure)]
    return structs.replace(failure, suspect=symbol, suspect_raised=type_)


def _without_show_methods(symbols: frozenset[str]) -> frozenset[str]:
    """Pytest shows values when an assertion fails: methods for that would mark failing tests."""
    return frozenset(symbol for symbol in symbols if not symbol.endswith(_SHOW_METHODS))


def _cluster(group: Group, executed: Mapping[str, frozenset[str]]) -> _Cluster:
    tests = frozenset(f.nodeid for f in group.failures if f.nodeid in executed)
    symbols = [executed[nodeid] for nodeid in tests]
    return _Cluster(tests, frozenset.intersection(*symbols) if symbols else frozenset())


def _count(
    tests: Iterable[str], symbols: frozenset[str], executed: Mapping[str, frozenset[str]]
) -> Counter[str]:
    """How many of these tests execute each of these functions."""
    counts: Counter[str] = Counter()
    for nodeid in tests:
        if nodeid in executed:
            counts.update(symbols & executed[nodeid])
    return counts


def _purity(
    failing: Collection[str], ran: Collection[str], executed: Mapping[str, frozenset[str]]
) -> float:
    """Of the tests that execute a function, how many must fail for it to be a suspect.

    Where most tests of a run fail, most tests that execute anything do: then more is asked.
    """
    share = len(failing) / max(sum(nodeid in executed for nodeid in ran), 1)
    return max(MIN_PURITY, 2 * share - 1)


# --- exceptions that were swallowed ---------------------------------------------------------


class _RaisedCounts(NamedTuple):
    """How many failing and how many passing tests meet each exception.

    `reaching` counts the passing tests that execute the functions where they are raised; `ending`
    are those that a test does not swallow, but ends in.
    """

    failing: Counter[RaisedAt]
    passing: Counter[RaisedAt]
    reaching: Counter[str]
    ending: frozenset[RaisedAt]

    def fails(self, error: RaisedAt, share: float) -> bool:
        """Whether of the tests that meet an exception at least this share fails."""
        failing = self.failing[error]
        return failing > 0 and failing >= share * (failing + self.passing[error])

    def explains(self, error: RaisedAt) -> bool:
        """Whether an exception tells more than the place where it is raised.

        Hardly any passing test meets it, though most that get to its place would have to; or none
        does, and another test ends in it.
        """
        if error in self.ending and not self.passing[error]:
            return True
        rarely_met = 2 * self.passing[error] < self.reaching[error.symbol]
        return rarely_met and self.fails(error, TELLING_SHARE)


def _swallowed_exceptions(
    groups: Sequence[Group],
    passing: Collection[str],
    executed: Mapping[str, frozenset[str]],
    raised: Mapping[str, Sequence[RaisedAt]],
) -> dict[int, RaisedAt]:
    """The exception that explains a failure, by the `id` of the failure."""
    counts = _count_raised(groups, passing, executed, raised)
    explaining: dict[int, RaisedAt] = {}
    for group in groups:
        for failure in group.failures if _tells_symptom_only(group) else ():
            error = _explaining_exception(failure, raised.get(failure.nodeid, ()), counts)
            if error:
                explaining[id(failure)] = error
    return explaining


def _count_raised(
    groups: Sequence[Group],
    passing: Collection[str],
    executed: Mapping[str, frozenset[str]],
    raised: Mapping[str, Sequence[RaisedAt]],
) -> _RaisedCounts:
    in_failing: Counter[RaisedAt] = Counter()
    for nodeid in {failure.nodeid for group in groups for failure in group.failures}:
        in_failing.update({e for e in raised.get(nodeid, ()) if e.type not in _EXITS})
    in_passing: Counter[RaisedAt] = Counter()
    for nodeid in passing:
        in_passing.update(set(raised.get(nodeid, ())))
    symbols = frozenset(error.symbol for error in in_failing)
    ending = frozenset(
        RaisedAt(group.evidence.symbol, bare_name(group.evidence.root.type))
        for group in groups
        if group.evidence.rule is Rule.FRAME
    )
    return _RaisedCounts(in_failing, in_passing, _count(passing, symbols, executed), ending)


def _explaining_exception(
    failure: Failure, raised: Sequence[RaisedAt], counts: _RaisedCounts
) -> RaisedAt | None:
    """Of the exceptions in a failing test, the one that explains its failure, if any.

    The last one that the message names, as `<Result KeyError('x')>` does; else the first one
    that hardly any passing test meets.
    """
    message = failure.message[:LONGEST]
    for error in reversed(raised):
        if f"{error.type}(" in message and counts.fails(error, MIN_PURITY):
            return error
    return next((error for error in raised if counts.explains(error)), None)


def _tells_symptom_only(group: Group) -> bool:
    """Whether failures only tell where something was noticed, and not by a plain `raise`."""
    evidence = group.evidence
    frame = evidence.root.crash_frame
    ends_in_raise = frame is not None and frame.source.startswith("raise ")
    if evidence.rule is Rule.HELPER and ends_in_raise:
        return False
    return evidence.rule in SYMPTOM_RULES


# --- functions that explain failures --------------------------------------------------------


def _explaining_functions(
    groups: Sequence[tuple[Group, _Cluster]],
    swallowed: Mapping[int, RaisedAt],
    spectrum: _Spectrum,
) -> dict[int, RaisedAt]:
    """The function that explains a failure, by the `id` of the failure."""
    unexplained = [
        cluster
        for group, cluster in groups
        if _is_unexplained(group, cluster, spectrum.passing, swallowed)
    ]
    if sum(len(cluster.tests) for cluster in unexplained) < 2:
        return {}
    functions = _most_explaining(unexplained, spectrum)
    explaining: dict[int, RaisedAt] = {}
    for group, cluster in groups:
        if cluster in functions:
            suspected = RaisedAt(functions[cluster], "")
            explaining.update((id(failure), suspected) for failure in group.failures)
    return explaining


def _is_unexplained(
    group: Group, cluster: _Cluster, passing: Counter[str], swallowed: Collection[int]
) -> bool:
    """Whether nothing names the cause: an assertion, or a place that many pass unharmed."""
    if all(id(failure) in swallowed for failure in group.failures):
        return False
    evidence = group.evidence
    if evidence.rule in SYMPTOM_RULES:
        return _tells_symptom_only(group)
    if is_silence(evidence.root.type):
        return False  # the other side did not answer, whatever ran here
    if evidence.rule is not Rule.FRAME or evidence.symbol not in cluster.shared:
        return False
    failing = len(cluster.tests)
    return failing < SELF_EXPLAINING * (failing + passing[evidence.symbol])


def _most_explaining(clusters: list[_Cluster], spectrum: _Spectrum) -> dict[_Cluster, str]:
    """The suspect of each cluster that has one: greedily, the function that explains the most."""
    users: dict[str, list[_Cluster]] = {}
    for cluster in clusters:
        for symbol in cluster.shared:
            users.setdefault(symbol, []).append(cluster)
    explained = {symbol: _number_of_tests(sharing) for symbol, sharing in users.items()}
    candidates = {s: n for s, n in explained.items() if spectrum.may_explain(s, n)}
    suspects: dict[_Cluster, str] = {}
    while candidates:
        best = min(candidates, key=lambda s: _suspicion(s, candidates[s], spectrum))
        new = [cluster for cluster in users[best] if cluster not in suspects]
        suspects.update(dict.fromkeys(new, best))
        touched = frozenset().union(*(cluster.shared for cluster in new))
        for symbol in touched & candidates.keys():
            remaining = [cluster for cluster in users[symbol] if cluster not in suspects]
            candidates[symbol] = _number_of_tests(remaining)
            if not spectrum.may_explain(symbol, candidates[symbol]):
                del candidates[symbol]
    return suspects


def _suspicion(symbol: str, explained: int, spectrum: _Spectrum) -> tuple[bool, int, bool, str]:
    """A sort key, the most suspicious function first.

    Functions that no other test executes come first, then those that explain the most. A
    constructor or the like runs wherever the method beside it does, and comes after it.
    """
    is_impure = explained < spectrum.executing(symbol)
    return (is_impure, -explained, symbol.endswith("__"), symbol)


def _number_of_tests(clusters: Iterable[_Cluster]) -> int:
    return len(frozenset().union(*(cluster.tests for cluster in clusters)))
