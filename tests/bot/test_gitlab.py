"""`gardener comment` in a job of GitLab, against a server that answers as its documentation says."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from botcases import make_finding, make_report

from gardener.reports import store as reports

HEAD = "c" * 40
RED = make_report(make_finding(), commit=HEAD)
GREEN = make_report(passed=("tests/t.py::ok",), commit=HEAD)
NOTES = "/api/v4/projects/7/merge_requests/3/notes"


class Handler(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *_):
        pass

    def handle_any(self):
        site = self.server
        path = unquote(urlsplit(self.path).path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        site.asked.append((self.command, path))
        if self.headers.get("PRIVATE-TOKEN") != "glpat-x":
            return self.reply(401, {"message": "401 Unauthorized"})
        if path == "/api/v4/user":
            return self.reply(200, {"id": 1, "username": "project_7_bot"})
        if path == "/api/v4/projects/7/merge_requests/3":
            return self.reply(200, {"id": 30, "iid": 3, "project_id": 7, "sha": HEAD})
        if path == "/api/v4/projects/7/repository/files/pyproject.toml/raw":
            return self.reply(200 if site.settings else 404, site.settings or {"message": "404"})
        number = int(path.rpartition("/")[2]) if path.startswith(f"{NOTES}/") else 0
        if path == NOTES and self.command == "GET":
            return self.reply(200, site.notes)
        if path == NOTES:
            note = {"id": len(site.notes) + 1, "author": {"username": "project_7_bot"}}
            site.notes.append({**note, "system": False, "body": body["body"]})
            return self.reply(201, site.notes[-1])
        if number and self.command == "PUT":
            (note,) = (n for n in site.notes if n["id"] == number)
            note["body"] = body["body"]
            return self.reply(200, note)
        if number and self.command == "DELETE":
            site.notes[:] = [n for n in site.notes if n["id"] != number]
            return self.reply(204, None)
        return self.reply(404, {"message": "404 Not found"})

    def reply(self, status, data):
        content = data.encode() if isinstance(data, str) else json.dumps(data).encode()
        self.send_response(status)
        kind = "text/plain" if isinstance(data, str) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if status != 204 else 0))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any


@pytest.fixture
def site():
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.notes, server.settings = [], [], ""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(site, folder, report, *args, **env):
    reports.save(report, folder / "report.json")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI"))}
    here = {
        "GITLAB_CI": "true",
        "GITLAB_TOKEN": "glpat-x",
        "CI_SERVER_URL": f"http://127.0.0.1:{site.server_address[1]}",
        "CI_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "3",
        "CI_COMMIT_SHA": HEAD,
        "CI_DEFAULT_BRANCH": "main",
        "NO_PROXY": "*",
    }
    site.asked.clear()
    command = [sys.executable, "-m", "gardener", "comment", "report.json", *args]
    return subprocess.run(
        command, cwd=folder, env={**clean, **here, **env}, capture_output=True, text=True
    )


def writes(site):
    return [each for each in site.asked if each[0] != "GET"]


def test_one_note_is_written_edited_and_left_alone(site, tmp_path):
    site.notes.append(
        {"id": 1, "system": True, "author": {"username": "ada"}, "body": "added 1 commit"}
    )
    done = run(site, tmp_path, RED)
    assert done.returncode == 0, done.stderr
    _, note = site.notes
    assert note["body"].splitlines()[1] == "### 1 cause of unknown origin"
    assert run(site, tmp_path, RED).returncode == 0
    assert writes(site) == []
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
