"""A focus on WebSockets is proposed on an import of an API for them, and on nothing less."""

import os
import pty
import subprocess
import sys

import pytest

from gardener.config import load
from gardener.setup.websocket_imports import websocket_imports


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


EVIDENCE = {
    "a library": ("import websockets.sync.client\n", 1),
    "a name of a framework": ("import os\nfrom fastapi import Depends, WebSocket as W\n", 2),
    "a module of a framework": ("from starlette.websockets import WebSocket\n", 1),
    "a submodule by from": ("from starlette import websockets\n", 1),
    "an attribute": ("from aiohttp import web\n\nasync def f():\n    web.WebSocketResponse()\n", 1),
    "within a function": ("def f():\n    import socketio\n", 2),
}
NOTHING = {
    "a parameter": "def f(channels, websocket=None):\n    return channels\n",
    "a word": "# websocket\nWEBSOCKET_URL = 'ws://x'\n",
    "a framework without": "from fastapi import FastAPI\n",
    "a module of it without": "from aiohttp import web\n\nweb.Response()\n",
    "a relative import": "from . import channels\nfrom .websockets import x\n",
    "no Python": "import websockets (\n",
}


@pytest.mark.parametrize(("source", "line"), EVIDENCE.values(), ids=EVIDENCE)
def test_an_import_is_evidence(repo, source, line):
    (repo / "app.py").write_text(source)
    (evidence,) = websocket_imports(repo)
    assert str(evidence).startswith(f"app.py:{line}: ")


@pytest.mark.parametrize("source", NOTHING.values(), ids=NOTHING)
def test_less_is_none(repo, source):
    (repo / "websocket_notes.py").write_text(source)
    assert websocket_imports(repo) == []


def test_a_module_of_the_projects_own_is_none(repo):
    (repo / "channels").mkdir()
    (repo / "channels/__init__.py").write_text("")
    (repo / "app.py").write_text("import channels\nfrom channels import x\n")
    assert websocket_imports(repo) == []


SOURCE = ("--repo", "https://example.org/gardener", "--rev", "v1")


def init(repo, *args):
    return subprocess.run(
        [sys.executable, "-m", "gardener", "init", *SOURCE, *args],
        cwd=repo,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def chat(repo):
    (repo / "app.py").write_text("from fastapi import WebSocket\n")
    (repo / "test_app.py").write_text("from app import WebSocket\n\ndef test_ws():\n    pass\n")
    return repo


def test_the_evidence_and_the_tests_of_the_focus_are_shown(chat):
    done = init(chat)
    assert "app.py:1: from fastapi import WebSocket" in done.stderr
    assert "the focus `websocket` has 1 test" in done.stderr
    assert "\n  test_app.py" in done.stderr
    assert load(chat).hook.focus == "websocket"


@pytest.mark.parametrize("focus", ["", "websocket"])
def test_the_focus_can_be_given(chat, focus):
    done = init(chat, "--focus", focus)
    assert done.returncode == 0
    assert load(chat).hook.focus == focus
    assert "test_app.py" not in done.stderr


def test_a_focus_that_is_not_there_is_refused(chat):
    done = init(chat, "--focus", "websockt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `websocket`" in done.stderr
    assert not (chat / "pyproject.toml").exists()


@pytest.mark.parametrize(
    ("typed", "focus", "hooks", "workflows"),
    [
        ("both\ny\n", "websocket", True, True),
        ("hooks\nn\n", "", True, False),
        ("ci\n\n", "", False, True),
    ],
)
def test_on_a_terminal_it_asks(chat, typed, focus, hooks, workflows):
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gardener", "init", *SOURCE],
        cwd=chat,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    os.write(main, typed.encode())
    process.communicate(timeout=60)
    assert process.returncode == 0
    os.close(main)
    assert load(chat).hook.focus == focus
    assert (chat / ".pre-commit-config.yaml").exists() is hooks
    assert (chat / ".github/workflows/gardener-check.yml").exists() is workflows


def test_one_part_alone(repo):
    subprocess.run(
        ["git", "remote", "add", "origin", "https://git.example.org/x"], cwd=repo, check=True
    )
    done = init(repo, "--part", "ci")
    assert "wrote   .github/workflows/gardener-check.yml" in done.stdout
    assert "pre-commit" not in done.stdout
    assert "install the git hooks" not in done.stderr.lower()
    done = init(repo, "--part", "hooks")
    assert "wrote   .pre-commit-config.yaml" in done.stdout
    assert "workflows" not in done.stdout


def test_what_is_left_to_do_is_said(repo):
    (repo / "requirements-test.txt").write_text("pytest\n")
    (repo / ".github/workflows").mkdir(parents=True)
    (repo / ".github/workflows/e2e.yml").write_text("on: push\njobs: {a: {steps: [{run: tox}]}}\n")
    (repo / ".github/workflows/ci.yml").write_text(
        "on: push\njobs: {a: {steps: [{run: pytest}]}}\n"
    )
    said = init(repo).stderr
    for part in (
        "Left to do:",
        "  1. Look at how .github/workflows/gardener-check.yml installs the project:",
        "python -m pip install -r requirements-test.txt",
        "ci.yml and e2e.yml run tests too: compare their steps.",
        "Commit .github/gardener-requirements.txt, .github/workflows/gardener-check.yml, ",
        "pre-commit install --hook-type pre-commit --hook-type pre-push",
        "its first run is what pull requests are compared with",
        "Make the check `gardener` required",
    ):
        assert part in said, said
