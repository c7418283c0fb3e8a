"""The command `bisect`: the commit that brought a finding in, found in a worktree by git bisect."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal, NamedTuple

import click

from gardener.errors import CLEAN, FOUND, INTERRUPTED, GardenerError, GitError
from gardener.git import child_environment, find_root, git, store
from gardener.model import FAILING_OUTCOMES, Finding, PriorResult, Report
from gardener.reports.history import History, Row, Where

from ..changes import is_shallow
from ..pytest_run.picked_tests import Setting, pick
from .options import not_blank

Term = Literal["good", "bad", "skip"]
_MISSING = "{} is missing in this repository; fetch its history."
MOST_TESTS = 8
"""Tests of the finding that are run at each commit; one cause rarely needs more."""


class BisectError(GardenerError):
    """There is nothing to bisect."""


class Wanted(NamedTuple):
    """What is looked for: tests, and the fingerprints of their failure (none: any failure)."""

    title: str
    tests: tuple[str, ...]
    fingerprints: frozenset[str] = frozenset()


@click.command()
@click.argument("finding")
@click.argument("report", required=False, type=click.Path(path_type=Path))
@click.option(
    "--good",
    metavar="REF",
    callback=not_blank,
    help="A commit without it (default: looked for).",
)
@click.option(
    "--bad",
    metavar="REF",
    default="HEAD",
    show_default=True,
    callback=not_blank,
    help="A commit with it.",
)
@click.option("--python", metavar="EXE", default="", help="The project's Python.")
@click.option("-q", "--quiet", is_flag=True, help="Only the last line, no talk.")
def bisect(
    *, finding: str, report: Path | None, good: str | None, bad: str, python: str, quiet: bool
) -> int:
    """Find the commit that brought a finding in.

    FINDING is its name, slug or fingerprint in REPORT, or a nodeid. Only its tests are
    run, in a worktree of their own. A commit is bad when one of them fails for this
    cause, good when none does and one of them passes or none exists yet; anything else is skipped.

    Exit code 1: the commit could not be told from others that had to be skipped.
    """
    from gardener.config import load

    from ..pytest_run.interpreter import find
    from ..record.content import content
    from ..verdict.worktree import checked_out

    root = find_root()
    config = load(root)
    wanted = _wanted(finding, report, root)

    def say(text: str) -> None:
        if not quiet:
            click.echo(f"gardener: {text}", err=True)

    interpreter = find(root, config, python)
    history = History(store(root))
    setting = Setting(root, interpreter, config, content(root, interpreter), say=say)
    try:
        with checked_out(root, _commit(root, bad)) as tree:
            search = _Search(setting, wanted, tree, history)
            return search.run(_commit(root, bad), _commit(root, good) if good else "")
    except KeyboardInterrupt:
        say("interrupted.")
        return INTERRUPTED


def _commit(root: Path, ref: str) -> str:
    try:
        return git("rev-parse", "--verify", "-q", f"{ref}^{{commit}}", root=root).decode().strip()
    except GitError:
        raise BisectError(f"There is no commit {ref!r} in this repository.") from None


def _wanted(name: str, path: Path | None, root: Path) -> Wanted:
    """The finding of a report by any of its names, else the test of that nodeid."""
    if path is None:
        if "::" not in name and not (root / name).is_file():
            raise BisectError(
                f"{name!r} is not a nodeid; give the report that has this finding as well."
            )
        return Wanted(name, (name,))
    from gardener.config import load
    from gardener.diagnosis.diagnosis import diagnose
    from gardener.reports.store import load as load_report

    report: Report = load_report(path)
    findings = diagnose(report, load(root)).findings
    for one in findings:
        if name in (one.name, one.slug, one.fingerprint, *one.aliases):
            return _of_finding(one, report)
    # The status in a name differs between two runs; the slug does not.
    for one in findings:
        if name.endswith(f"-{one.slug}") or name in one.tests:
            return _of_finding(one, report)
    from difflib import get_close_matches

    near = get_close_matches(name, [f.slug for f in findings], n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise BisectError(f"{path} has no finding {name!r}{hint}")


def _of_finding(finding: Finding, report: Report) -> Wanted:
    """Its quickest tests; the others would say the same, later."""
    took = {result.nodeid: result.duration for result in report.results}
    tests = sorted(finding.tests, key=lambda nodeid: took.get(nodeid, 0.0))[:MOST_TESTS]
    order = [nodeid for nodeid in finding.tests if nodeid in tests]
    return Wanted(finding.slug, tuple(order), frozenset({finding.fingerprint, *finding.aliases}))


class _Search:
    """One bisection in one worktree."""

    def __init__(self, setting: Setting, wanted: Wanted, tree: Path, history: History) -> None:
        self._setting = setting
        self._wanted = wanted
        self._tree = tree
        self._history = history

    def run(self, bad: str, good: str) -> int:
        """Bisect between two commits; without a good one, look for one first."""
        term, why = self._try(bad)
        if term != "bad":
            raise BisectError(f"{self._wanted.title} is not to be seen at {self._told(bad)}: {why}")
        if good:
            term, why = self._try(good)
            if term != "good":
                raise BisectError(f"{self._told(good)} is not good: {why}")
        else:
            bad, good = self._look_back(bad)
            if not good:
                return self._tell_oldest(bad)
        said = self._git("bisect", "start", "--no-checkout", bad, good)
        while True:
            first = re.search(r"^([0-9a-f]{40,}) is the first bad commit", said, re.MULTILINE)
            if first:
                click.echo(f"{self._told(first[1])} is the first bad commit")
                return CLEAN
            if "only 'skip'ped commits left" in said.lower():
                left = re.findall(r"^([0-9a-f]{40,})$", said, re.MULTILINE)
                names = ", ".join(self._told(one) for one in left)
                click.echo(f"the first bad commit is one of: {names}")
                return FOUND
            commit = self._git("rev-parse", "BISECT_HEAD").strip()
            term, _ = self._try(commit)
            try:
                said = self._git("bisect", term)
            except GitError as wrong:
                # With skipped commits left only, git fails and prints them on stdout.
                said = str(wrong)
                left = self._left()
                if not left:
                    raise
                names = ", ".join(self._told(one) for one in left)
                click.echo(f"the first bad commit is one of: {names}")
                return FOUND

    def _look_back(self, bad: str) -> tuple[str, str]:
        """The nearest commit that is known bad, and a good one before it; empty if there is none."""
        try:
            line = self._git("rev-list", "--first-parent", bad).split()
        except GitError:
            raise BisectError(_MISSING.format(f"A commit before {bad[:12]}")) from None
        at, step = 0, 1
        while at < len(line) - 1:
            at = min(at + step, len(line) - 1)
            step *= 2
            term, _ = self._try(line[at])
            if term == "good":
                return bad, line[at]
            if term == "bad":
                bad = line[at]
        if line[-1] == bad:
            return bad, ""
        raise BisectError("No good commit was found: the oldest ones could not be tested.")

    def _tell_oldest(self, bad: str) -> int:
        if is_shallow(self._setting.root):
            click.echo(
                f"{self._told(bad)} is bad already, and this shallow clone ends there;"
                " fetch more of its history"
            )
            return FOUND
        click.echo(f"{self._told(bad)} is the first commit and is bad already")
        return CLEAN

    def _left(self) -> list[str]:
        """The commits that git cannot tell apart: bad, skipped or untested, and not known good."""
        names = self._git("for-each-ref", "--format=%(refname) %(objectname)", "refs/bisect")
        refs = [line.split() for line in names.splitlines()]
        bad = [sha for name, sha in refs if name.endswith("/bad")]
        good = [f"^{sha}" for name, sha in refs if "/good-" in name]
        return self._git("rev-list", *bad, *good).split() if bad else []

    def _try(self, commit: str) -> tuple[Term, str]:
        """What git bisect would be told of a commit, and why; said to the user."""
        try:
            tree = self._git("rev-parse", "--verify", "-q", f"{commit}^{{tree}}").strip()
        except GitError:
            raise BisectError(_MISSING.format(f"The commit {commit[:12]}")) from None
        there = Where(tree, "", self._setting.here.environment, commit)
        term, why = judge(self._wanted, self._look(there))
        self._setting.say(f"{self._told(commit)}: {term} ({why})")
        return term, why

    def _look(self, there: Where) -> dict[str, PriorResult]:
        """What the tests do on a tree: from the history, else by a run."""
        from gardener.diagnosis import status

        from ..verdict.base_run import joined
        from ..verdict.worktree import move

        known = joined(self._history.on_tree(there, self._wanted.tests))
        rest = tuple(nodeid for nodeid in self._wanted.tests if nodeid not in known)
        if rest:
            move(self._setting.root, self._tree, there.commit)
            done = pick(self._setting, rest, elsewhere=self._tree)
            if done.interrupted:
                raise KeyboardInterrupt
            found = status.prior_results(done.report, rest, done.missing, done.collected)
            self._history.add(
                there,
                "bisect",
                datetime.now(timezone.utc).isoformat(timespec="seconds"),
                [Row(b.nodeid, b.outcomes, 0.0, b.fingerprints) for b in found if b.outcomes],
                complete=done.report.complete,
            )
            known |= {one.nodeid: one for one in found}
        return known

    def _told(self, commit: str) -> str:
        with contextlib.suppress(GitError):  # it reads the parents too, which may be missing
            told = self._git("show", "-s", "--format=%h %ad %an: %s", "--date=short", commit)
            return told.strip()
        return commit[:12]

    def _git(self, *args: str) -> str:
        """Git in the worktree, in English, without the user's hooks."""
        there = {**child_environment(), "LC_ALL": "C"}
        return git(
            "-c", "core.hooksPath=/dev/null", *args, root=self._tree, environment=there
        ).decode(errors="replace")


def judge(wanted: Wanted, found: dict[str, PriorResult]) -> tuple[Term, str]:
    """What the outcomes of the tests of a finding at one commit mean to git bisect."""
    from gardener.diagnosis.status import ABSENT

    tests = [found[nodeid] for nodeid in wanted.tests]
    total = len(tests)
    red = [one for one in tests if FAILING_OUTCOMES & set(one.outcomes)]
    same = [
        one for one in red if not wanted.fingerprints or wanted.fingerprints & set(one.fingerprints)
    ]
    if same:
        return "bad", f"{len(same)} of {total} tests fail for this cause"
    passed = [one for one in tests if "passed" in one.outcomes]
    if passed:
        return "good", f"{len(passed)} of {total} tests pass"
    if all(one.outcomes == (ABSENT,) for one in tests):
        return "good", "its tests do not exist yet"
    if red:
        return "skip", f"{len(red)} of {total} tests fail for another cause"
    reason = next((one.reason for one in tests if one.reason), "they were skipped")
    return "skip", reason
