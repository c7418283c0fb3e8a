"""`gardener comment` as a process, against a GitHub on loopback."""

import re
import threading
import time

import pytest
from botcases import make_finding, make_report

HEAD, OLD = "c" * 40, "d" * 40
RED = make_report(make_finding(), commit=HEAD)
GREEN = make_report(passed=("tests/t.py::ok",), commit=HEAD)


def pull_event(number, head=HEAD, repository="", branch="feature"):
    side = {"sha": head, "ref": branch, "repo": {"full_name": repository}}
    return {
        "pull_request": {"number": number, "head": side, "base": {"sha": "e" * 40, "ref": "main"}},
        "repository": {"default_branch": "main"},
    }


def run_event(repository, head=HEAD, branch="feature", trigger="pull_request", **more):
    return {
        "workflow_run": {
            "id": 5,
            "event": trigger,
            "head_sha": head,
            "head_branch": branch,
            "head_repository": {"full_name": repository},
            "html_url": "https://github.example/run/5",
            "run_attempt": 1,
            "conclusion": "failure",
            "pull_requests": [],
            **more,
        },
        "repository": {"default_branch": "main"},
    }


def test_one_comment_is_written_edited_and_left_alone(site, bot):
    number = site.open_pull()
    event = {"event": "pull_request", "payload": pull_event(number)}
    done = bot.run("comment", bot.save(RED), **event)
    assert done.returncode == 0, done.stderr
    (first,) = site.comments(number)
    assert "### 1 cause of unknown origin" in first["body"]
    assert bot.summary().strip() == first["body"].strip()

    site.asked.clear()
    assert bot.run("comment", bot.save(RED), **event).returncode == 0
    assert site.writes == []
    assert len(site.asked) <= 4  # the pull request, its comments, the settings, the issues

    assert bot.run("comment", bot.save(GREEN), **event).returncode == 0
    (last,) = site.comments(number)
    assert last["id"] == first["id"]
    assert last["body"].splitlines()[1:] == [
        "**gardener:** all green at `cccccccccc`, 1 test passed."
    ]


def test_a_pull_request_that_was_never_red_gets_no_comment(site, bot):
    number = site.open_pull()
    bot.run("comment", bot.save(GREEN), event="pull_request", payload=pull_event(number))
    assert site.comments(number) == []


def test_as_many_requests_with_the_token_of_a_user_and_a_checkout(site, bot):
    number = site.open_pull()
    bot.check_out()
    bot.settle('[tool.gardener.github]\nauthor = "nobody"\n')  # nobody asks for it
    bot.run("comment", bot.save(RED), "--pr", number, token="tok_octo")
    site.asked.clear()
    done = bot.run("comment", bot.save(RED), "--pr", number, token="tok_octo")
    assert "says this already" in done.stderr
    assert len(site.asked) == 4  # the user instead of the settings


def test_a_forged_marker_of_another_author_is_left_alone(site, bot):
    number = site.open_pull()
    forged = '<!-- gardener:comment {"head":"","red":true} -->\nowned'
    site.ask("POST", f"/issues/{number}/comments", {"body": forged}, token="tok_mallory")
    bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    theirs, ours = site.comments(number)
    assert theirs["body"] == forged
    assert ours["user"]["login"] == "github-actions[bot]"


def test_a_second_comment_of_ours_is_deleted_and_the_lowest_id_kept(site, bot):
    number = site.open_pull()
    event = {"event": "pull_request", "payload": pull_event(number)}
    bot.run("comment", bot.save(RED), **event)
    (first,) = site.comments(number)
    site.ask("POST", f"/issues/{number}/comments", {"body": first["body"]}, token="ghs_actions")
    bot.run("comment", bot.save(RED), **event)
    assert [c["id"] for c in site.comments(number)] == [first["id"]]


