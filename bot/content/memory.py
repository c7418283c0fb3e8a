"""What an issue's marker remembers between runs, and how a run changes it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from gardener.config import Config
from gardener.model import Report, Status

from . import text
from .style import labels_of
from .subject import Subject

_NAMED = 60
_KEPT = 800

Outcomes = Mapping[str, frozenset[str]]
"""By the key of a test: all its outcomes in this run, over attempts."""


class Member(Struct, frozen=True, array_like=True):
    """A test of a cause: `key` is a hash of its nodeid, `name` how it is shown, if it is."""

    key: str
    name: str = ""
    passed: bool = False


class Seen(Struct, frozen=True, array_like=True):
    """A run: its commit and when it was made (ISO 8601)."""

    commit: str = ""
    created: str = ""


class Memory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an issue's marker remembers between runs.

    `suspects` is a range of commits; `green` are runs of the default branch in which every member passed, one after the
    other; `counts` are warnings by package; `text` is a hash of the facts as written, to
    see whether a person changed them; `labels` are those that the bot set.
    """

    fingerprint: str
    aliases: tuple[str, ...] = ()
    status: str = ""
    title: str = ""
    priority: str = ""
    suspects: str = ""
    members: tuple[Member, ...] = ()
    unlisted: int = 0
    counts: dict[str, int] = {}
    python: str = ""
    first: Seen = Seen()
    last: Seen = Seen()
    green: tuple[str, ...] = ()
    reopened: int = 0
    related: tuple[int, ...] = ()
    changes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    text: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """All fingerprints that lead to this issue."""
        return frozenset((self.fingerprint, *self.aliases))

    def named(self, most: int) -> Memory:
        """The same with the names of at most `most` members; names are only for show."""
        names = ((m.name if n < most else "") for n, m in enumerate(self.members))
        pairs = zip(self.members, names, strict=True)
        return replace(self, members=tuple(Member(m.key, name, m.passed) for m, name in pairs))

    def differs(self, newer: Memory) -> bool:
        """Whether an issue that remembers one must be written to remember the other."""
        return self.named(0) != newer.named(0)


def test_key(nodeid: str) -> str:
    """A short stable stand-in for a nodeid of any length."""
    return hashlib.sha256(nodeid.encode(errors="surrogatepass")).hexdigest()[:12]


def outcomes_of(report: Report) -> dict[str, frozenset[str]]:
    """What every test did."""
    by_test: dict[str, set[str]] = {}
    for result in report.results:
        by_test.setdefault(test_key(result.nodeid), set()).add(result.outcome)
    return {key: frozenset(outcomes) for key, outcomes in by_test.items()}


def _members(old: Sequence[Member], failing: Sequence[str], outcomes: Outcomes) -> list[Member]:
    """Old and new members: whoever failed before stays one until the issue is closed."""
    named = {member.key: member.name for member in old}
    for nodeid in failing:
        named.setdefault(test_key(nodeid), text.line(nodeid, 200))
    failing_keys = {test_key(nodeid) for nodeid in failing}
    before = {member.key: member.passed for member in old}
    members: list[Member] = []
    for key, name in named.items():
        passed = before.get(key, False)
        if key in failing_keys:
            passed = False
        elif key in outcomes:
            passed = outcomes[key] == {"passed"}
        members.append(Member(key, name if len(members) < _NAMED else "", passed))
    return members


def _packages(subject: Subject) -> dict[str, int]:
    """Warnings by the top folders of the file they came from."""
    counts: Counter[str] = Counter()
    for warning in subject.warnings:
        parts = PurePosixPath(text.line(warning.file, 120)).parts[:-1]
        counts["/".join(parts[:2]) or "."] += warning.count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:30])


def python_of(report: Report) -> str:
    """`3.12`, since what warns differs between versions."""
    return ".".join(report.environment.python.split(".")[:2])


def _with_members(before: Memory, failing: Sequence[str], outcomes: Outcomes) -> Memory:
    members = _members(before.members, failing, outcomes)
    return replace(
        before,
        members=tuple(members[:_KEPT]),
        unlisted=max(len(members) - _KEPT, before.unlisted),
    )


def remember(
    subject: Subject, report: Report, outcomes: Outcomes, config: Config, old: Memory | None
) -> Memory:
    """What the issue knows after this run, before anything is written."""
    before = old or Memory(fingerprint=subject.fingerprint, labels=labels_of(subject, config))
    is_status_known = before.status not in {"", Status.UNKNOWN}
    return replace(
        _with_members(before, subject.tests, outcomes),
        aliases=tuple(sorted((subject.keys | before.keys) - {before.fingerprint})),
        status=before.status if is_status_known else subject.status,
        priority=subject.priority,
        counts=_packages(subject),
        python=python_of(report),
        green=(),
    )


def remember_late(subject: Subject, old: Memory) -> Memory:
    """The same with the tests of an older run that the issue does not know; what it knows is newer.

    Whether they passed in a newer run was not kept: the next one tells.
    """
    known = {member.key for member in old.members}
    joining = [nodeid for nodeid in subject.tests if test_key(nodeid) not in known]
    return replace(_with_members(old, joining, {}), green=()) if joining else old
