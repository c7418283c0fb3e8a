"""Clusters failures by root cause.

Failures with one fingerprint are a cluster; clusters that share a link are united (union-find).
What is known of the base overrules a link: a cause that was there before does not explain a
test that passed then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from gardener.diagnosis.background import with_thread_errors
from gardener.diagnosis.fingerprint import Evidence, evidence_of, fingerprint
from gardener.diagnosis.links import (
    SIMILARITIES,
    Cluster,
    Link,
    LinkKind,
    Member,
    links_of,
)
from gardener.diagnosis.root_cause import bare_name
from gardener.diagnosis.rules import SYMPTOM_RULES, Rule
from gardener.diagnosis.union_find import Distinction, UnionFind
from gardener.model import Failure, Identity, Phase
from gardener.nodeid import NodeId, without_parameters

_REASONS = {
    Rule.IMPORT: "All stop at the same import: {symbol}.",
    Rule.CYCLE: "All fail in one cycle of imports: {files}.",
    Rule.SYNTAX: "All stop at the same syntax error in {symbol}.",
    Rule.SIGNATURE: "All call {symbol} with other arguments than it takes.",
    Rule.MOCK: "All ask a mock for the same missing attribute: {symbol}.",
    Rule.ATTRIBUTE: "All ask for the same missing attribute: {symbol}.",
    Rule.SETUP: "All miss what only the set-up of {symbol} gives a test.",
    Rule.FIXTURE: "All need the fixture {symbol}.",
    Rule.NAME: "All use the undefined name {symbol}.",
    Rule.ENUM: "All compare text of the enum {symbol} with its value.",
    Rule.DEPRECATED: "All use what is deprecated: {symbol}.",
    Rule.REQUIRED: "All leave out fields that may be None and have no default.",
    Rule.SERVICE: "All connect to {content}, where nothing answers.",
    Rule.REPORTED: "The output of what they run tells of the same error.",
    Rule.FRAME: "All raise the same type of exception at {symbol}.",
    Rule.HELPER: "All fail in the same function of the tests, {symbol}.",
    Rule.ASSERTION: "All are variants of one test that fail at the same assertion.",
    Rule.MESSAGE: "All have the same error text.",
    Rule.RAISED: "All raise {content} in {symbol}, caught or not; passing tests hardly ever do.",
}
"""Why failures with the same fingerprint belong together, by the rule of their evidence."""
_LINK_REASONS = {
    LinkKind.VARIANT: "All are variants of one test that fail at the same statement.",
    LinkKind.ASSERTION: "All fail at the same check that tests share, in {symbol}.",
    LinkKind.TEXT: "All have the same error text and use {symbol}.",
    LinkKind.TEXT_IN_FILE: "All have the same error text, in one file of tests.",
    LinkKind.WRONG_TYPE: "All get a value of the same wrong type where they use {symbol}.",
    LinkKind.WRONG_TYPE_IN_FILE: "All get a value of the same wrong type, in one file of tests.",
    LinkKind.TEST_NAME_IN_TEXT: "All raise the same exception at {symbol}, with the name of the test in its text.",
    LinkKind.SUSPECT: "All execute {symbol}, which mostly failing tests execute.",
    LinkKind.RAISED: _REASONS[Rule.RAISED],
    LinkKind.SERVICE: "All connect by {symbol} to what does not answer.",
    LinkKind.TOLD_BY_LIBRARY: "A library met the same error inside in all of them.",
    LinkKind.REPORTED: _REASONS[Rule.REPORTED],
    LinkKind.DIFFERENCE: "All compare objects that differ in {symbol}, by the same values.",
    LinkKind.CLASSES: "All compare an object of the class {symbol} with one of another class of that name.",
    LinkKind.SHOWN_ERROR: "An assertion shows the same exception in all of them.",
    LinkKind.TEXT_ANYWHERE: "All have the same error text, which no others have.",
    LinkKind.EXPECTED_COUNT: "All expect the same number of things from {symbol} and get none.",
    LinkKind.PASSED: "A library passes the same keyword to what does not take it.",
    LinkKind.MISSING_NAME: "All miss the same name, by import or as an attribute: {symbol}.",
    LinkKind.OWN_ATTRIBUTE: "In all of them the test itself lacks what a set-up would have given it.",
    LinkKind.ATTRIBUTE_AT: "All miss the same attribute at {symbol}.",
}
"""Why clusters belong together, by the link that most of them share."""

FailedOnBase = Callable[[str], bool | None]
"""Says of a nodeid whether that test failed on the base; None: not known, or no such test."""


class Group(NamedTuple):
    """Failures with one root cause; the evidence is that of the most telling of them."""

    failures: tuple[Failure, ...]
    evidence: Evidence
    fingerprints: frozenset[str]
    reason: str


def group(
    failures: Iterable[Failure], failed_on_base: FailedOnBase = lambda _: None
) -> list[Group]:
    """Group failures by root cause, in the order in which the causes were first seen."""
    clusters = _clusters_by_fingerprint(failures)
    return [_as_group(*united) for united in _united_by_links(clusters, failed_on_base)]


def group_by_fingerprint(failures: Iterable[Failure]) -> list[Group]:
    """The same without links between clusters: what surely has one cause."""
    return [_as_group(cluster, None) for cluster in _clusters_by_fingerprint(failures)]


# --- clusters by fingerprint ----------------------------------------------------------------


def _clusters_by_fingerprint(failures: Iterable[Failure]) -> list[Cluster]:
    clusters: dict[str, Cluster] = {}
    for failure in with_thread_errors(failures):
        evidence = evidence_of(failure)
        clusters.setdefault(evidence.fingerprint, []).append(Member(failure, evidence))
    _resolve_bare_symbols(clusters)
    return _without_consequences(list(clusters.values()))


def _without_consequences(clusters: list[Cluster]) -> list[Cluster]:
    """Clusters whose teardowns fail only in tests that failed before go to what failed there.

    What the collection of garbage tells may be left from any test before.
    """
    before: dict[tuple[Identity, int], tuple[int, Evidence]] = {}
    for index, cluster in enumerate(clusters):
        for failure, evidence in cluster:
            if failure.phase is not Phase.TEARDOWN:
                before.setdefault((failure.identity, failure.attempt), (index, evidence))
    moved: list[list[Member]] = [[] for _ in clusters]
    kept = []
    for index, cluster in enumerate(clusters):
        if all(
            _is_consequence(failure) and (failure.identity, failure.attempt) in before
            for failure, _ in cluster
        ):
            for failure, evidence in cluster:
                target, primary = before[failure.identity, failure.attempt]
                known_as = (*primary.known_as, *evidence.fingerprints)
                moved[target].append(Member(failure, primary._replace(known_as=known_as)))
        else:
            kept.append(index)
    return [clusters[index] + moved[index] for index in kept]


def _is_consequence(failure: Failure) -> bool:
    """Whether a failure may come of what failed before in the same test."""
    is_garbage = failure.type.endswith("PytestUnraisableExceptionWarning")
    return failure.phase is Phase.TEARDOWN and not is_garbage


def _resolve_bare_symbols(clusters: dict[str, Cluster]) -> None:
    """Failures that name a symbol without its file join the one cluster that knows the file."""
    with_file: dict[str, list[str]] = {}
    for print_, cluster in clusters.items():
        for clue in dict.fromkeys(member.evidence.clue for member in cluster):
            if clue.key_without_file and clue.key_without_file != clue.key:
                bare = fingerprint(clue.rule, clue.key_without_file)
                with_file.setdefault(bare, []).append(print_)
    for bare, candidates in with_file.items():
        if bare in clusters and len(set(candidates)) == 1 and candidates[0] in clusters:
            clusters[candidates[0]] += clusters.pop(bare)


# --- clusters united by links ---------------------------------------------------------------


class _LinkedPair(NamedTuple):
    """Two clusters, by their index, that share a link."""

    link: Link
    first: int
    second: int


class _Scope(NamedTuple):
    """Where a link holds: between clusters whose cause is one of the base, or between new ones."""

    link: Link
    is_of_base: bool


class _LinkedPairs(NamedTuple):
    """Pairs of clusters that share a link, the surest first.

    `anywhere` are the clusters with a text that unites two of them only where no third has it.
    """

    certain: list[_LinkedPair]
    suspected: list[_LinkedPair]
    similar: list[_LinkedPair]
    anywhere: dict[_Scope, list[int]]

    def of_kind(self, kind: LinkKind) -> list[_LinkedPair]:
        """The list that a link of this kind belongs to."""
        if kind in SIMILARITIES:
            return self.similar
        return self.suspected if kind is LinkKind.SUSPECT else self.certain


def _united_by_links(
    clusters: list[Cluster], failed_on_base: FailedOnBase
) -> Iterator[tuple[Cluster, Link | None]]:
    """Clusters that share a link, united; with the link that most of them share."""
    links = [links_of(cluster) for cluster in clusters]
    _link_swallowed_exceptions(clusters, links)
    _link_reported_errors(clusters, links)
    pairs = _linked_pairs(links, _are_of_base(clusters, links, failed_on_base))
    sets = UnionFind([_distinction(cluster) for cluster in clusters])
    used = _unite(sets, pairs)
    united: dict[int, Cluster] = {}
    for index, cluster in enumerate(clusters):
        united.setdefault(sets.find(index), []).extend(cluster)
    counts: dict[int, Counter[Link]] = {}
    for pair in used:
        counts.setdefault(sets.find(pair.second), Counter())[pair.link] += 1
    for index, cluster in united.items():
        yield cluster, counts[index].most_common(1)[0][0] if index in counts else None


def _unite(sets: UnionFind, pairs: _LinkedPairs) -> list[_LinkedPair]:
    """Unite the clusters of pairs, the surest links first; returns the pairs that are united."""
    used = list(pairs.certain)
    for pair in used:
        sets.union(pair.first, pair.second)
    used += [
        pair
        for pair in sorted(pairs.suspected)
        if sets.union_unless_types_differ(pair.first, pair.second)
    ]
    for candidates in (sorted(pairs.similar), _only_pairs(pairs.anywhere, sets)):
        used += [
            pair for pair in candidates if sets.union_unless_conflicting(pair.first, pair.second)
        ]
    return used


def _linked_pairs(links: list[list[Link]], of_base: list[bool]) -> _LinkedPairs:
    first_with: dict[bool, dict[Link, int]] = {False: {}, True: {}}
    pairs = _LinkedPairs([], [], [], {})
    for index, (cluster_links, is_of_base) in enumerate(zip(links, of_base, strict=True)):
        for link in cluster_links:
            if link.kind is LinkKind.TEXT_ANYWHERE:
                pairs.anywhere.setdefault(_Scope(link, is_of_base), []).append(index)
                continue
            first = first_with[is_of_base].setdefault(link, index)
            if first != index:
                pairs.of_kind(link.kind).append(_LinkedPair(link, first, index))
    return pairs


def _only_pairs(anywhere: Mapping[_Scope, list[int]], sets: UnionFind) -> Iterator[_LinkedPair]:
    """Pairs of sets that alone have a text; what more than two have is said for many reasons."""
    for scope, indexes in sorted(anywhere.items()):
        last_of_sets = list({sets.find(index): index for index in indexes}.values())
        if len(last_of_sets) == 2:
            yield _LinkedPair(scope.link, *last_of_sets)


def _distinction(cluster: Cluster) -> Distinction:
    suspects = frozenset(f"{f.suspect} {f.suspect_raised}" for f, _ in cluster if f.suspect)
    shown_errors = frozenset(e.shown_error for _, e in cluster if e.shown_error)
    types: dict[str, set[str]] = {}
    for failure, evidence in cluster if suspects else ():
        test = without_parameters(failure.nodeid)
        types.setdefault(test, set()).add(bare_name(evidence.root.type))
    frozen_types = {test: frozenset(names) for test, names in types.items()}
    return Distinction(suspects, shown_errors, frozen_types)


def _link_swallowed_exceptions(clusters: list[Cluster], links: list[list[Link]]) -> None:
    """Link clusters in which an exception was swallowed with the one that ends in it.

    Only where that is one cluster: several that end there tell that there are several causes.
    """
    swallowed = {
        link for of_cluster in links for link in of_cluster if link.kind is LinkKind.RAISED
    }
    ending_in: dict[Link, list[int]] = {}
    for index, cluster in enumerate(clusters) if swallowed else ():
        evidence = cluster[0].evidence
        link = Link(LinkKind.RAISED, bare_name(evidence.root.type), evidence.symbol)
        if evidence.rule is Rule.FRAME and link in swallowed:
            ending_in.setdefault(link, []).append(index)
    for link, indexes in ending_in.items():
        if len(indexes) == 1 and link not in links[indexes[0]]:
            links[indexes[0]].append(link)


def _link_reported_errors(clusters: list[Cluster], links: list[list[Link]]) -> None:
    """Link clusters whose output tells of an error with the one cluster that ends in it."""
    reported = {
        link.content: link
        for of_cluster in links
        for link in of_cluster
        if link.kind is LinkKind.REPORTED
    }
    ending_in: dict[str, list[int]] = {}
    for index, cluster in enumerate(clusters) if reported else ():
        plain = (evidence for _, evidence in cluster if not evidence.reported.line)
        for text in {f"{bare_name(e.root.type)}: {e.template}" for e in plain} & reported.keys():
            ending_in.setdefault(text, []).append(index)
    for text, indexes in ending_in.items():
        if len(indexes) == 1:
            links[indexes[0]].append(reported[text])


def _are_of_base(
    clusters: list[Cluster], links: list[list[Link]], failed_on_base: FailedOnBase
) -> list[bool]:
    """Of each cluster whether its cause is one of the base.

    A cluster of which that is not known counts as one if it has a link to them.
    """
    verdicts: list[bool | None] = []
    for cluster in clusters:
        answers = {failed_on_base(failure.nodeid) for failure, _ in cluster}
        verdicts.append(answers.pop() if len(answers) == 1 else None)
    base_links: set[Link] = set()
    for failed, cluster_links in zip(verdicts, links, strict=True):
        if failed:
            base_links.update(
                link for link in cluster_links if link.kind is not LinkKind.TEXT_ANYWHERE
            )
    return [
        not base_links.isdisjoint(cluster_links) if failed is None else failed
        for failed, cluster_links in zip(verdicts, links, strict=True)
    ]


# --- from clusters to groups ------------------------------------------------------------------


def _as_group(cluster: Cluster, link: Link | None) -> Group:
    """The group of a cluster; `link` is what most of the clusters united in it share."""
    # What a test wrapped into its own words says less than the error itself.
    ending = {_ends_in(e) for _, e in cluster if e.rule is Rule.FRAME}
    told = {id(member) for member in cluster if _is_told_by_others(member, ending)}
    plain = [member for member in cluster if id(member) not in told] or cluster
    counts = Counter(member.evidence.fingerprint for member in plain)
    most_common = _most_common(counts)
    symbols = Counter(e.symbol for _, e in plain if e.fingerprint == most_common)
    shown = _most_common(symbols)  # whatever the order of the tests
    evidence = next(e for _, e in plain if (e.fingerprint, e.symbol) == (most_common, shown))
    if len(counts) == 1:
        link = None
    reason = _reason(cluster, evidence, link)
    symbol = (link.symbol if link else "") or _suspect(cluster, evidence)
    if symbol:
        evidence = evidence._replace(clue=evidence.clue._replace(symbol=symbol))
    ranked = sorted(
        cluster,
        key=lambda m: (
            id(m) in told,
            m.evidence.fingerprint != most_common,
            m.evidence.symbol != shown,
        ),
    )
    fingerprints = frozenset(print_ for _, e in cluster for print_ in e.fingerprints)
    return Group(tuple(failure for failure, _ in ranked), evidence, fingerprints, reason)


def _most_common(counts: Counter[str]) -> str:
    """What is counted most often, of equals the first in the order of their letters."""
    return min(counts, key=lambda text: (-counts[text], text))


def _ends_in(evidence: Evidence) -> tuple[str, ...]:
    """The exception that a failure ends in, as one that swallowed it has it for a key."""
    return (bare_name(evidence.root.type), evidence.symbol)


def _is_told_by_others(member: Member, ending: Container[tuple[str, ...]]) -> bool:
    """Whether a test only tells of the error, in its own words or by the output of what it ran.

    Or it swallowed the error that others of its group end in.
    """
    clue = member.evidence.clue
    if clue.rule is Rule.RAISED and clue.key in ending:
        return True
    return member.evidence.reading.embedded or bool(member.evidence.reported.line)


def _suspect(cluster: Cluster, evidence: Evidence) -> str:
    """The suspect of a cluster, where it tells more than the evidence."""
    if evidence.reported.line:
        return ""
    if evidence.rule not in SYMPTOM_RULES and evidence.rule is not Rule.FRAME:
        return ""
    return next((failure.suspect for failure, _ in cluster if failure.suspect), "")


def _reason(cluster: Cluster, evidence: Evidence, link: Link | None) -> str:
    """Why the failures of a cluster belong together."""
    if len({failure.nodeid for failure, _ in cluster}) == 1:
        whole = NodeId.parse(cluster[0].failure.nodeid).is_file
        return f"It is the only {'file' if whole else 'test'} with this cause."
    if link is not None:
        has_place = link.symbol or link.kind is not LinkKind.TEXT
        pattern = _LINK_REASONS[link.kind] if has_place else _REASONS[Rule.MESSAGE]
        return pattern.format(symbol=f"`{link.symbol}`", content=f"`{link.content}`")
    key = evidence.clue.key
    if evidence.rule is Rule.SETUP and key == ("nose",):
        return "All miss what a `setup` would have set that pytest does not run."
    if evidence.rule is Rule.SIGNATURE and "library" in evidence.root.facts and len(key) == 2:
        return f"All pass the parameter `{key[1]}` to {key[0]}, which does not take it."
    if evidence.rule is Rule.FIXTURE and key == ("async",):
        return "All need a plugin that runs async tests and fixtures."
    return _REASONS[evidence.rule].format(
        symbol=f"`{evidence.symbol}`",
        content=f"`{key[0]}`",
        files=", ".join(f"`{file}`" for file in key[:5]),
    )