def test_two_jobs_at_once_leave_one_comment(site, bot):
    number = site.open_pull()
    # Both jobs ask for the comments before either gets them, so both find none.
    site.fail("GET", "/comments$", together=threading.Barrier(2), times=2)
    event = {"event": "pull_request", "payload": pull_event(number)}
    told = [
        threading.Thread(target=one.run, args=("comment", one.save(RED)), kwargs=event)
        for one in (bot, bot.beside())
    ]
    for job in told:
        job.start()
    for job in told:
        job.join()
    assert [method for method, _ in site.writes].count("POST") == 2
    assert len(site.comments(number)) == 1


def test_github_enterprise_is_spoken_under_its_prefix(site, bot):
    number = site.open_pull()
    site.prefix = "/api/v3"
    event = {"event": "pull_request", "payload": pull_event(number)}
    done = bot.run("comment", bot.save(RED), **event)
    assert done.returncode == 0, done.stderr
    assert len(site.comments(number)) == 1


def test_ours_is_found_behind_a_hundred_others(site, bot):
    number = site.open_pull()
    for n in range(105):
        site.ask("POST", f"/issues/{number}/comments", {"body": f"talk {n}"})
    event = {"event": "pull_request", "payload": pull_event(number)}
    bot.run("comment", bot.save(RED), **event)
    site.asked.clear()
    bot.run("comment", bot.save(RED), **event)
    assert site.writes == []


def test_a_late_job_does_not_overwrite_a_newer_head(site, bot):
    number = site.open_pull(head=HEAD)
    done = bot.run(
        "comment", bot.save(RED), event="pull_request", payload=pull_event(number, head=OLD)
    )
    assert done.returncode == 0
    assert "is at cccccccccc now" in done.stderr
    assert site.writes == []
    done = bot.run("comment", bot.save(make_report(make_finding(), commit=OLD)), "--pr", number)
    assert site.writes == []


def test_a_quiet_pull_request_is_left_alone(site, bot):
    number = site.open_pull()
    site.ask("POST", f"/issues/{number}/labels", {"labels": ["gardener:quiet"]})
    done = bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    assert "labelled gardener:quiet" in done.stderr
    assert site.writes == []


@pytest.mark.parametrize("fork", ["mallory/chat", ""])
def test_the_pull_request_of_a_workflow_run_is_found_by_its_head(site, bot, fork):
    repository = fork or site.repository
    number = site.open_pull(repository=repository)
    site.open_pull("other", "b" * 40)
    done = bot.run("comment", bot.save(RED), event="workflow_run", payload=run_event(repository))
    assert done.returncode == 0, done.stderr
    assert len(site.comments(number)) == 1


def test_a_fork_branch_of_the_same_name_in_another_fork_is_not_taken(site, bot):
    number = site.open_pull(repository="eve/chat")
    done = bot.run(
        "comment", bot.save(RED), event="workflow_run", payload=run_event("mallory/chat")
    )
    assert "no open pull request" in done.stderr
    assert site.comments(number) == []


def test_a_run_whose_branch_is_not_told_is_found_by_its_commit(site, bot):
    number = site.open_pull()
    payload = run_event(site.repository, branch=None)
    bot.run("comment", bot.save(RED), event="workflow_run", payload=payload)
    assert len(site.comments(number)) == 1


def test_what_a_report_of_a_fork_claims_is_not_believed(site, bot):
    number = site.open_pull(repository="mallory/chat")
    claims = make_report(passed=("t.py::x",), commit="0" * 40, attempt=999, branch="main")
    bot.run("comment", bot.save(claims), event="workflow_run", payload=run_event("mallory/chat"))
    (ours,) = site.comments(number)
    assert "### the run failed, but its report names no failing test" in ours["body"]
    assert "Head `cccccccccc`" in ours["body"]
    assert "999" not in ours["body"]


def test_a_run_of_a_push_has_no_pull_request(site, bot):
    payload = run_event(site.repository, trigger="push")
    done = bot.run("comment", bot.save(RED), event="workflow_run", payload=payload)
    assert (done.returncode, site.asked) == (0, [])


