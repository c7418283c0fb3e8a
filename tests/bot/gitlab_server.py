"""A GitLab on loopback that answers as its documentation of the REST API (v4) says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

HEAD = "c" * 40
ME = {"id": 1, "username": "project_7_bot"}
PROJECT = "/api/v4/projects/7"
NOTES = f"{PROJECT}/merge_requests/3/notes"
ISSUE_KEYS = {"title", "description", "labels", "state_event"}


class Handler(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *_):
        pass

    def handle_any(self):
        site = self.server
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        site.asked.append((self.command, path))
        if self.headers.get("PRIVATE-TOKEN") != "glpat-x":
            return self.reply(401, {"message": "401 Unauthorized"})
        if site.faults and site.faults[0][:2] == (self.command, path):
            *_, status, takes_effect = site.faults.pop(0)
            if takes_effect:
                self.answer(site, path, parse_qs(parts.query), body)
            return self.reply(status, {"message": "broken"})
        return self.reply(*self.answer(site, path, parse_qs(parts.query), body))

    def answer(self, site, path, query, body):
        if path == "/api/v4/user":
            return 200, ME
        if path == f"{PROJECT}/merge_requests/3":
            return 200, {"id": 30, "iid": 3, "project_id": 7, "sha": site.head}
        if path == f"{PROJECT}/repository/files/pyproject.toml/raw":
            return 200 if site.settings else 404, site.settings or {"message": "404"}
        if path.startswith(f"{PROJECT}/members/all/"):
            member = site.members.get(int(path.rpartition("/")[2]))
            return (200, member) if member else (404, {"message": "404 Not found"})
        if path.startswith(f"{PROJECT}/issues"):
            return self.issues(site, path.removeprefix(f"{PROJECT}/issues").strip("/"), query, body)
        return self.notes(site, path, body)

    def notes(self, site, path, body):
        number = int(path.rpartition("/")[2]) if path.startswith(f"{NOTES}/") else 0
        if path == NOTES and self.command == "GET":
            return 200, site.notes
        if path == NOTES:
            note = {"id": len(site.notes) + 1, "author": ME, "system": False, "body": body["body"]}
            site.notes.append(note)
            return 201, note
        if number and self.command == "PUT":
            (note,) = (n for n in site.notes if n["id"] == number)
            note["body"] = body["body"]
            return 200, note
        if number and self.command == "DELETE":
            site.notes[:] = [n for n in site.notes if n["id"] != number]
            return 204, None
        return 404, {"message": "404 Not found"}

    def issues(self, site, rest, query, body):
        if rest.endswith("/notes") and self.command == "POST":
            number = int(rest.partition("/")[0])
            site.comments.append((number, body["body"]))
            return 201, {"id": len(site.comments), "body": body["body"], "author": ME}
        if not rest and self.command == "GET":
            wanted = {*query.get("labels", [""])[0].split(",")}
            return 200, [i for i in site.issues if wanted <= {*i["labels"]}]
        if rest and self.command == "GET":
            one = [issue for issue in site.issues if issue["iid"] == int(rest)]
            return (200, one[0]) if one else (404, {"message": "404 Not found"})
        if set(body) - ISSUE_KEYS or not body:
            return 400, {"error": f"{set(body) - ISSUE_KEYS} is invalid"}
        if not rest and self.command == "POST":
            return 201, site.open_issue(**body)
        (issue,) = (i for i in site.issues if i["iid"] == int(rest))
        issue |= {key: body[key] for key in ("title", "description") if key in body}
        if "labels" in body:
            issue["labels"] = [*filter(None, body["labels"].split(","))]
        state = {"close": "closed", "reopen": "opened"}
        issue["state"] = state.get(body.get("state_event"), issue["state"])
        return 200, issue

    def reply(self, status, answer):
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        kind = "text/plain" if isinstance(answer, str) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if status != 204 else 0))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any


class GitLab(ThreadingHTTPServer):
    """One project with a merge request, its notes and its issues."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.faults: list[tuple[str, str, int, bool]] = []
        self.notes: list[dict] = []
        self.issues: list[dict] = []
        self.comments: list[tuple[int, str]] = []
        self.members: dict[int, dict] = {}
        self.settings, self.head = "", HEAD
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def writes(self):
        return [each for each in self.asked if each[0] != "GET"]

    def open_issue(self, title, description="", labels="", author=None, **_):
        number = len(self.issues) + 1
        issue = {"id": 100 + number, "iid": number, "title": title, "description": description}
        issue |= {"labels": labels.split(","), "state": "opened", "author": author or ME}
        self.issues.append(issue)
        return issue

    def environment(self, **changes) -> dict[str, str]:
        """What GitLab's runner sets in a job of the merge request; without `CI` of the outside."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI"))}
        here = {
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": "glpat-x",
            "CI_SERVER_URL": self.url,
            "CI_PROJECT_ID": "7",
            "CI_PROJECT_URL": "https://gitlab.example/octo/chat",
            "CI_MERGE_REQUEST_IID": "3",
            "CI_COMMIT_SHA": HEAD,
            "CI_DEFAULT_BRANCH": "main",
            "NO_PROXY": "*",
        }
        both = {**clean, **here, **changes}
        return {key: value for key, value in both.items() if value is not None}

    def job(self, folder, *words, **changes):
        """A command of gardener's in a job."""
        self.asked.clear()
        command = [sys.executable, "-m", "gardener", *words]
        env = self.environment(**changes)
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
