"""What a bisection looks for: the tests of a finding and its cause."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import GardenerError, GitError
from gardener.git import git
from gardener.model import Finding, Report
from gardener.nodeid import NodeId
from gardener.redaction import use
from gardener.reports.store import load

MOST_TESTS = 8
"""Tests of the finding that are run at each commit; one cause rarely needs more."""


class BisectError(GardenerError):
    """There is nothing to bisect."""


class Target(NamedTuple):
    """What is looked for: tests, and the fingerprints of their failure (none: any failure)."""

    title: str
    tests: tuple[str, ...]
    fingerprints: frozenset[str] = frozenset()


def target_of(name: str, report_file: Path | None, config: Config) -> Target:
    """The finding of a report by any of its names; without a report the test of that nodeid.

    Raises:
        BisectError: there is no such finding or test.
        ReportError: the report cannot be read.
    """
    if report_file is None:
        if NodeId.parse(name).is_file and not (config.root / name).is_file():
            raise BisectError(
                f"{name!r} is not a nodeid; give the report that has this finding as well."
            )
        return Target(name, (name,))
    use(config.redaction.patterns, config.redaction.keep)
    report = load(report_file)
    findings = diagnose(report, config).findings
    finding = named_finding(findings, name)
    if finding is None:
        raise BisectError(f"{report_file} has no finding {name!r}{_hint(findings, name)}")
    return _target(finding, report)


def named_finding(findings: tuple[Finding, ...], name: str) -> Finding | None:
    """The finding of that name, slug or fingerprint, else the one with that test."""
    for finding in findings:
        if name in (finding.name, finding.slug, finding.fingerprint, *finding.aliases):
            return finding
    # The status in a name differs between two runs; the slug does not.
    for finding in findings:
        if name.endswith(f"-{finding.slug}") or name in finding.tests:
            return finding
    return None


def _hint(findings: tuple[Finding, ...], name: str) -> str:
    """The end of a sentence: the finding that may have been meant."""
    from difflib import get_close_matches

    slugs = get_close_matches(name, [finding.slug for finding in findings], n=1, cutoff=0.4)
    return f"; did you mean {slugs[0]!r}?" if slugs else "."


def _target(finding: Finding, report: Report) -> Target:
    """Its quickest tests; the others would say the same, later."""
    durations = {result.nodeid: result.duration for result in report.results}
    quickest = sorted(finding.tests, key=lambda nodeid: durations.get(nodeid, 0.0))[:MOST_TESTS]
    in_order = tuple(nodeid for nodeid in finding.tests if nodeid in quickest)
    return Target(finding.slug, in_order, frozenset({finding.fingerprint, *finding.aliases}))


def commit_of(root: Path, ref: str) -> str:
    """The id of the commit that a ref names.

    Raises:
        BisectError: there is none.
    """
    try:
        return git("rev-parse", "--verify", "-q", f"{ref}^{{commit}}", root=root).decode().strip()
    except GitError:
        raise BisectError(f"There is no commit {ref!r} in this repository.") from None
