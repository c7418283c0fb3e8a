"""`gardener issues` in a job of GitLab: the plan of GitHub's, on the API that GitLab documents."""

import json

import pytest
from botcases import make_finding, make_report
from gitlab_server import HEAD, PROJECT, GitLab

from gardener.reports import store as reports

BRANCH = {"CI_MERGE_REQUEST_IID": None, "CI_COMMIT_BRANCH": "main"}
RED = make_report(make_finding(), commit=HEAD, created="2026-11-22T10:00:00Z")
TESTS = make_finding().tests
ISSUES = f"{PROJECT}/issues"


@pytest.fixture
def site():
    server = GitLab()
    yield server
    server.shutdown()
    server.server_close()


def run(site, folder, report, *args, **env):
    reports.save(report, folder / "report.json")
    return site.job(folder, "issues", "report.json", *args, **{**BRANCH, **env})


def green(day):
    return make_report(passed=TESTS, commit=f"{day}" * 20, created=f"2026-11-{day}T10:00:00Z")


def test_a_cause_lives_from_opened_to_closed_to_reopened(site, tmp_path):
    done = run(site, tmp_path, RED)
    assert done.returncode == 0, done.stderr
    (issue,) = site.issues
    assert "bridge-send-assertion" in issue["title"]
    assert "gardener" in issue["labels"]
    assert issue["description"].startswith("<!-- gardener:issue ")
    assert run(site, tmp_path, RED).returncode == 0
    assert site.writes == []
    done = run(site, tmp_path, green(23))
    assert issue["state"] == "closed", done.stderr
    assert site.comments[-1][0] == 1
    red = make_report(make_finding(), commit="e" * 40, created="2026-11-24T10:00:00Z")
    done = run(site, tmp_path, red)
    assert issue["state"] == "opened", done.stderr
    assert "it failed again after it was closed" in issue["description"]
    assert len(site.issues) == 1


def test_the_ledger_and_the_note_link_the_issue(site, tmp_path):
    run(site, tmp_path, RED, "--ledger", "issues.json")
    (kept,) = json.loads((tmp_path / "issues.json").read_bytes())["issues"]
    assert kept["url"] == "https://gitlab.example/octo/chat/-/issues/1"
    assert kept["done"] == "created"
    assert site.job(tmp_path, "comment", "report.json").returncode == 0
    assert "#1" in site.notes[0]["body"]


@pytest.mark.parametrize(
    "env", [{"CI_COMMIT_BRANCH": "feature"}, {"CI_MERGE_REQUEST_IID": "3"}, {"CI_COMMIT_TAG": "v1"}]
)
def test_only_a_pipeline_of_the_default_branch_keeps_issues(site, tmp_path, env):
    if "CI_COMMIT_TAG" in env:
        env = {**env, "CI_COMMIT_BRANCH": None}
    done = run(site, tmp_path, RED, **env)
    assert done.returncode == 0
    assert "only a pipeline of the default branch" in done.stdout
    assert site.asked == []


@pytest.mark.parametrize(("level", "adopts"), [(30, True), (20, False), (0, False)])
def test_an_issue_of_a_member_adopts_causes(site, tmp_path, level, adopts):
    ada = {"id": 5, "username": "ada"}
    text = "All of it.\n\ngardener: bridge-send-assertion\n"
    site.open_issue("Serialization", text, "gardener", ada)
    if level:
        site.members[5] = {**ada, "access_level": level}
    done = run(site, tmp_path, RED)
    assert done.returncode == 0, done.stderr
    assert len(site.issues) == (1 if adopts else 2)
    assert ("### Causes" in site.issues[0]["description"]) is adopts


@pytest.mark.parametrize("number", [1, 5])
def test_an_issue_that_the_settings_number_adopts_without_a_label(site, tmp_path, number):
    site.open_issue("Serialization", "By hand.", "", {"id": 5, "username": "ada"})
    settings = f"[tool.gardener.github.adopt]\nbridge-send-assertion = {number}\n"
    (tmp_path / "pyproject.toml").write_text(settings)
    done = run(site, tmp_path, RED)
    assert done.returncode == 0, done.stderr
    if number == 1:
        (issue,) = site.issues
        assert "### Causes" in issue["description"]
        assert issue["labels"] == ["gardener"]
    else:
        assert "#5: not found, so it adopts nothing" in done.stdout
        assert len(site.issues) == 2


def test_an_answer_that_is_lost_opens_no_second_issue(site, tmp_path):
    site.faults.append(("POST", ISSUES, 502, True))
    done = run(site, tmp_path, RED)
    assert done.returncode == 0, done.stderr
    assert len(site.issues) == 1


def test_the_author_of_the_bot_on_github_is_nobody_on_gitlab(site, tmp_path):
    settings = '[tool.gardener.github]\nauthor = "my-app[bot]"\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    for _ in range(2):
        done = run(site, tmp_path, RED)
        assert done.returncode == 0, done.stderr
    assert len(site.issues) == 1


def test_a_refusal_is_said_and_the_others_are_written(site, tmp_path):
    site.faults.append(("POST", ISSUES, 403, False))
    both = make_report(make_finding(), make_finding("other-cause", ("tests/t.py::z",), message="z"))
    done = run(site, tmp_path, both)
    assert done.returncode == 1
    assert done.stderr.startswith("gardener: not done: create")
    assert len(site.issues) == 1


@pytest.mark.parametrize(
    ("env", "code", "said"),
    [
        ({"GITLAB_TOKEN": ""}, 2, "GITLAB_TOKEN is not set"),
        ({"GITLAB_TOKEN": "wrong"}, 2, "does not accept the token"),
        ({"CI_PROJECT_ID": "8"}, 1, "could not be written"),
        ({"CI_SERVER_URL": "http://127.0.0.1:9"}, 1, "GitLab"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(site, tmp_path, env, code, said):
    done = run(site, tmp_path, RED, **env)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_file_it_asks_which(site, tmp_path):
    done = site.job(tmp_path, "issues", **BRANCH)
    assert done.returncode == 2
    assert "name the FILE" in done.stderr
