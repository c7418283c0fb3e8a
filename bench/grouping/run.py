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
from gardener.diagnosis.grouping import alike, group
from gardener.diagnosis.suspects import suspect
from gardener.model import Failure, Frame, Report, Result

POOLS = 30


def by_gardener(failures: list[Failure]) -> list[int]:
    """The group of each failure, as `gardener.diagnosis.grouping` has it."""
    number = {}
    for n, one in enumerate(group(failures)):
        for failure in one.failures:
            number[id(failure)] = n
    return [number[id(failure)] for failure in failures]


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
    label = dict(zip(map(id, failures), labels, strict=True))
    found = {}
    for one in alike(failures):
        most = Counter(label[id(f)] for f in one.failures).most_common(1)[0][0]
        found.update((id(f), most) for f in one.failures)
    return [found[id(f)] for f in failures]


class Traces:
    """What `gardener run` knows where it traces: what each test executed, and what came up there.

    Of a failing test it is what it did before it failed, of every other what it did on the
    library as it is. Every test of the suite counts as run, but those of which the mutants'
    samples cannot tell whether they pass: they reach a mutated place and were not run with it.
    """

    def __init__(self, library: Library, mutants: list[Mutant]) -> None:
        self.whole = unbroken(library)
        self.mutants = {mutant.place + mutant.kind: mutant for mutant in mutants}
        self.tests = frozenset(self.whole.executed)
        self.reach: dict[str, set[str]] = defaultdict(set)
        for test, symbols in self.whole.executed.items():
            for symbol in symbols:
                self.reach[symbol].add(test)

    def unsure(self, mutant: Mutant) -> frozenset[str]:
        file, _, _ = mutant.place.rpartition(":")
        if mutant.kind == "broken fixture":
            near = {t for t in self.tests if "conftest" in file or t.startswith(f"{file}::")}
        elif mutant.kind == "removed import":
            near = {t for s, tests in self.reach.items() if s.startswith(f"{file}:") for t in tests}
            near = near or set(self.tests)
        else:
            near = set(self.reach.get(mutant.place, ()))
        return frozenset(near - set(mutant.ran))

    def known(self, labels: list[str], failures: list[Failure]) -> Traced:
        """Of the mutant's run where a test failed, else of a green run."""
        executed, born = dict(self.whole.executed), dict(self.whole.born)
        for label, failure in zip(labels, failures, strict=True):
            one, test = self.mutants[label], failure.nodeid
            if test in one.executed:
                executed[test] = frozenset(one.symbols[n] for n in one.executed[test])
                born[test] = tuple((one.symbols[n], error) for n, error in one.born.get(test, ()))
        return Traced(executed, born)

    def report(self, labels: list[str], failures: list[Failure]) -> Report:
        red = {failure.nodeid for failure in failures}
        unsure = frozenset().union(*(self.unsure(self.mutants[label]) for label in set(labels)))
        green = sorted(self.tests - red - unsure)
        return Report(
            created="",
            results=(*(Result(t, "failed") for t in red), *(Result(t, "passed") for t in green)),
            failures=tuple(failures),
        )


def load(name: str) -> list[Mutant]:
    path = CACHE / f"{name}.jsonl"
    rows = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(row, type=Mutant) for row in rows]


def pools(mutants: list[Mutant], rng: random.Random):
    """Random pools of mutants, each test and phase once, shuffled."""
    for _ in range(POOLS):
        picked = rng.sample(mutants, min(len(mutants), rng.randint(4, 10)))
        found = [(mutant.place + mutant.kind, f) for mutant in picked for f in mutant.failures]
        rng.shuffle(found)
        once = {(f.nodeid, f.phase): (label, f) for label, f in found}
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
    print(f"\n{title}")
    print(f"{'':36}{'homog.':>8}{'compl.':>8}{'V':>8}{'adj.R':>8}{'B3 F':>8}")
    for name, scores in rows.items():
        print(f"{name:36}" + "".join(f"{value:8.3f}" for value in mean(scores)))


def seen(view: str, pool: list[tuple[str, Failure]], traces: Traces) -> list[Failure]:
    """The failures of a pool as `traced`, `untraced` or `plain` reports hold them."""
    labels, failures = [label for label, _ in pool], [f for _, f in pool]
    if view == "traced":
        report = traces.report(labels, failures)
        return list(suspect(report, *traces.known(labels, failures)).failures)
    return [plain(f) for f in failures] if view == "plain" else failures


