"""`gardener issues` as a process, against a GitHub on loopback."""

import threading

import pytest
from botcases import make_finding, make_report
from test_comment_site import pull_event

from gardener.model import Result
from gardener.reports.issue_ledger import load

A, B = "tests/t.py::a", "tests/t.py::b"
PUSH = {"repository": {"default_branch": "main"}}
DAYS = {n: {"created": f"2026-11-{n:02}T10:00:00Z", "commit": f"{n:02}" * 20} for n in range(1, 9)}


def cause(*tests, **changes):
    return make_finding(tests=tests or (A,), **changes)


def keep(bot, report, event="push", payload=PUSH, **extra):
    extra = {"GITHUB_REF_NAME": "main", **extra}
    return bot.run("issues", bot.save(report), event=event, payload=payload, **extra)


def test_a_cause_lives_from_opened_to_closed_to_reopened(site, bot):
    done = keep(bot, make_report(cause(A), **DAYS[1]))
    assert done.returncode == 0, done.stderr
    (issue,) = site.issues()
    assert done.stdout.startswith("create  [BUG] failing-test-unknown-P2-")
    assert [label["name"] for label in issue["labels"]] == ["P2", "bug", "gardener"]
    assert issue["user"]["login"] == "github-actions[bot]"

    site.asked.clear()
    assert keep(bot, make_report(cause(A), **DAYS[1])).stdout == "nothing to do\n"
    assert site.writes == []
    assert len(site.asked) == 2  # the settings, the issues

    done = keep(bot, make_report(cause(A, B), **DAYS[2]))
    assert "1 more test failed" in done.stdout
    assert site.issues()[0]["comments"] == 1

    done = keep(bot, make_report(passed=(A,), **DAYS[3]))
    assert site.issues()[0]["state"] == "open"
    done = keep(bot, make_report(passed=(A, B), **DAYS[4]))
    assert done.stdout.startswith("close   #1")
    assert (site.issues()[0]["state"], site.issues()[0]["state_reason"]) == ("closed", "completed")

    done = keep(bot, make_report(cause(A), **DAYS[5]))
    assert done.stdout.startswith("reopen  #1")
    assert len(site.issues()) == 1
    assert site.issues()[0]["state"] == "open"
    site.asked.clear()
    keep(bot, make_report(cause(A), **DAYS[5]))
    assert site.writes == []


@pytest.mark.parametrize(
    ("event", "payload", "extra"),
    [
        ("pull_request", {"pull_request": {"number": 1}, **PUSH}, {}),
        ("push", PUSH, {"GITHUB_REF_NAME": "feature"}),
        ("push", PUSH, {"GITHUB_REF_TYPE": "tag"}),
        ("merge_group", {"merge_group": {}, **PUSH}, {}),
        (
            "workflow_run",
            {
                "workflow_run": {
                    "event": "push",
                    "head_branch": "main",
                    "head_repository": {"full_name": "mallory/chat"},
                },
                **PUSH,
            },
            {},
        ),
        (
            "workflow_run",
            {"workflow_run": {"event": "pull_request", "head_branch": "main"}, **PUSH},
            {},
        ),
    ],
)
def test_only_runs_of_the_default_branch_touch_issues(site, bot, event, payload, extra):
    report = make_report(cause(), branch="main", **DAYS[1])
    done = keep(bot, report, event=event, payload=payload, **extra)
    assert done.returncode == 0, done.stderr
    assert "only a run of the default branch keeps issues" in done.stdout
    assert site.asked == []


def test_outside_of_actions_the_report_s_branch_is_compared(site, bot):
    done = bot.run("issues", bot.save(make_report(cause(), branch="topic")))
    assert "the report is of branch topic, not of main" in done.stdout
    assert site.writes == []
    bot.run("issues", bot.save(make_report(cause(), branch="main")))
    assert len(site.issues()) == 1


def test_a_default_branch_run_through_workflow_run_keeps_issues(site, bot):
    payload = {
        "workflow_run": {
            "event": "push",
            "head_branch": "main",
            "head_repository": {"full_name": site.repository},
        },
        **PUSH,
    }
    keep(bot, make_report(cause(), **DAYS[1]), event="workflow_run", payload=payload)
    assert len(site.issues()) == 1


