"""Scores how failures are grouped, gardener beside the ideas of its peers.

    python bench/grouping/generate.py && python bench/grouping/run.py

Each pool holds the failures of 4 to 10 mutants of one library, a test once; the label of
a failure is its mutant. `--show NAME` prints what gardener mixes or splits in a library that is
not kept aside, and what that costs of homogeneity or completeness. The last line of a set says
how often a suspect that is named is the function that was changed, or lies in its file.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from math import log
from typing import NamedTuple

import msgspec
from generate import CACHE, Mutant, Traced, unbroken
from libraries import LIBRARIES, Library
from msgspec import structs
from mutations import BY_KIND
from peers import PEERS
from scores import Score, mean, score

from gardener.diagnosis.fingerprint import evidence_of
from gardener.diagnosis.grouping import Group, group, group_by_fingerprint
from gardener.diagnosis.suspects import RaisedAt, suspect
from gardener.model import Failure, Frame, Report, Result
from gardener.nodeid import file_of

POOLS = 30


def by_gardener(failures: list[Failure]) -> list[int]:
    """The group of each failure, as `gardener.diagnosis.grouping` has it."""
    number = numbers_of(group(failures))
    return [number[id(failure)] for failure in failures]


def numbers_of(groups: list[Group]) -> dict[int, int]:
    """The number of its group by the `id` of each failure."""
    return {id(failure): n for n, group_ in enumerate(groups) for failure in group_.failures}


def by_gardener_of_plain(failures: list[Failure]) -> list[int]:
    """The same of what reports of other tools hold: no symbols, no facts, bare function names."""
    return by_gardener([plain(failure) for failure in failures])


def plain(failure: Failure) -> Failure:
    return structs.replace(
        failure,
        facts={}, statement_symbols=(), body_symbols=(), markers=(), frames=bare(failure.frames),
        causes=tuple(structs.replace(c, facts={}, frames=bare(c.frames)) for c in failure.causes),
    )  # fmt: skip


def bare(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    return tuple(structs.replace(f, function=f.function.rpartition(".")[2]) for f in frames)


def joined_by_hand(failures: list[Failure], labels: list[str]) -> list[str]:
    """The bound: what shares a fingerprint, put together without a mistake."""
    label_of = dict(zip(map(id, failures), labels, strict=True))
    group_label = {}
    for group_ in group_by_fingerprint(failures):
        counts = Counter(label_of[id(failure)] for failure in group_.failures)
        most_common = counts.most_common(1)[0][0]
        group_label.update((id(failure), most_common) for failure in group_.failures)
    return [group_label[id(failure)] for failure in failures]


class Traces:
    """What `gardener run` knows where it traces: what each test executed, what was raised there.

    Of a failing test it is what it did before it failed, of every other what it did on the
    library as it is. Every test of the suite counts as run, but those of which the mutants'
    samples cannot tell whether they pass: they reach a mutated place and were not run with it.
    """

    def __init__(self, library: Library, mutants: list[Mutant]) -> None:
        self.unbroken = unbroken(library)
        self.mutants = {mutant.place + mutant.kind: mutant for mutant in mutants}
        self.tests = frozenset(self.unbroken.executed)
        self.reach: dict[str, set[str]] = defaultdict(set)
        for test, symbols in self.unbroken.executed.items():
            for symbol in symbols:
                self.reach[symbol].add(test)

    def unsure(self, mutant: Mutant) -> frozenset[str]:
        """Tests that reach what a mutant changes and were not run with it."""
        file, _, _ = mutant.place.rpartition(":")
        if mutant.kind == "broken fixture":
            reaching = {t for t in self.tests if "conftest" in file or file_of(t) == file}
        elif mutant.kind == "removed import":
            symbols = [symbol for symbol in self.reach if symbol.startswith(f"{file}:")]
            reaching = {test for symbol in symbols for test in self.reach[symbol]}
            reaching = reaching or set(self.tests)
        else:
            reaching = set(self.reach.get(mutant.place, ()))
        return frozenset(reaching - set(mutant.ran))

    def of_pool(self, labels: list[str], failures: list[Failure]) -> Traced:
        """Of the mutant's run where a test failed, else of a passing run."""
        executed, raised = dict(self.unbroken.executed), dict(self.unbroken.raised)
        for label, failure in zip(labels, failures, strict=True):
            mutant, test = self.mutants[label], failure.nodeid
            if test in mutant.executed:
                executed[test] = frozenset(mutant.symbols[n] for n in mutant.executed[test])
                raised[test] = tuple(
                    RaisedAt(mutant.symbols[n], type_) for n, type_ in mutant.raised.get(test, ())
                )
        return Traced(executed, raised)

    def report(self, labels: list[str], failures: list[Failure]) -> Report:
        """The report of a run in which these tests fail and all others pass, but the unsure."""
        failing = {failure.nodeid for failure in failures}
        unsure = frozenset().union(*(self.unsure(self.mutants[label]) for label in set(labels)))
        passing = sorted(self.tests - failing - unsure)
        return Report(
            created="",
            results=(
                *(Result(test, "failed") for test in failing),
                *(Result(test, "passed") for test in passing),
            ),
            failures=tuple(failures),
        )


