"""A busy repository by seed: pull requests and pushes in shards, tried again, cut short, told late.

Everything that goes wrong between a run and the job that tells it goes wrong here: shards
whose report is missing, reports that were left twice, jobs that come twice, late, or after
those of newer attempts and heads. What must be told in the end is kept beside it.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from gardener.model import Failure, Frame, Phase, Report, Result
from gardener.reports.merging import merge

SHARDS = 8
_WORDS = (
    *("wallet", "invoice", "parcel", "ticket", "avatar", "ledger", "basket", "voucher"),
    *("signal", "planet", "engine", "mirror", "garden", "bridge", "anchor", "candle"),
)
_ERRORS = ("ValueError", "KeyError", "TypeError", "LookupError", "ArithmeticError")


@dataclass(frozen=True)
class Cause:
    """A function that raises, and the tests that call it, spread over the shards."""

    word: str
    error: str
    tests: tuple[str, ...]

    def failure(self, nodeid: str) -> Failure:
        file = nodeid.partition("::")[0]
        raised = Frame(f"app/{self.word}.py", 7, f"open_{self.word}", "project", "raise wrong")
        called = Frame(file, 12, nodeid.rpartition("::")[2], "test", f"open_{self.word}()")
        message = f"the {self.word} cannot be opened"
        return Failure(
            nodeid=nodeid,
            phase=Phase.CALL,
            type=self.error,
            message=message,
            frames=(called, raised),
        )


def causes() -> list[Cause]:
    """Small and large causes; the one with the most tests has more than a comment names."""
    sizes = (1, 2, 3, 5, 9, 1, 2, 30)
    return [
        Cause(
            word,
            _ERRORS[n % len(_ERRORS)],
            tuple(f"tests/test_{word}.py::test_{word}_{t}" for t in range(sizes[n % len(sizes)])),
        )
        for n, word in enumerate(_WORDS)
    ]


def shard_of(nodeid: str) -> int:
    """The shard from 0 that runs a test: those of one cause are spread."""
    return sum(nodeid.encode()) % SHARDS


@dataclass
class Head:
    """One run: the outcomes of its shards by attempt, of which some were never left."""

    sha: str
    attempts: list[dict[int, set[str]]] = field(default_factory=list)  # shard: tests that failed
    left: dict[tuple[int, int], Report] = field(default_factory=dict)  # by attempt and shard

    @property
    def failing(self) -> set[str]:
        """All that failed in any report that was left."""
        return {test for shards in self.attempts for failed in shards.values() for test in failed}

    @property
    def still_failing(self) -> set[str]:
        """All that failed in the last report of their shard."""
        last: dict[int, set[str]] = {}
        for shards in self.attempts:
            last |= shards
        return set().union(*last.values())

    @property
    def missing(self) -> list[int]:
        """The shards from 1 that never left a report."""
        there = {shard for shards in self.attempts for shard in shards}
        return [shard + 1 for shard in range(SHARDS) if shard not in there]

    @property
    def is_red(self) -> bool:
        return bool(self.failing or self.missing)

    def ended(self, attempt: int) -> str:
        """How GitHub says that an attempt ended: a shard without a report is red."""
        last: dict[int, set[str]] = {}
        for shards in self.attempts[: attempt + 1]:
            last |= shards
        return "failure" if len(last) < SHARDS or any(last.values()) else "success"


class Fleet:
    """Plays runs by seed, and packs their reports as they are left."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.causes = causes()
        self.cause_of = {test: cause for cause in self.causes for test in cause.tests}
        self.tests: dict[int, list[str]] = {shard: [] for shard in range(SHARDS)}
        quiet = [f"tests/test_quiet.py::test_{n}" for n in range(4 * SHARDS)]
        for nodeid in (*self.cause_of, *quiet):
            self.tests[shard_of(nodeid)].append(nodeid)

    def run(self, sha: str, failing: set[str]) -> Head:
        """A run in up to three attempts, each of the shards that were red in the one before."""
        head, red = Head(sha), set(range(SHARDS))
        failing = set(failing)
        for _ in range(self.random.choice((1, 1, 1, 1, 1, 2, 2, 3))):
            left = {
                shard: {test for test in failing if shard_of(test) == shard}
                for shard in sorted(red)
                if self.random.random() > 0.04
            }
            head.attempts.append(left)
            red = {shard for shard in red if left.get(shard, {""})}
            if not red:
                break
            failing = {test for test in sorted(failing) if self.random.random() < 0.75}
        return head

    def archives(self, head: Head, attempt: int, branch: str, created: str) -> Iterator[tuple]:
        """(name, bytes) of what an attempt leaves: in any order, some of it twice."""
        shards = [*head.attempts[attempt].items()]
        shards += [each for each in shards if self.random.random() < 0.1]
        self.random.shuffle(shards)
        for n, (shard, failed) in enumerate(shards):
            results = [
                Result(test, "failed" if test in failed else "passed", 0.1)
                for test in self.tests[shard]
            ]
            report = Report(
                created=created,
                commit=head.sha,
                branch=branch,
                exit_status=int(bool(failed)),
                results=tuple(results),
                failures=tuple(self.cause_of[test].failure(test) for test in sorted(failed)),
                shard=f"{shard + 1}/{SHARDS}",
                attempt=attempt + 1,
            )
            head.left.setdefault((attempt, shard), report)
            yield f"gardener-report-{attempt + 1}-{n}", packed(report)
        if head.left and self.random.random() < 0.95:  # else the job that joins them failed
            yield f"gardener-whole-{attempt + 1}", packed(merge([*head.left.values()]))


def packed(report: Report) -> bytes:
    """An artifact with one report."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("gardener-report.json", msgspec.json.encode(report))
    return data.getvalue()