class Mistake(NamedTuple):
    """Causes in one group, or one cause in many; `cost` is what it takes of the measure."""

    cost: float
    reason: str
    parts: dict[object, list[Failure]]


def mistakes(labels: list[str], failures: list[Failure]) -> Iterator[tuple[str, Mistake]]:
    """What is mixed and what is split in one pool, each under a name that other pools use too."""
    groups = group(failures)
    number = {id(f): n for n, one in enumerate(groups) for f in one.failures}
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


def cost(parts: dict[object, list[Failure]], whole: dict[object, dict]) -> float:
    """What these parts add to the conditional entropy, as a share of the entropy of the whole."""
    sizes = [sum(map(len, own.values())) for own in whole.values()]
    entropy = -sum(n * log(n / sum(sizes)) for n in sizes)
    own = [len(part) for part in parts.values()]
    return -sum(n * log(n / sum(own)) for n in own) / entropy if entropy else 0.0


def show(library: Library, view: str, most: int) -> None:
    """The costliest mistakes over the pools as they are scored, each where it costs most."""
    mutants = load(library.name)
    traces, count = Traces(library, mutants), 0
    total: Counter[str] = Counter()
    worst: dict[str, Mistake] = {}
    for pool in pools(mutants, random.Random(library.name)):
        count += 1
        for name, found in mistakes([label for label, _ in pool], seen(view, pool, traces)):
            total[name] += found.cost
            worst[name] = max(worst.get(name, found), found, key=lambda one: one.cost)
    for name, lost in total.most_common(most):
        print(f"\n{lost / count:.4f} {name}\n  {worst[name].reason}")
        parts = sorted(worst[name].parts.items(), key=lambda item: -len(item[1]))
        for part, failures in parts[:6]:
            print(f"  {len(failures):3} of {part}")
            describe(failures[0])


def describe(failure: Failure) -> None:
    found, suspected = evidence_of(failure), (failure.suspect, failure.suspect_raised)
    print(f"      {found.rule} {found.clue.key}")
    print(f"      {failure.type}: {failure.message[:150]!r} {failure.nodeid[-60:]}")
    print(f"      suspect {suspected} statement {failure.statement_symbols[:4]}")
    for frame in failure.frames[-3:]:
        print(f"      {frame.origin} {frame.file}:{frame.function} {frame.source[:80]!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    tuned = [one.name for one in LIBRARIES if not one.aside]
    parser.add_argument("--show", choices=tuned, help="print the costliest mistakes in a library")
    parser.add_argument("--view", choices=("traced", "untraced", "plain"), default="traced")
    parser.add_argument("--most", type=int, default=10, help="how many mistakes")
    chosen = parser.parse_args()
    if chosen.show:
        (library,) = (one for one in LIBRARIES if one.name == chosen.show)
        show(library, chosen.view, chosen.most)
        return
    ways = {
        "gardener without tracing": by_gardener,
        "gardener on a plain report": by_gardener_of_plain,
        **PEERS,
    }
    for aside in ("", "first", "second"):
        every: dict[str, list[Score]] = defaultdict(list)
        causes = red = 0
        named: Counter[str] = Counter()
        for library in LIBRARIES:
            mutants = load(library.name) if library.aside == aside else []
            if len(mutants) < 2:
                continue
            rng, traces = random.Random(library.name), Traces(library, mutants)
            rows: dict[str, list[Score]] = defaultdict(list)
            for pool in pools(mutants, rng):
                labels, failures = [label for label, _ in pool], [f for _, f in pool]
                traced = seen("traced", pool, traces)
                named.update(at for pair in zip(labels, traced, strict=True) for at in hit(*pair))
                rows["gardener"].append(score(labels, by_gardener(traced)))
                rows["its fingerprints, joined by hand"].append(
                    score(labels, joined_by_hand(traced, labels))
                )
                for name, way in ways.items():
                    rows[name].append(score(labels, way(failures)))
            own = sum(len(m.failures) for m in mutants)
            causes, red = causes + len(mutants), red + own
            table(f"{library.name} {library.version}: {len(mutants)} causes, {own} failures", rows)
            for name, scores in rows.items():
                every[name] += scores
        if every:
            title = f"KEPT ASIDE, {aside.upper()} SET" if aside else "TUNED ON"
            table(f"ALL {title}: {causes} causes, {red} failures", every)
            place, file = (named[at] / max(named["named"], 1) for at in ("place", "file"))
            print(f"suspects: {place:.0%} the changed function, {file:.0%} in its file")


if __name__ == "__main__":
    main()