def load(name: str) -> list[Mutant]:
    """The mutants of a library, as `generate.py` wrote them."""
    path = CACHE / f"{name}.jsonl"
    rows = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(row, type=Mutant) for row in rows]


def pools(mutants: list[Mutant], rng: random.Random):
    """Random pools of mutants, each test and phase once, shuffled."""
    for _ in range(POOLS):
        sample = rng.sample(mutants, min(len(mutants), rng.randint(4, 10)))
        pool = [(mutant.place + mutant.kind, f) for mutant in sample for f in mutant.failures]
        rng.shuffle(pool)
        once = {(f.nodeid, f.phase): (label, f) for label, f in pool}
        if len({label for label, _ in once.values()}) > 1:
            yield list(once.values())


def hit(label: str, failure: Failure) -> Iterator[str]:
    """How near a suspect is to the changed function, if one is named."""
    file, _, function = failure.suspect.partition(":")
    if file:
        yield "named"
    if file and label.startswith(f"{file}:"):
        yield "file"
        # The kind of mutation follows the name without a space.
        if any(label == f"{file}:{function}{kind}" for kind in (*BY_KIND, "broken fixture")):
            yield "place"


def table(title: str, rows: dict[str, list[Score]]) -> None:
    """Print the mean of each measure, a way of grouping a row."""
    print(f"\n{title}")
    print(f"{'':36}{'homog.':>8}{'compl.':>8}{'V':>8}{'adj.R':>8}{'B3 F':>8}")
    for name, scores in rows.items():
        print(f"{name:36}" + "".join(f"{measure:8.3f}" for measure in mean(scores)))


def viewed(view: str, pool: list[tuple[str, Failure]], traces: Traces) -> list[Failure]:
    """The failures of a pool as `traced`, `untraced` or `plain` reports hold them."""
    labels, failures = [label for label, _ in pool], [f for _, f in pool]
    if view == "traced":
        report = traces.report(labels, failures)
        return list(suspect(report, *traces.of_pool(labels, failures)).failures)
    return [plain(f) for f in failures] if view == "plain" else failures


class Mistake(NamedTuple):
    """Causes in one group, or one cause in many; `cost` is what it takes of the measure."""

    cost: float
    reason: str
    parts: dict[object, list[Failure]]


def mistakes(labels: list[str], failures: list[Failure]) -> Iterator[tuple[str, Mistake]]:
    """What is mixed and what is split in one pool, each under a name that other pools use too."""
    groups = group(failures)
    number = numbers_of(groups)
    inside: dict[object, dict[object, list[Failure]]] = defaultdict(lambda: defaultdict(list))
    across: dict[object, dict[object, list[Failure]]] = defaultdict(lambda: defaultdict(list))
    for label, failure in zip(labels, failures, strict=True):
        inside[number[id(failure)]][label].append(failure)
        across[label][number[id(failure)]].append(failure)
    for n, parts in inside.items():
        name = " + ".join(sorted(map(str, parts)))
        yield f"MIXED {name}", Mistake(cost(parts, across), groups[n].reason, parts)
    for label, parts in across.items():
        yield f"SPLIT {label}", Mistake(cost(parts, inside), f"{len(parts)} groups", parts)


def cost(parts: dict[object, list[Failure]], pool: dict[object, dict]) -> float:
    """What these parts add to the conditional entropy, as a share of the entropy of the pool."""
    entropy = _entropy([sum(map(len, clusters.values())) for clusters in pool.values()])
    return _entropy([len(part) for part in parts.values()]) / entropy if entropy else 0.0


def _entropy(sizes: list[int]) -> float:
    """The entropy of a partition into parts of these sizes, times their sum."""
    return -sum(n * log(n / sum(sizes)) for n in sizes)


