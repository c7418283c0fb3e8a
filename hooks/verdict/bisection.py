"""The search for the commit that introduced a finding: git bisect, in a worktree of its own."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Literal, NamedTuple

import click

from gardener.diagnosis import status
from gardener.errors import CLEAN, FOUND, GitError, InterpreterError
from gardener.git import child_environment, git
from gardener.model import FAILING_OUTCOMES
from gardener.redaction import redact
from gardener.reports.history import History, RunState

from ..changes import is_shallow
from ..pytest_run.picked_tests import ProjectUnderTest, pick
from .bisect_target import BisectError, Target
from .proved_results import Results, joined_results, remember
from .worktree import check_out_next

Term = Literal["good", "bad", "skip"]
_FIRST_BAD = re.compile(r"^([0-9a-f]{40,}) is the first bad commit", re.MULTILINE)
_COMMIT = re.compile(r"^([0-9a-f]{40,})$", re.MULTILINE)
_ONLY_SKIPPED = "only 'skip'ped commits left"
_MISSING = "{} is missing in this repository; fetch its history."


class Judgement(NamedTuple):
    """What git bisect is to be told of a commit, and why."""

    term: Term
    reason: str


class Bisection:
    """One bisection in one worktree."""

    def __init__(
        self, project: ProjectUnderTest, target: Target, tree: Path, history: History
    ) -> None:
        self._project = project
        self._target = target
        self._tree = tree
        self._history = history

    def run(self, bad: str, good: str) -> int:
        """Bisect between two commits, print the first bad one; without a good one, find one first.

        Raises:
            BisectError: the bad commit is not bad, or the good one not good.
        """
        judgement = self._try(bad)
        if judgement.term != "bad":
            commit = self._described(bad)
            raise BisectError(f"{self._target.title} does not fail at {commit}: {judgement.reason}")
        if good:
            judgement = self._try(good)
            if judgement.term != "good":
                raise BisectError(f"{self._described(good)} is not good: {judgement.reason}")
        else:
            bad, good = self._look_back(bad)
        return self._bisect(bad, good) if good else self._conclude_oldest(bad)

    def _bisect(self, bad: str, good: str) -> int:
        """Follow git bisect to its end."""
        output = self._git("bisect", "start", "--no-checkout", bad, good)
        while True:
            first_bad = _FIRST_BAD.search(output)
            if first_bad:
                click.echo(f"{self._described(first_bad[1])} is the first bad commit")
                return CLEAN
            if _ONLY_SKIPPED in output.lower():
                return self._conclude_undecided(_COMMIT.findall(output))
            judgement = self._try(self._git("rev-parse", "BISECT_HEAD").strip())
            try:
                output = self._git("bisect", judgement.term)
            except GitError:
                # With skipped commits left only, git fails and prints them on stdout.
                candidates = self._candidates()
                if not candidates:
                    raise
                return self._conclude_undecided(candidates)

    def _look_back(self, bad: str) -> tuple[str, str]:
        """The nearest commit that is known bad, and a good one before it; empty if there is none."""
        try:
            commits = self._git("rev-list", "--first-parent", bad).split()
        except GitError:
            raise BisectError(_MISSING.format(f"A commit before {bad[:12]}")) from None
        position, step = 0, 1
        while position < len(commits) - 1:
            position = min(position + step, len(commits) - 1)
            step *= 2
            term = self._try(commits[position]).term
            if term == "good":
                return bad, commits[position]
            if term == "bad":
                bad = commits[position]
        if commits[-1] == bad:
            return bad, ""
        raise BisectError("No good commit was found: the oldest ones could not be tested.")

    def _conclude_undecided(self, commits: list[str]) -> int:
        names = ", ".join(self._described(commit) for commit in commits)
        click.echo(f"the first bad commit is one of: {names}")
        return FOUND

    def _conclude_oldest(self, bad: str) -> int:
        """There is no commit before the bad one."""
        if is_shallow(self._project.root):
            click.echo(
                f"{self._described(bad)} is bad already, and this shallow clone ends there;"
                " fetch more of its history"
            )
            return FOUND
        click.echo(f"{self._described(bad)} is the first commit and is bad already")
        return CLEAN

    def _candidates(self) -> list[str]:
        """The commits that git cannot tell apart: bad, skipped or untested, and not known good."""
        output = self._git("for-each-ref", "--format=%(refname) %(objectname)", "refs/bisect")
        refs = [line.split() for line in output.splitlines()]
        bad = [commit for name, commit in refs if name.endswith("/bad")]
        not_good = [f"^{commit}" for name, commit in refs if "/good-" in name]
        return self._git("rev-list", *bad, *not_good).split() if bad else []

    def _try(self, commit: str) -> Judgement:
        """Judge a commit by its tests, and say so to the user."""
        try:
            tree = self._git("rev-parse", "--verify", "-q", f"{commit}^{{tree}}").strip()
        except GitError:
            raise BisectError(_MISSING.format(f"The commit {commit[:12]}")) from None
        content = RunState(tree, "", self._project.content.environment, commit)
        try:
            judgement = judge(self._target, self._results_at(content))
        except InterpreterError as error:  # a part that has another environment today, or none
            judgement = Judgement("skip", str(error).rstrip("."))
        said = f"{self._described(commit)}: {judgement.term} ({judgement.reason})"
        self._project.say(redact(said))
        return judgement

    def _results_at(self, content: RunState) -> Results:
        """What the tests do at a commit: from the history, else by a run."""
        tests = self._target.tests
        proved = joined_results(self._history.on_tree(content, tests))
        unproved = tuple(nodeid for nodeid in tests if nodeid not in proved)
        if not unproved:
            return proved
        check_out_next(self._project.root, self._tree, content.commit)
        picked = pick(self._project, unproved, elsewhere=self._tree)
        if picked.interrupted:
            raise KeyboardInterrupt
        results = status.prior_results(picked.report, unproved, picked.missing, picked.collected)
        complete = picked.report.complete
        remember(self._history, content, "bisect", results, complete=complete)
        return proved | {result.nodeid: result for result in results}

    def _described(self, commit: str) -> str:
        """A commit with its date, author and subject, in one line."""
        with contextlib.suppress(GitError):  # it reads the parents too, which may be missing
            form = "--format=%h %ad %an: %s"
            return redact(self._git("show", "-s", form, "--date=short", commit).strip())
        return commit[:12]

    def _git(self, *args: str) -> str:
        """Git in the worktree, in English, without the user's hooks."""
        environment = {**child_environment(), "LC_ALL": "C"}
        return git(
            "-c", "core.hooksPath=/dev/null", *args, root=self._tree, environment=environment
        ).decode(errors="replace")


def judge(target: Target, results: Results) -> Judgement:
    """What the outcomes of a finding's tests at one commit mean to git bisect."""
    tests = [results[nodeid] for nodeid in target.tests]
    total = len(tests)
    failing = [test for test in tests if FAILING_OUTCOMES & set(test.outcomes)]
    for_this_cause = [
        test
        for test in failing
        if not target.fingerprints or target.fingerprints & set(test.fingerprints)
    ]
    if for_this_cause:
        return Judgement("bad", f"{len(for_this_cause)} of {total} tests fail for this cause")
    passing = [test for test in tests if "passed" in test.outcomes]
    if passing:
        return Judgement("good", f"{len(passing)} of {total} tests pass")
    if all(test.outcomes == (status.ABSENT,) for test in tests):
        return Judgement("good", "its tests do not exist yet")
    if failing:
        return Judgement("skip", f"{len(failing)} of {total} tests fail for another cause")
    reasons = [test.reason for test in tests if test.reason]
    return Judgement("skip", reasons[0] if reasons else "they were skipped")