def test_another_author_s_issue_with_our_marker_is_not_ours(site, bot):
    keep(bot, make_report(cause(), **DAYS[1]))
    (ours,) = site.issues()
    forged = {"title": "forged", "body": ours["body"], "labels": ["gardener"]}
    site.ask("PATCH", "/issues/1", {"state": "closed", "labels": []})
    site.ask("POST", "/issues", forged)
    keep(bot, make_report(cause(), **DAYS[2]))
    assert [i["title"] for i in site.issues()][1] == "forged"
    assert site.issues()[1]["body"] == ours["body"]


def test_two_jobs_at_once_leave_one_open_issue(site, bot):
    bots = [bot, bot.beside()]
    # Both jobs ask for the list before either gets it, so both find no issue.
    site.fail("GET", "/issues$", together=threading.Barrier(2), times=2)
    report = make_report(cause(), **DAYS[1])
    jobs = [threading.Thread(target=keep, args=(b, report)) for b in bots]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    for _ in range(2):
        keep(bot, report)
    first, second = site.issues()
    assert (first["state"], second["state"]) == ("open", "closed")
    assert second["state_reason"] == "duplicate"
    assert second["body"].startswith(f"**Duplicate of #{first['number']}:** ")
    site.asked.clear()
    keep(bot, make_report(cause(), **DAYS[2]))
    assert site.writes == []


def test_an_error_after_the_issue_was_opened_does_not_open_it_twice(site, bot):
    site.fail("POST", "/issues$", status=500, after=True)
    done = keep(bot, make_report(cause(), **DAYS[1]))
    assert done.returncode == 0, done.stderr
    assert len(site.issues()) == 1


def test_a_connection_cut_after_an_edit_is_repeated_harmlessly(site, bot):
    keep(bot, make_report(cause(A), **DAYS[1]))
    site.fail("PATCH", "/issues/1$", cut=True, after=True)
    site.fail("POST", "/comments$", cut=True, after=True)
    done = keep(bot, make_report(cause(A, B), **DAYS[2]))
    assert done.returncode == 0, done.stderr
    assert site.issues()[0]["comments"] == 1


def test_one_refused_issue_does_not_stop_the_others(site, bot):
    causes = [
        cause(f"t.py::{n}", slug=f"s{n}", message=f"E{'x' * n}: words", symbol="") for n in (1, 2)
    ]
    causes = [
        make_finding(f"s{n}", (f"t.py::t{n}",), message=m) for n, m in enumerate(("KeyA", "Other"))
    ]
    from msgspec.structs import replace

    report = make_report(*causes, **DAYS[1])
    failures = tuple(
        replace(f, type=t) for f, t in zip(report.failures, ("KeyError", "OSError"), strict=True)
    )
    report = replace(report, failures=failures)
    site.fail("POST", "/issues$", status=422, message="Validation Failed")
    done = keep(bot, report)
    assert done.returncode == 1
    assert "not done: create" in done.stderr
    assert len(site.issues()) == 1


def test_a_rate_limit_stops_and_says_what_is_left(site, bot):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"}
    site.fail("POST", "/issues$", status=403, headers=headers, message="API rate limit exceeded")
    done = keep(bot, make_report(cause(), **DAYS[1]))
    assert done.returncode == 1
    assert "1 action not done, the first is create" in done.stderr
    assert keep(bot, make_report(cause(), **DAYS[1])).returncode == 0
    assert len(site.issues()) == 1


def test_a_repository_without_issues_is_said(site, bot):
    site.fail("GET", "/issues$", status=410, message="Issues has been disabled in this repository.")
    done = keep(bot, make_report(cause(), **DAYS[1]))
    assert done.returncode == 1
    assert "Issues has been disabled" in done.stderr