def show(library: Library, view: str, most: int) -> None:
    """The costliest mistakes over the pools as they are scored, each where it costs most."""
    mutants = load(library.name)
    traces, count = Traces(library, mutants), 0
    total: Counter[str] = Counter()
    worst: dict[str, Mistake] = {}
    for pool in pools(mutants, random.Random(library.name)):
        count += 1
        labels = [label for label, _ in pool]
        for name, mistake in mistakes(labels, viewed(view, pool, traces)):
            total[name] += mistake.cost
            worst[name] = max(worst.get(name, mistake), mistake, key=lambda m: m.cost)
    for name, lost in total.most_common(most):
        print(f"\n{lost / count:.4f} {name}\n  {worst[name].reason}")
        parts = sorted(worst[name].parts.items(), key=lambda part: -len(part[1]))
        for part, failures in parts[:6]:
            print(f"  {len(failures):3} of {part}")
            describe(failures[0])


def describe(failure: Failure) -> None:
    """Print the evidence of a failure."""
    evidence, suspected = evidence_of(failure), (failure.suspect, failure.suspect_raised)
    print(f"      {evidence.rule} {evidence.clue.key}")
    print(f"      {failure.type}: {failure.message[:150]!r} {failure.nodeid[-60:]}")
    print(f"      suspect {suspected} statement {failure.statement_symbols[:4]}")
    for frame in failure.frames[-3:]:
        print(f"      {frame.origin} {frame.file}:{frame.function} {frame.source[:80]!r}")


class Scored(NamedTuple):
    """The scores of each way of grouping, and how near the named suspects are."""

    rows: dict[str, list[Score]]
    hits: Counter[str]


def scored(library: Library, mutants: list[Mutant]) -> Scored:
    """Score gardener and its peers on the pools of a library."""
    ways = {
        "gardener without tracing": by_gardener,
        "gardener on a plain report": by_gardener_of_plain,
        **PEERS,
    }
    traces = Traces(library, mutants)
    rows: dict[str, list[Score]] = defaultdict(list)
    hits: Counter[str] = Counter()
    for pool in pools(mutants, random.Random(library.name)):
        labels, failures = [label for label, _ in pool], [failure for _, failure in pool]
        traced = viewed("traced", pool, traces)
        for label, failure in zip(labels, traced, strict=True):
            hits.update(hit(label, failure))
        rows["gardener"].append(score(labels, by_gardener(traced)))
        by_hand = joined_by_hand(traced, labels)
        rows["its fingerprints, joined by hand"].append(score(labels, by_hand))
        for name, way in ways.items():
            rows[name].append(score(labels, way(failures)))
    return Scored(rows, hits)


def score_set(aside: str) -> None:
    """Print the scores of one set of libraries: those tuned on, or a set that is kept aside."""
    rows: dict[str, list[Score]] = defaultdict(list)
    hits: Counter[str] = Counter()
    causes = failing = 0
    for library in LIBRARIES:
        mutants = load(library.name) if library.aside == aside else []
        if len(mutants) < 2:
            continue
        scores = scored(library, mutants)
        failures = sum(len(mutant.failures) for mutant in mutants)
        causes, failing = causes + len(mutants), failing + failures
        title = f"{library.name} {library.version}: {len(mutants)} causes, {failures} failures"
        table(title, scores.rows)
        hits += scores.hits
        for name, of_library in scores.rows.items():
            rows[name] += of_library
    if rows:
        title = f"KEPT ASIDE, {aside.upper()} SET" if aside else "TUNED ON"
        table(f"ALL {title}: {causes} causes, {failing} failures", rows)
        place, file = (hits[at] / max(hits["named"], 1) for at in ("place", "file"))
        print(f"suspects: {place:.0%} the changed function, {file:.0%} in its file")


def main() -> None:
    """Score all sets, or show the mistakes in one library."""
    parser = argparse.ArgumentParser(description=__doc__)
    tuned = [library.name for library in LIBRARIES if not library.aside]
    parser.add_argument("--show", choices=tuned, help="print the costliest mistakes in a library")
    parser.add_argument("--view", choices=("traced", "untraced", "plain"), default="traced")
    parser.add_argument("--most", type=int, default=10, help="how many mistakes")
    options = parser.parse_args()
    if options.show:
        (library,) = (library for library in LIBRARIES if library.name == options.show)
        show(library, options.view, options.most)
        return
    for aside in ("", "first", "second"):
        score_set(aside)


if __name__ == "__main__":
    main()
