"""`gardener comment` in a job of GitLab, against a server that answers as its documentation says."""

import pytest
from botcases import make_finding, make_report
from gitlab_server import HEAD, GitLab

from gardener.reports import store as reports

RED = make_report(make_finding(), commit=HEAD)
GREEN = make_report(passed=("tests/t.py::ok",), commit=HEAD)


@pytest.fixture
def site():
    server = GitLab()
    yield server
    server.shutdown()
    server.server_close()


def run(site, folder, report, *args, **env):
    reports.save(report, folder / "report.json")
    return site.job(folder, "comment", "report.json", *args, **env)


def test_one_note_is_written_edited_and_left_alone(site, tmp_path):
    site.notes.append(
        {"id": 1, "system": True, "author": {"username": "ada"}, "body": "added 1 commit"}
    )
    done = run(site, tmp_path, RED)
    assert done.returncode == 0, done.stderr
    _, note = site.notes
    assert note["body"].splitlines()[1] == "### 1 cause of unknown origin"
    assert run(site, tmp_path, RED).returncode == 0
    assert site.writes == []
    assert run(site, tmp_path, GREEN).returncode == 0
    assert "all green" in site.notes[1]["body"]
    assert len(site.notes) == 2


def test_a_merge_request_that_was_never_red_gets_no_note(site, tmp_path):
    assert run(site, tmp_path, GREEN).returncode == 0
    assert site.notes == []


def test_a_note_that_quotes_ours_is_left_alone(site, tmp_path):
    run(site, tmp_path, RED)
    quote = {**site.notes[0], "id": 9, "body": "> " + site.notes[0]["body"]}
    site.notes.append(quote)
    run(site, tmp_path, GREEN)
    assert site.notes[1] == quote


def test_settings_are_those_of_the_default_branch(site, tmp_path):
    site.settings = '[[tool.gardener.impact]]\ntext = "Nobody can log in."\n'
    (tmp_path / "pyproject.toml").write_text('[[tool.gardener.impact]]\ntext = "Theirs."\n')
    run(site, tmp_path, RED)
    assert "Nobody can log in." in site.notes[0]["body"]


def test_a_late_job_does_not_overwrite_a_newer_head(site, tmp_path):
    done = run(site, tmp_path, RED, CI_COMMIT_SHA="d" * 40)
    assert "is at cccccccccc now" in done.stderr
    assert site.notes == []


@pytest.mark.parametrize(
    ("env", "code", "said"),
    [
        ({"GITLAB_TOKEN": ""}, 2, "GITLAB_TOKEN is not set"),
        ({"GITLAB_TOKEN": "wrong"}, 2, "does not accept the token"),
        ({"CI_MERGE_REQUEST_IID": ""}, 2, "Which merge request?"),
        ({"CI_MERGE_REQUEST_IID": "4"}, 1, "could not be written"),
        ({"CI_SERVER_URL": "http://127.0.0.1:9"}, 1, "could not be written"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(site, tmp_path, env, code, said):
    done = run(site, tmp_path, RED, **env)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
