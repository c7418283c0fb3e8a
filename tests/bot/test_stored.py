"""What a version before the one that redacts reports stored on GitHub, and a run of today.

`stored/` holds, as that version wrote them, a report with a password in two of its three messages,
the issues that it opened for them, and its comment on a pull request.
"""

import json
from pathlib import Path

import pytest
from test_comment_site import pull_event
from test_issues_site import PUSH

STORED = Path(__file__).parent / "stored"
PASSWORD = "hunter2" + "hunter2"
BOT = "ghs_actions"


@pytest.fixture
def job(site, bot):
    """A repository with the issues of before, and the report of before in the job's folder."""
    for issue in json.loads((STORED / "issues.json").read_text()):
        site.ask("POST", "/issues", issue, token=BOT)
    (bot.folder / "report.json").write_bytes((STORED / "report.json").read_bytes())
    return bot


def on_main(job):
    return job.run("issues", "report.json", event="push", payload=PUSH, GITHUB_REF_NAME="main")


def numbers_and_states(site):
    return sorted((issue["number"], issue["state"]) for issue in site.issues())


def test_the_same_failures_open_no_issue_twice(site, job):
    done = on_main(job)
    assert done.returncode == 0, done.stderr
    assert "create" not in done.stdout
    assert numbers_and_states(site) == [(1, "open"), (2, "open")]
    site.asked.clear()
    assert "create" not in on_main(job).stdout
    assert site.writes == []


def test_a_later_run_knows_the_issue_of_before_and_says_no_secret(site, job):
    document = json.loads((STORED / "report.json").read_text())
    document |= {"created": "2026-11-21T10:00:00Z", "commit": "d" * 40}
    (more,) = (failure for failure in document["failures"] if "test_names" in failure["nodeid"])
    document["failures"].append(more | {"nodeid": "tests/test_db.py::test_names_again"})
    document["results"].append(
        {"nodeid": "tests/test_db.py::test_names_again", "outcome": "failed"}
    )
    (job.folder / "report.json").write_text(json.dumps(document))
    done = on_main(job)
    assert "1 more test failed" in done.stdout
    assert numbers_and_states(site) == [(1, "open"), (2, "open")]
    assert PASSWORD not in json.dumps(site.issues()) + done.stdout


def test_the_comment_of_before_is_the_one_comment_and_names_the_issue(site, job):
    number = site.open_pull()
    body = (STORED / "comment.md").read_text()
    written = site.ask("POST", f"/issues/{number}/comments", {"body": body}, token=BOT)
    document = json.loads((STORED / "report.json").read_text())
    job.run(
        "comment",
        "report.json",
        event="pull_request",
        payload=pull_event(number, document["commit"]),
    )
    (comment,) = site.comments(number)
    assert comment["id"] == written["id"]
    assert "| 1 | #1 |" in comment["body"]
    assert "| 1 | #2 |" in comment["body"]
    assert PASSWORD not in comment["body"]
