"""The issues of a repository's causes, as `gardener issues --ledger FILE` leaves them for documents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from gardener.errors import ReportError
from gardener.model import Diagnosis, Finding
from gardener.reports.store import encode, write

SCHEMA = 1


class KeptRun(Struct, frozen=True, array_like=True):
    """What an issue remembers of one run: when, of which commit, and whether its cause failed."""

    created: str
    commit: str
    failing: bool


class KeptIssue(Struct, frozen=True, kw_only=True):
    """One issue with the fingerprints that lead to it; `done` is what the run did to it, if anything.

    `runs` are those that it remembers, the oldest first.
    """

    number: int
    fingerprints: tuple[str, ...]
    url: str = ""
    title: str = ""
    done: str = ""
    runs: tuple[KeptRun, ...] = ()


class IssueLedger(Struct, frozen=True, kw_only=True):
    """All issues that gardener keeps in a repository, after one run."""

    schema: int = SCHEMA
    issues: tuple[KeptIssue, ...] = ()

    def of(self, finding: Finding) -> KeptIssue | None:
        """The issue of a finding, if it has one."""
        return self.known_by(finding.fingerprint, *finding.aliases)

    def known_by(self, *fingerprints: str) -> KeptIssue | None:
        """The issue that one of these fingerprints leads to, if any."""
        prints = set(fingerprints)
        return next((i for i in self.issues if not prints.isdisjoint(i.fingerprints)), None)


def save(ledger: IssueLedger, path: Path) -> None:
    """Write the ledger.

    Raises:
        ReportError: it cannot be written.
    """
    write(path, encode(ledger, indent=1))


def load(path: Path) -> IssueLedger:
    """Read a ledger.

    Raises:
        ReportError: the file is missing, of a newer version, or no ledger.
    """
    try:
        ledger = msgspec.json.decode(path.read_bytes(), type=IssueLedger)
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportError(
            f"{path} is no ledger of issues ({error}); name what `gardener issues` wrote."
        ) from None
    if ledger.schema > SCHEMA:
        raise ReportError(f"{path} has schema {ledger.schema}; upgrade gardener.")
    return ledger


def with_issues(diagnosis: Diagnosis, ledger: IssueLedger) -> Diagnosis:
    """The diagnosis with the number of its issue in each finding that has one."""

    def numbered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        pairs = ((finding, ledger.of(finding)) for finding in findings)
        return tuple(structs.replace(f, issue=i.number) if i else f for f, i in pairs)

    return structs.replace(
        diagnosis,
        findings=numbered(diagnosis.findings),
        deprecations=numbered(diagnosis.deprecations),
    )
