"""What only the repository around a report knows: the history of its causes, and patches for them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

import click

from gardener.codemod.model import Codemod
from gardener.codemod.project import Project
from gardener.commands.codemods import token_here
from gardener.config import Config
from gardener.diagnosis.outcomes import final_outcomes
from gardener.errors import GardenerError, GitError
from gardener.git import find_root, store
from gardener.model import FAILING_OUTCOMES, Diagnosis, Finding, Report
from gardener.redaction import redact
from gardener.render.html import Extras, PatchPreview
from gardener.reports.history import Cause, History, PastRun, State
from gardener.reports.issue_ledger import IssueLedger

FILES_TRIED = 40
"""Files of one finding that are read for a patch."""
FILES_SHOWN = 8
LINES_SHOWN = 150
"""Lines of one patch that are shown."""
LARGEST = 1_000_000


def extras_of(
    diagnosis: Diagnosis,
    config: Config,
    reports: Sequence[Path],
    base: Report | None = None,
    ledger: IssueLedger | None = None,
) -> Extras:
    """The history and the patches; without a repository what the base and the issues know."""
    ledger = ledger or IssueLedger()
    remembered = {
        finding.fingerprint: runs
        for finding in diagnosis.findings
        if (runs := _known_elsewhere(finding, base, ledger))
    }
    try:
        root = find_root()
    except GitError:
        return Extras(history=remembered, ledger=ledger)
    findings = (*diagnosis.findings, *diagnosis.deprecations)
    on_disk = [path for path in reports if str(path) != "-"]
    mechanical = [finding for finding in findings if finding.codemod]
    return Extras(
        history=remembered
        | {k: runs for k, runs in _history(root, diagnosis.findings).items() if runs},
        ledger=ledger,
        patches=_patches(mechanical, Project(root, config, reports=on_disk)) if mechanical else {},
    )


def _known_elsewhere(
    finding: Finding, base: Report | None, ledger: IssueLedger
) -> tuple[PastRun, ...]:
    """What the issue of a cause and the run of the base know of it, where no history is kept."""
    issue = ledger.of(finding)
    runs = [
        PastRun(run.created, run.commit, "failing" if run.failing else "passing")
        for run in (issue.runs if issue else ())
    ]
    if base and not any(run.commit and base.commit.startswith(run.commit) for run in runs):
        outcomes = final_outcomes(base)
        states = [outcomes[test] for test in finding.tests if test in outcomes]
        state: State = "failing" if FAILING_OUTCOMES.intersection(states) else "passing"
        runs.append(PastRun(base.created, base.commit, state if states else "not run"))
    return tuple(sorted(runs))


def keep_worklog(report: Report, diagnosis: Diagnosis, ledger: IssueLedger) -> None:
    """Write or update the worklog of the repository around, as of when the run was made.

    Raises:
        GitError: there is no repository.
        ReportError: it cannot be written.
    """
    from gardener.render.journal import record

    root = find_root()
    path = record(root, report, diagnosis, _made_at(report), ledger)
    click.echo(f"the worklog is {path.relative_to(root)}", err=True)


def _made_at(report: Report) -> datetime | None:
    """When the run was made, if the report says it in a form that can be read."""
    try:
        at = datetime.fromisoformat(report.created.replace("Z", "+00:00"))
    except ValueError:
        return None
    return at.astimezone(timezone.utc)


def proven(diagnosis: Diagnosis, config: Config, reports: Sequence[Path]) -> Diagnosis:
    """The diagnosis with the codemods that change something here; without a repository as it is."""
    from gardener.codemod.proof import with_proven_fixes

    try:
        find_root()
    except GitError:
        return diagnosis
    on_disk = [path for path in reports if str(path) != "-"]
    return with_proven_fixes(diagnosis, config, on_disk)


def _history(root: Path, findings: Iterable[Finding]) -> dict[str, tuple[PastRun, ...]]:
    causes = {
        finding.fingerprint: Cause(
            frozenset((finding.fingerprint, *finding.aliases)), finding.tests
        )
        for finding in findings
    }
    try:
        return History(store(root)).of_causes(causes) if causes else {}
    except GitError:
        return {}


def _patches(findings: Iterable[Finding], project: Project) -> dict[str, PatchPreview]:
    """What the codemod of each finding would change in the files that the finding names."""
    from gardener.codemod.discovery import discover

    try:
        codemods = discover(project.config, built_in_only=bool(token_here()))
    except GardenerError:  # a codemod of the project's own that cannot be loaded
        return {}
    patches = {}
    for finding in findings:
        codemod = codemods.get(finding.codemod)
        diffs = list(_diffs(finding, codemod, project)) if codemod else []
        if diffs:
            lines = [line for diff in diffs[:FILES_SHOWN] for line in diff]
            if len(lines) > LINES_SHOWN:
                lines = [*lines[:LINES_SHOWN], f"… {len(lines) - LINES_SHOWN} more lines"]
            patches[finding.fingerprint] = PatchPreview(redact("\n".join(lines)), len(diffs))
    return patches


def _diffs(finding: Finding, codemod: Codemod, project: Project) -> Iterator[list[str]]:
    from gardener.codemod.candidates import candidates
    from gardener.codemod.engine import mend
    from gardener.codemod.file_text import Unparsable

    for name in _files(finding, project.root):
        try:
            before = (project.root / name).read_bytes()
            chosen = candidates(before, name, [codemod], project)
            after = mend(before, name, chosen, project).after if chosen else before
        except (OSError, Unparsable, GardenerError, RecursionError):
            continue
        if after != before:
            old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
            yield list(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="", n=2))


def _files(finding: Finding, root: Path) -> list[str]:
    """The Python files below the root that a finding names, each once."""
    named = [warning.file for warning in finding.warnings]
    for failure in finding.failures:
        named += [frame.file for frame in failure.frames if frame.origin != "library"]
    top = root.resolve()
    files = []
    for name in dict.fromkeys(named):
        path = (root / name).resolve()
        if name.endswith(".py") and path.is_relative_to(top) and path.is_file():
            if path.stat().st_size <= LARGEST:
                files.append(name)
        if len(files) == FILES_TRIED:
            break
    return files
