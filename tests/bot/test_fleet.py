"""200 pull requests in 8 shards, out of order, twice, cut short: one comment each, nothing lost."""

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
from collections import Counter
from unittest.mock import patch

import pytest
from fleet import SHARDS, Fleet
from gardener.bot.content import issue_text
from gardener.bot.content.memory import test_key as key_of
from test_comment_site import run_event
from test_runs_site import main  # noqa: F401 - the commits of the default branch

from gardener import cli

NAMED = 20
"""Tests that a comment names of each cause; of more it says how many."""
PULLS, PUSHES, SEED = 200, 12, 16
OF_MAIN = 8
"""The first causes are those of the default branch, the others are of pull requests."""
MOST_REQUESTS = 8.1
"""A job, of runs of which nine in ten are red; of a usual day: `test_runs_site.FLEET`."""
AS_PROCESS = 30
"""Of so many jobs one is a process of its own; the others run here, as that is much faster."""


class Play:
    """The fleet on the loopback GitHub: what was left when, and the jobs that tell it."""

    def __init__(self, site, bot, commits, seed):
        self.site, self.bot, self.commits = site, bot, commits
        self.fleet = Fleet(seed)
        self.random = self.fleet.random
        self.events, self.heads, self.pushed = [], {}, {}
        self.tip = ""
        self.kept, self.saved = bot.folder / "kept", bot.folder / "saved"
        self.jobs: Counter[str] = Counter()

    def at(self, when, do, *args):
        self.events.append((when, len(self.events), do, args))

    def go(self):
        for _, _, do, args in sorted(self.events, key=lambda event: event[:2]):
            do(*args)

    # --- what happens

    def open_pulls(self, many):
        for n in range(many):
            repository = "mallory/chat" if self.random.random() < 0.3 else self.site.repository
            number = self.site.open_pull(f"change-{n}", "0" * 40, repository)
            self.heads[number] = []
            when = self.random.uniform(0, 100)
            for again in range(self.random.choice((1, 1, 1, 1, 1, 1, 1, 2))):
                when = self.plan_pull(number, repository, when, f"{n}:{again}")

    def plan_pull(self, number, repository, when, name):
        sha = hashlib.sha1(name.encode()).hexdigest()
        base = self.random.choice(self.commits[:PUSHES])
        failing = set()
        if self.random.random() < 0.92:
            chosen = self.random.sample(self.fleet.causes[OF_MAIN:], self.random.randint(1, 3))
            failing = {test for cause in chosen for test in self.some(cause.tests)}
            failing |= self.pushed[base].failing
        head = self.fleet.run(sha, failing)
        self.heads[number].append(head)
        self.site.graph[sha] = [base]
        branch = self.site.pulls[number]["ref"]
        told = {"event": "pull_request", "head_branch": branch}
        told |= {"head_repository": {"full_name": repository}}
        self.at(when, self.push, number, sha)
        return self.plan_run(head, when, "comment", told)

    def plan_pushes(self):
        for n, sha in enumerate(reversed(self.commits[:PUSHES])):
            known = self.fleet.causes[:OF_MAIN]
            failing = {t for c in known if self.random.random() < 0.5 for t in self.some(c.tests)}
            head = self.pushed[sha] = self.fleet.run(sha, failing if n < PUSHES - 1 else set())
            when = 32 * (n // 4) + 0.7 * (n % 4)  # four in a row: some are told before older ones
            self.plan_run(head, when, "issues", {"event": "push", "head_branch": "main"}, n)

    def some(self, tests):
        return set(self.random.sample(tests, self.random.randint(1, len(tests))))

    def push(self, number, sha):
        self.site.pulls[number]["sha"] = sha

    def plan_run(self, head, when, command, told, day=0):
        """Each attempt is left, and told once or twice, perhaps after the next one."""
        for attempt in range(len(head.attempts)):
            self.at(when, self.leave, head, attempt, told, day)
            for _ in range(self.random.choice((1, 1, 1, 1, 1, 1, 1, 2))):
                late = self.random.expovariate(1)
                self.at(when + late, self.tell, head, attempt, command, told)
            when += self.random.uniform(0.5, 2)
        return when

    def leave(self, head, attempt, told, day):
        if told["event"] == "push" and attempt == 0:
            self.tip = head.sha
        told = {**told, "conclusion": head.ended(attempt), "run_attempt": attempt + 1}
        runs = [run for run in self.site.runs if run["head_sha"] == head.sha]
        if runs:
            runs[0].update(told)
        number = runs[0]["id"] if runs else self.site.add_run(head.sha, **told)
        created = f"2026-11-{day + 1:02}T{10 + attempt}:00:00Z"
        for name, data in self.fleet.archives(head, attempt, told["head_branch"], created):
            self.site.add_artifact(number, data, name=name)

    def tell(self, head, attempt, command, told):
        (run,) = (run for run in self.site.runs if run["head_sha"] == head.sha)
        run = {**run, **told, "conclusion": head.ended(attempt), "run_attempt": attempt + 1}
        of = run["head_repository"]["full_name"]
        payload = run_event(of, head.sha, told["head_branch"], told["event"])
        payload["workflow_run"] |= run
        self.jobs[command] += 1
        # What the cache has; only a job of the default branch that did its work leaves another one.
        shutil.rmtree(self.kept, ignore_errors=True)
        if self.saved.exists():
            shutil.copytree(self.saved, self.kept)
        code, words = self.job(command, payload, sum(self.jobs.values()))
        assert code == 0, words
        if command == "issues":
            shutil.rmtree(self.saved, ignore_errors=True)
            shutil.copytree(self.kept, self.saved)

    def job(self, command, payload, number):
        if number % AS_PROCESS == 0:
            kept = {"GARDENER_BOT_CACHE": str(self.kept), "GITHUB_SHA": self.tip}
            done = self.bot.run(command, event="workflow_run", payload=payload, **kept)
            return done.returncode, done.stdout + done.stderr
        (self.bot.folder / "event.json").write_text(json.dumps(payload))
        env = {k: v for k, v in os.environ.items() if k in {"HOME", "PATH", "TMPDIR"}}
        env |= {
            "NO_PROXY": "*",
            "GITHUB_API_URL": self.site.url,
            "GITHUB_REPOSITORY": self.site.repository,
            "GITHUB_TOKEN": "ghs_actions",
            "GITHUB_ACTIONS": "true",
            "GARDENER_BOT_CACHE": str(self.kept),
            "GITHUB_SHA": self.tip,
            "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_EVENT_PATH": str(self.bot.folder / "event.json"),
        }
        out = io.StringIO()
        with (
            patch.dict(os.environ, env, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
        ):
            return cli.main([command]), out.getvalue()

    # --- what stands in the end

    def issues(self):
        found = []
        for page in range(1, 99):
            path = f"/issues?state=all&labels=gardener&per_page=100&page={page}"
            found += (new := self.site.ask("GET", path))
            if len(new) < 100:
                return found
        raise AssertionError("no end of issues")


def lost_in_comment(body, head, cause_of, cause_of_pulls):
    """What the reports of a head say and its comment does not."""
    failing, lost = head.failing, []
    by_cause: dict[str, list[str]] = {}
    for test in sorted(failing):
        by_cause.setdefault(cause_of[test].word, []).append(test)
    tally = re.search(r"^([\d,]+) failing tests? → ([\d,]+) causes?", body, re.MULTILINE)
    counted = (int(tally[1]), int(tally[2])) if tally else (0, 0)
    if counted != (len(failing), len(by_cause)):
        lost.append(f"{counted} told of {len(failing)} tests of {len(by_cause)} causes")
    for tests in by_cause.values():
        unnamed = [test for test in tests if not re.search(rf"{test}\b", body)]
        if unnamed and (len(tests) <= NAMED or f"- and {len(tests) - NAMED} more" not in body):
            lost += unnamed
    own = [test for test in head.still_failing if test in cause_of_pulls]
    if own and not re.search(r"^### .*(regression|new failure|unknown origin)", body, re.MULTILINE):
        lost.append("nothing stands open of what the pull request brought")
    for shard in head.missing:
        if not re.search(rf"missing: [^\n]*\b{shard}/{SHARDS}\b", body):
            lost.append(f"shard {shard} is missing")
    return lost


def wrong_comments(play):
    """By pull request: what is wrong with what stands there."""
    cause_of, wrong = play.fleet.cause_of, {}
    of_pulls = {test for cause in play.fleet.causes[OF_MAIN:] for test in cause.tests}
    for number, heads in play.heads.items():
        comments, last = play.site.comments(number), heads[-1]
        if len(comments) > 1 or (last.is_red and not comments):
            wrong[number] = f"{len(comments)} comments"
        elif last.is_red:
            body = comments[0]["body"]
            if lost := lost_in_comment(body, last, cause_of, of_pulls):
                wrong[number] = lost
    return wrong


def remembered_by_issues(play):
    """The word of the cause of each issue, with the keys of the tests that it remembers."""
    found = []
    for issue in play.issues():
        (word,) = {c.word for c in play.fleet.causes if f"open_{c.word}" in issue["body"]}
        memory = issue_text.recognize(issue["body"])
        found.append((word, {member.key for member in memory.members}))
    return found


@pytest.mark.slow
def test_a_fleet_ends_with_one_comment_each_one_issue_per_cause_and_nothing_lost(
    site,
    bot,
    main,  # noqa: F811
    monkeypatch,
):
    monkeypatch.chdir(bot.folder)
    play = Play(site, bot, main, SEED)
    play.plan_pushes()
    play.open_pulls(PULLS)
    play.go()
    average = len(site.asked) / play.jobs.total()
    print(dict(play.jobs), f"{average:.1f} requests a job, {site.unchanged} of them conditional")
    assert average <= MOST_REQUESTS
    assert sum(heads[-1].is_red for heads in play.heads.values()) > PULLS * 0.8
    assert sum(bool(heads[-1].missing) for heads in play.heads.values()) > PULLS * 0.1
    assert wrong_comments(play) == {}

    failed = {test for head in play.pushed.values() for test in head.failing}
    cause_of = play.fleet.cause_of
    issues = remembered_by_issues(play)
    assert sorted(word for word, _ in issues) == sorted({cause_of[test].word for test in failed})
    keys = dict(issues)
    assert [t for t in sorted(failed) if key_of(t) not in keys[cause_of[t].word]] == []