def test_without_the_right_to_comment_there_are_annotations_and_the_summary(site, bot):
    number = site.open_pull()
    message = "Resource not accessible by integration"
    site.fail("POST", "/comments$", status=403, message=message)
    done = bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    assert done.returncode == 0
    assert "no right to comment" in done.stderr
    assert "### 1 cause" in bot.summary()
    (line,) = done.stdout.splitlines()
    assert re.match(
        r"::warning file=app/ws.py,line=12,title=failing-test-unknown-P2-.*::Assert", line
    )


def test_the_comment_links_the_open_issue_of_a_cause(site, bot):
    main = make_report(make_finding(), branch="main")
    done = bot.run(
        "issues",
        bot.save(main),
        event="push",
        payload={"repository": {"default_branch": "main"}},
        GITHUB_REF_NAME="main",
    )
    assert done.returncode == 0, done.stderr
    (issue,) = site.issues()
    number = site.open_pull()
    bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    (ours,) = site.comments(number)
    assert f"| #{issue['number']} |" in ours["body"]


# --- the check run


def test_a_check_run_fails_only_for_what_counts(site, bot):
    base = make_report(passed=make_finding().tests, commit="b" * 40)
    head = site.commit()
    number = site.open_pull(head=head)
    event = {"event": "pull_request", "payload": pull_event(number, head)}
    args = ("--check-run", "--base-report", bot.save(base, "base.json"))
    assert bot.run("comment", bot.save(RED), *args, **event).returncode == 0
    (run,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert (run["name"], run["conclusion"]) == ("gardener", "failure")
    assert run["output"]["annotations_count"] == 1
    site.asked.clear()
    assert bot.run("comment", bot.save(RED), *args, **event).returncode == 0
    assert site.writes == []
    # Without a base nobody knows: it does not fail, and does not pass either.
    assert bot.run("comment", bot.save(RED), "--check-run", **event).returncode == 0
    last = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert [r["conclusion"] for r in last] == ["neutral"]


def test_more_than_fifty_annotations_take_more_calls(site, bot):
    from msgspec.structs import replace

    from gardener.model import Frame

    one = make_finding(tests=tuple(f"t.py::t{n}" for n in range(120)))
    frames = (Frame("app/x.py", n + 1, "f", "project") for n in range(120))
    failures = tuple(
        replace(f, frames=(frame,), type=f"E{n}", message=f"m{n}")
        for n, (f, frame) in enumerate(zip(one.failures, frames, strict=True))
    )
    report = make_report(replace(one, failures=failures), commit=HEAD)
    head = site.commit()
    number = site.open_pull(head=head)
    payload = pull_event(number, head)
    done = bot.run(
        "comment", bot.save(report), "--check-run", event="pull_request", payload=payload
    )
    assert done.returncode == 0, done.stderr
    sent = [b["output"]["annotations"] for m, p, b in site.asked if "check-runs" in p and b]
    assert [len(s) for s in sent] == [50, 50, 20]


@pytest.mark.parametrize(
    ("settings", "conclusion"),
    [
        ('fail-on = ["unknown"]', "failure"),
        ('fail-on = ["regression"]', "neutral"),
        ("fail-on = []", "neutral"),
    ],
)
def test_what_fails_the_check_is_a_setting(site, bot, settings, conclusion):
    bot.settle(f"{site.settings}{settings}\n")
    head = site.commit()
    event = {"event": "pull_request", "payload": pull_event(site.open_pull(head=head), head)}
    bot.run("comment", bot.save(RED), "--check-run", **event)
    (run,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert run["conclusion"] == conclusion


def test_a_green_run_passes_the_check_and_writes_no_comment(site, bot):
    head = site.commit()
    number = site.open_pull(head=head)
    event = {"event": "pull_request", "payload": pull_event(number, head)}
    bot.run("comment", bot.save(GREEN), "--check-run", **event)
    (run,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert (run["conclusion"], run["output"]["title"]) == ("success", "all green")
    assert site.comments(number) == []


@pytest.mark.parametrize("event", ["merge_group", "workflow_run"])
def test_in_the_merge_queue_there_is_a_check_run_and_no_comment(site, bot, event):
    head = site.commit()
    payload = {"merge_group": {"head_sha": head, "base_sha": "e" * 40}}
    if event == "workflow_run":
        payload = run_event(site.repository, head, "gh-readonly-queue/main/pr-1", "merge_group")
    done = bot.run("comment", bot.save(RED), "--check-run", event=event, payload=payload)
    assert done.returncode == 0, done.stderr
    (run,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert run["conclusion"] == "neutral"
    assert all("/comments" not in path for _, path, _ in site.asked)


# --- suggestions

BEFORE = b"""import datetime

def now():
    x = 1
    return datetime.datetime.utcnow()
"""


def utc_report():
    from gardener.model import WarningCount

    warned = WarningCount(
        "DeprecationWarning",
        "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version.",
        "app/clock.py",
        5,
        3,
    )
    return make_report(make_finding(), commit=HEAD, warnings=(warned,))


def test_one_click_fixes_only_for_lines_of_the_diff_and_never_twice(site, bot):
    number = site.open_pull()
    site.contents[(HEAD, "app/clock.py")] = BEFORE
    site.contents[(HEAD, "app/other.py")] = BEFORE
    diff = "@@ -3,2 +3,3 @@ def now():\n def now():\n+    x = 1\n     return datetime.datetime.utcnow()"
    site.files[number] = [
        {"filename": "app/clock.py", "status": "modified", "patch": diff},
        {"filename": "app/other.py", "status": "modified", "patch": "@@ -1,2 +1,2 @@\n-a\n+b\n c"},
        {"filename": "image.png", "status": "added"},
    ]
    event = {"event": "pull_request", "payload": pull_event(number)}
    done = bot.run("comment", bot.save(utc_report()), "--suggest", **event)
    assert done.returncode == 0, done.stderr
    (review,) = site.reviews
    assert (review["event"], review["commit_id"]) == ("COMMENT", HEAD)
    (one,) = review["comments"]
    assert (one["path"], one["line"], one["side"]) == ("app/clock.py", 5, "RIGHT")
    assert "```suggestion\n    return datetime.datetime.now(" in one["body"]
    done = bot.run("comment", bot.save(utc_report()), "--suggest", **event)
    assert len(site.reviews) == 1


# --- faults


def test_an_error_after_the_comment_was_written_does_not_write_it_twice(site, bot):
    number = site.open_pull()
    event = {"event": "pull_request", "payload": pull_event(number)}
    site.fail("POST", "/comments$", status=502, after=True)
    assert bot.run("comment", bot.save(RED), **event).returncode == 0
    assert len(site.comments(number)) == 1


@pytest.mark.parametrize(
    "how",
    [
        {"status": 502},
        {"status": 500},
        {"cut": True},
        {"cut": True, "after": True},
        {"delay": 6, "cut": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_passing_fault_is_outlived_with_one_comment(site, bot, method, how):
    number = site.open_pull()
    event = {"event": "pull_request", "payload": pull_event(number)}
    if "delay" in how:
        bot.settle(site.settings.replace("timeout = 60", "timeout = 5"))
    site.fail(method, "/comments$", **how)
    done = bot.run("comment", bot.save(RED), **event)
    assert done.returncode == 0, done.stderr
    assert len(site.comments(number)) == 1


def test_a_write_that_takes_effect_after_we_gave_up_is_gone_after_the_next_run(site, bot):
    number = site.open_pull()
    event = {"event": "pull_request", "payload": pull_event(number)}
    bot.settle(site.settings.replace("timeout = 60", "timeout = 5"))
    site.fail("POST", "/comments$", delay=9)
    bot.run("comment", bot.save(RED), **event)
    until = time.monotonic() + 60
    while len(site.comments(number)) < 2 and time.monotonic() < until:
        time.sleep(0.2)
    bot.run("comment", bot.save(RED), **event)
    assert len(site.comments(number)) == 1


def test_a_lasting_fault_is_said_with_exit_code_1(site, bot):
    number = site.open_pull()
    site.fail("POST", "/comments$", status=502, times=9)
    done = bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    assert done.returncode == 1
    assert "the comment could not be written" in done.stderr
    assert "502" in done.stderr
    assert len([w for w in site.writes if w[0] == "POST"]) == 2


def test_an_answer_that_ends_half_way_is_asked_for_again(site, bot):
    number = site.open_pull()
    event = {"event": "pull_request", "payload": pull_event(number)}
    bot.run("comment", bot.save(RED), **event)
    site.fail("GET", "/comments$", half=True)
    done = bot.run("comment", bot.save(RED), **event)
    assert done.returncode == 0, done.stderr
    assert len(site.comments(number)) == 1


LIMITS = {
    "primary": ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "NOW+1"}, 403),
    "secondary": ({"Retry-After": "1"}, 403),
    "too-many": ({"Retry-After": "1"}, 429),
}


@pytest.mark.parametrize(("headers", "status"), LIMITS.values(), ids=LIMITS)
def test_a_short_rate_limit_is_waited_for(site, bot, headers, status):
    number = site.open_pull()
    headers = {k: str(int(time.time()) + 2) if v == "NOW+1" else v for k, v in headers.items()}
    message = "API rate limit exceeded for installation ID 1."
    site.fail("POST", "/comments$", status=status, headers=headers, message=message)
    done = bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    assert done.returncode == 0, done.stderr
    assert "rate limit: waiting" in done.stderr
    assert len(site.comments(number)) == 1


@pytest.mark.parametrize(
    ("headers", "message", "kind"),
    [
        (
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"},
            "API rate limit exceeded",
            "primary",
        ),
        ({}, "You have exceeded a secondary rate limit", "secondary"),
        ({"Retry-After": "3600"}, "slow down", "secondary"),
    ],
)
def test_a_long_rate_limit_is_told_and_not_slept_through(site, bot, headers, message, kind):
    number = site.open_pull()
    site.fail("POST", "/comments$", status=403, headers=headers, message=message, times=9)
    done = bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    assert done.returncode == 1
    assert f"the {kind} rate limit asks for" in done.stderr
    assert len([w for w in site.writes if w[0] == "POST"]) == 1


def test_a_refused_comment_is_said(site, bot):
    number = site.open_pull()
    site.fail("POST", "/comments$", status=422, message="Validation Failed")
    done = bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    assert (done.returncode, "422 Validation Failed" in done.stderr) == (1, True)


# --- wrong usage: one sentence, exit code 2


@pytest.mark.parametrize(
    ("args", "extra", "said"),
    [
        (("--pr", "1"), {"token": ""}, "GITHUB_TOKEN is not set"),
        (("--pr", "999"), {}, "There is no pull request #999"),
        ((), {}, "Which pull request?"),
        (("--pr", "1"), {"GITHUB_REPOSITORY": "nonsense"}, "not OWNER/NAME"),
        (("--pr", "1"), {"GITHUB_EVENT_PATH": "nowhere.json"}, "nowhere.json cannot be read"),
    ],
)
def test_wrong_usage_is_one_sentence(site, bot, args, extra, said):
    done = bot.run("comment", bot.save(RED), *args, **extra)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_token_that_is_not_accepted_is_said(site, bot):
    site.fail("GET", "/pulls/1$", status=401, message="Bad credentials")
    done = bot.run("comment", bot.save(RED), "--pr", "1")
    assert done.returncode == 2
    assert "does not accept the token: Bad credentials" in done.stderr


def test_an_event_that_is_not_github_s_is_said(site, bot):
    (bot.folder / "bad.json").write_text("[" * 50_000)
    done = bot.run("comment", bot.save(RED), "--pr", "1", GITHUB_EVENT_PATH="bad.json")
    assert done.returncode == 2
    assert "holds no event of GitHub" in done.stderr