@pytest.mark.slow
def test_two_hundred_causes_of_which_forty_changed(site, bot):
    from msgspec.structs import replace

    def report(day, more):
        rows = []
        for n in range(200):
            tests = (f"t.py::t{n}", *([f"t.py::more{n}"] if n < more else []))
            rows.append(make_finding(f"s{n}", tests))
        made = make_report(*rows, **DAYS[day])
        kind = {t: f"app.E{n}" for n, row in enumerate(rows) for t in row.tests}
        failures = tuple(replace(f, type=kind[f.nodeid], frames=()) for f in made.failures)
        return replace(made, failures=failures, results=tuple(Result(t, "failed") for t in kind))

    done = keep(bot, report(1, 0))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 200
    site.asked.clear()
    done = keep(bot, report(2, 40))
    assert done.returncode == 0, done.stderr
    assert 40 <= len(site.writes) <= 45
    site.asked.clear()
    keep(bot, report(2, 40))
    assert site.writes == []


def test_deprecations_are_one_issue_for_a_codemod_and_follow_the_counts(site, bot):
    from gardener.model import WarningCount

    def warned(**counts):
        message = "datetime.datetime.utcnow() is deprecated and scheduled for removal"
        rows = tuple(
            WarningCount("DeprecationWarning", message, f"app/{name}/x.py", 3, many)
            for name, many in counts.items()
        )
        return make_report(passed=(A,), warnings=rows)

    from msgspec.structs import replace

    keep(bot, replace(warned(api=3, db=4), **DAYS[1]))
    (issue,) = site.issues()
    assert "| `app/api` | 3 |" in issue["body"]
    keep(bot, replace(warned(api=1, db=4), **DAYS[2]))
    (issue,) = site.issues()
    assert "| `app/api` | 1 |" in issue["body"]
    assert "gardener fix --only utcnow" in issue["body"].partition("### Next step")[2]
    assert issue["comments"] == 0


def test_names_of_labels_come_from_the_settings(site, bot):
    bot.settle(
        site.settings + 'label = "triage"\ntype-label = "defect"\narea-label = "backend"\n'
        'priority-labels = ["prio:0", "prio:1", "prio:2", "prio:3"]\nquiet-label = "mute"\n'
    )
    keep(bot, make_report(cause(A), **DAYS[1]))
    (issue,) = site.issues()
    assert [x["name"] for x in issue["labels"]] == ["prio:2", "defect", "backend", "triage"]
    site.ask("POST", f"/issues/{issue['number']}/labels", {"labels": ["mute"]})
    site.asked.clear()
    done = keep(bot, make_report(cause(A, B), **DAYS[2]))
    assert "labelled mute" in done.stdout
    assert site.writes == []


def test_the_ledger_says_reopened_of_an_issue_that_is_linked_to_a_new_one_too(site, bot, tmp_path):
    ledger = tmp_path / "issues.json"
    related = cause(B, slug="another", message="another thing")  # it has the symbol of the first
    passed = make_report(passed=(A,), **DAYS[2])
    reports = (make_report(cause(A), **DAYS[1]), passed, make_report(cause(A), related, **DAYS[3]))
    for report in reports:
        extra = {"GITHUB_REF_NAME": "main"}
        options = ("--ledger", str(ledger))
        done = bot.run("issues", bot.save(report), *options, event="push", payload=PUSH, **extra)
        assert done.returncode == 0, done.stderr
    assert "- **Related:** #2" in site.ask("GET", "/issues/1")["body"]
    assert [issue.done for issue in load(ledger).issues] == ["reopened", "created"]


def test_the_ledger_of_issues_is_named_by_the_worklog_and_the_page(site, bot, tmp_path):
    ledger = tmp_path / "issues.json"
    options = ("--ledger", str(ledger))
    extra = {"GITHUB_REF_NAME": "main"}
    other = cause(B, message="another thing", symbol="app/b.py:g")
    for day, causes in ((1, [cause(A)]), (2, [cause(A), other])):
        report = make_report(*causes, **DAYS[day])
        done = bot.run("issues", bot.save(report), *options, event="push", payload=PUSH, **extra)
        assert done.returncode == 0, done.stderr
    kept = load(ledger).issues
    assert [(issue.number, issue.done) for issue in kept] == [(1, "updated"), (2, "created")]
    assert all(issue.url.endswith(f"/issues/{issue.number}") for issue in kept)
    report = bot.save(make_report(cause(A), other, **DAYS[2]))
    shown = bot.run("report", report, "--format", "worklog", "--issues", str(ledger))
    assert f"- 1 issue created: [#2](<{kept[1].url}>)" in shown.stdout, shown.stderr
    assert f"- Issue: [#1](<{kept[0].url}>)" in shown.stdout
    shown = bot.run("report", report, "--format", "html", "--issues", str(ledger))
    assert "· #1<" in shown.stdout


