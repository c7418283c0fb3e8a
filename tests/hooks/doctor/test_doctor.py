"""`gardener doctor` in real repositories: what it sees, and what it says to do."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from gardener.hooks.doctor.check import Verdict
from gardener.hooks.doctor.surroundings import check_token, check_workflows

from gardener import __version__
from gardener.cli import main

HOOKS = """\
repos:
- repo: https://example.org/other
  rev: v9
  hooks:
  - id: other
- repo: https://example.org/gardener
  rev: REV
  hooks:
  - id: gardener-run
"""


@pytest.fixture
def repo(tmp_path, monkeypatch):
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "test_a.py").write_text("def test_a():\n    pass\n")
    git(root, "add", "-A")
    git(root, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one")
    monkeypatch.chdir(root)
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return root


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True)


def told(capsys, *words: str) -> tuple[int, dict[str, tuple[str, str]], str]:
    """The exit code, verdict and text by subject, and all that was printed."""
    code = main(["doctor", "--python", sys.executable, *words])
    text = capsys.readouterr().out
    rows = re.findall(r"^(ok|todo|-) +(\w+(?: hooks)?) +(.*)$", text, re.MULTILINE)
    return code, {subject: (verdict, seen) for verdict, subject, seen in rows}, text


def test_a_new_repository(repo, capsys):
    code, seen, text = told(capsys)
    assert code == 1
    assert {subject: verdict for subject, (verdict, _) in seen.items()} == {
        "Python": "ok",
        "plugins": "ok",
        "pytest": "-",
        "settings": "-",
        "git": "ok",
        "hooks": "-",
        "record": "todo",
        "focus": "todo",
        "workflow": "-",
        "token": "-",
    }
    assert "with pytest" in seen["Python"][1] and "(--python)" in seen["Python"][1]
    assert "pytest-xdist" in seen["plugins"][1]
    assert "-> `gardener run` records all tests" in text
    assert not (repo / ".git/gardener/logs").exists()  # it looks, and runs nothing


def test_a_repository_that_is_set_up(repo, capsys):
    settings = "[tool.pytest.ini_options]\ntestpaths = ['.']\n[tool.gardener.hook]\nfocus = ''\n"
    (repo / "pyproject.toml").write_text(settings)
    (repo / ".pre-commit-config.yaml").write_text(HOOKS.replace("REV", f"v{__version__}"))
    for stage in ("pre-commit", "pre-push"):
        (repo / ".git/hooks").mkdir(exist_ok=True)
        (repo / ".git/hooks" / stage).write_text("#!/bin/sh\nexec prek hook-impl\n")
    assert main(["run", "--python", sys.executable]) == 0
    capsys.readouterr()
    code, seen, _ = told(capsys)
    assert code == 0, seen
    assert seen["record"] == ("ok", "1 test, the newest today")
    assert seen["pytest"][1] == "settings at the top; testpaths: ."
    assert seen["hooks"][1] == f".pre-commit-config.yaml: v{__version__}"
    assert seen["git hooks"] == ("ok", "installed: pre-commit, pre-push")
    assert seen["focus"][0] == "ok" and "none" in seen["focus"][1]


def test_hooks_that_are_configured_and_not_installed(repo, capsys):
    (repo / ".pre-commit-config.yaml").write_text(HOOKS.replace("REV", "v0.0.1"))
    code, seen, text = told(capsys)
    assert code == 1
    assert seen["git hooks"] == ("todo", "git does not run pre-commit and pre-push hooks here")
    assert "-> prek install --hook-type pre-commit" in text
    assert seen["hooks"][0] == "-" and "rev v0.0.1" in seen["hooks"][1]
    assert "autoupdate" in text


def test_what_is_wrong_is_named_and_the_rest_goes_on(repo, capsys):
    (repo / "pyproject.toml").write_text("[tool.gardener]\nfail-onn = []\n")
    (repo / ".git/gardener").mkdir()
    (repo / ".git/gardener/record.sqlite").write_bytes(b"nonsense" * 200)
    assert main(["doctor", "--python", "no/such/python"]) == 1
    text = capsys.readouterr().out
    assert "did you mean `fail-on`?" in text and "no/such/python" in text
    assert "it is damaged, or of an earlier gardener" in text
    assert "Traceback" not in text and "token" in text


def test_a_record_of_a_newer_gardener(repo, capsys):
    (repo / ".git/gardener").mkdir()
    base = sqlite3.connect(repo / ".git/gardener/record.sqlite")
    base.execute("pragma user_version = 999")
    base.close()
    _, seen, text = told(capsys)
    assert seen["record"][0] == "todo" and "-> upgrade gardener" in text


def test_a_shallow_clone(repo, capsys, monkeypatch):
    (repo / "b").write_text("")
    git(repo, "add", "-A")
    git(repo, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "two")
    git(repo.parent, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    monkeypatch.chdir(repo.parent / "shallow")
    _, seen, text = told(capsys)
    assert seen["git"][0] == "todo" and "git fetch --unshallow" in text


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (
            "jobs:\n  a:\n    permissions:\n      pull-requests: write\n    x: gardener comment r\n",
            Verdict.OK,
        ),
        (
            "jobs:\n  a:\n    permissions:\n      contents: read\n    x: gardener comment r\n",
            Verdict.TODO,
        ),
        ("permissions: write-all\njobs:\n  a:\n    x: gardener issues r\n", Verdict.OK),
        ("permissions: {}\njobs:\n  a:\n    x: gardener issues r\n", Verdict.TODO),
        ("jobs:\n  a:\n    x: gardener issues r\n", Verdict.OK),
        ("jobs: [\n# gardener comment\n", Verdict.OK),
        ("permissions: {}\njobs:\n  a:\n    x: gardener comment r --summary\n", Verdict.OK),
        ("permissions: {}\njobs:\n  a:\n    x: gardener issues r --dry-run\n", Verdict.OK),
    ],
)
def test_permissions_of_a_workflow(tmp_path, text, verdict):
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "check.yml").write_text(text)
    (folder / "other.yml").write_text("jobs: {}\n")
    (check,) = check_workflows(tmp_path)
    assert check.verdict is verdict, check
    assert "check.yml" in check.state


@pytest.mark.parametrize("shards", [(), ("--shards", "3")], ids=["plain", "shards"])
def test_what_init_writes_is_well(repo, capsys, shards):
    words = [
        "--repo",
        "https://example.org/gardener",
        "--rev",
        "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334",
    ]
    assert main(["init", "--yes", *words, *shards]) == 0
    capsys.readouterr()
    checks = list(check_workflows(repo))
    assert len(checks) == 2
    assert {check.verdict for check in checks} == {Verdict.OK}, checks
    _, seen, _ = told(capsys)
    assert seen["hooks"] == ("ok", ".pre-commit-config.yaml: commit 0f1e2d3c4b")


class Site(BaseHTTPRequestHandler):
    """As much of GitHub as answers for a repository."""

    def do_GET(self):
        token = self.headers["Authorization"].removeprefix("Bearer ")
        status = {"good": 200, "classic": 200, "old": 401}.get(token, 404)
        self.send_response(status)
        if token == "classic":
            self.send_header("X-OAuth-Scopes", "repo, workflow")
        self.end_headers()
        self.wfile.write(json.dumps({"permissions": {"pull": True, "push": False}}).encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("token", "verdict", "seen"),
    [
        ("good", Verdict.OK, "GITHUB_TOKEN can read o/r; rights: pull"),
        ("classic", Verdict.OK, "GITHUB_TOKEN can read o/r; rights: repo, workflow"),
        ("old", Verdict.TODO, "GITHUB_TOKEN cannot read o/r: it is not valid"),
        ("other", Verdict.TODO, "GITHUB_TOKEN cannot read o/r: it does not see it"),
    ],
)
def test_the_rights_of_a_token(repo, site, token, verdict, seen):
    git(repo, "remote", "add", "origin", "git@github.com:o/r.git")
    check = check_token(repo, {"GITHUB_TOKEN": token, "GITHUB_API_URL": site})
    assert (check.verdict, check.state) == (verdict, seen)
    assert bool(check.remedy) is (verdict is Verdict.TODO)


@pytest.mark.parametrize("url", ["http://example.org", "file:///etc/passwd", "http://127.0.0.1:1"])
def test_what_cannot_be_asked_is_told(repo, url):
    environment = {"GH_TOKEN": "x", "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "o/r"}
    check = check_token(repo, {**os.environ, **environment})
    assert check.verdict is Verdict.NOTE and "could not be asked" in check.state