def test_an_issue_that_the_settings_number_adopts_without_a_label(site, bot, tmp_path):
    number = site.ask("POST", "/issues", {"title": "Serialization", "body": "By hand."})["number"]
    adopt = f"[tool.gardener.github.adopt]\nbridge-send-assertion = {number}\n"
    bot.settle(site.settings + adopt)
    kept = {"GARDENER_BOT_CACHE": str(tmp_path / "kept")}
    done = keep(bot, make_report(cause(A), **DAYS[1]), **kept)
    assert done.returncode == 0, done.stderr
    (issue,) = site.issues()
    assert issue["body"].startswith("By hand.\n\n<!-- gardener:adopted -->\n### Causes")
    assert [label["name"] for label in issue["labels"]] == ["gardener"]
    site.asked.clear()
    keep(bot, make_report(cause(A), **DAYS[1]), **kept)
    assert site.writes == []
    assert not [path for _, path, _ in site.asked if path.endswith(f"/issues/{number}")]
    # The comment of a pull request links it, with what that job kept and without.
    pull = site.open_pull()
    for kept_or_not in (kept, {}):
        red = make_report(cause(A), commit="a" * 40)
        bot.run(
            "comment", bot.save(red), event="pull_request", payload=pull_event(pull), **kept_or_not
        )
        (ours,) = site.comments(pull)
        assert f"| #{number} |" in ours["body"]
    # A label that a person took away stays away, and the list is kept current all the same.
    site.ask("DELETE", f"/issues/{number}/labels/gardener")
    keep(bot, make_report(cause(A, B), **DAYS[2]))
    (issue,) = site.issues()
    assert "· 2 tests ·" in issue["body"]
    assert issue["labels"] == []


@pytest.mark.parametrize("named", ["a pull request", "nothing"])
def test_what_is_no_issue_adopts_nothing_and_is_named(site, bot, named):
    number = site.open_pull() if named == "a pull request" else 999
    bot.settle(f"{site.settings}[tool.gardener.github.adopt]\nbridge-send-assertion = {number}\n")
    done = keep(bot, make_report(cause(A), **DAYS[1]))
    assert done.returncode == 0, done.stderr
    assert f"#{number}: not found, so it adopts nothing" in done.stdout
    assert len(site.issues()) == 1


def test_a_comment_links_issues_as_the_last_job_of_the_default_branch_left_them(
    site, bot, tmp_path
):
    kept = {"GARDENER_BOT_CACHE": str(tmp_path / "kept")}
    other = cause(B, message="another thing", symbol="app/b.py:g")
    keep(bot, make_report(cause(A), **DAYS[1]), **kept)
    pull = site.open_pull()

    def tell(*causes):
        site.asked.clear()
        report = bot.save(make_report(*causes, commit="a" * 40))
        done = bot.run("comment", report, event="pull_request", payload=pull_event(pull), **kept)
        assert done.returncode == 0, done.stderr
        (comment,) = site.comments(pull)
        return comment["body"], len([1 for _, path, _ in site.asked if "/issues?" in path])

    body, asked = tell(cause(A))
    assert ("| #1 |" in body, asked) == (True, 0)
    # One that it does not know is asked for: it may have come since.
    keep(bot, make_report(cause(A), other, **DAYS[2]))
    body, asked = tell(cause(A), other)
    assert ("| #1 |" in body, "| #3 |" in body, asked) == (True, True, 1)
    # What is damaged, or of another label, is asked for too.
    (page,) = (tmp_path / "kept").rglob("issues.json")
    whole = page.read_bytes()
    for damage in (b"", b"[]", b'["gardener","x"]', whole[:-5], whole.replace(b"gardener", b"x")):
        page.write_bytes(damage)
        body, _ = tell(cause(A), other)
        assert "| #1 |" in body
