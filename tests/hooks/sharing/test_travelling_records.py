"""What one clone recorded is of use in another one: by a folder, a web server, and S3."""

import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from functools import partial
from pathlib import Path

import pytest
from recording_python import lent_environment

from gardener.cli import main

FILES = {
    ".gitignore": ".venv/\n__pycache__/\n.pytest_cache/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    # No graph can tell which of the two a test calls.
    "app.py": "def one():\n    return 1\n\ndef two():\n    return 2\n\nBOTH = [one, two]\n",
    "test_app.py": "import app\n\ndef test_one(): assert app.BOTH[int('0')]()\n\n"
    "def test_two(): assert app.BOTH[int('1')]()\n",
}


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def clones(tmp_path, monkeypatch):
    """A repository that recorded its tests on its default branch, and a clone with a change."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI")):
            monkeypatch.delenv(name)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    for name, text in FILES.items():
        (first / name).write_text(text)
    git(first, "init", "-q", "-b", "main")
    git(first, "add", "-A")
    git(first, "commit", "-qm", "all")
    git(tmp_path, "clone", "-q", str(first), str(second))
    for clone in (first, second):
        lent_environment(clone / ".venv")
    (second / "app.py").write_text(FILES["app.py"].replace("return 1", "return 11"))
    monkeypatch.chdir(first)
    assert main(["run", "--all", "--quiet"]) == 0
    return first, second


def share(clones, monkeypatch, url):
    """Push from the first clone and pull into the second one."""
    first, second = clones
    monkeypatch.chdir(first)
    assert main(["record", "push", url]) == 0
    assert main(["record", "push", url]) == 0  # once more is no harm
    monkeypatch.chdir(second)
    return main(["record", "pull", url])


def impacted(capsys):
    capsys.readouterr()
    assert main(["impacted"]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.slow
def test_a_folder_carries_a_record_to_another_clone(clones, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(clones[1])
    assert impacted(capsys) != ["test_app.py::test_one"]
    remote = tmp_path / "remote"
    assert share(clones, monkeypatch, str(remote)) == 0
    told = capsys.readouterr()
    assert "pushed: 20" in told.out
    assert "is there already: 20" in told.out
    assert f"pulled: 2 tests of commit {head(clones[0])[:12]}" in told.out
    assert told.err.count("gardener: ") == told.err.count("gardener: Running") == 0
    [record] = remote.glob("*.record")
    assert json.loads((remote / "index.json").read_bytes())["records"] == [record.name]
    assert str(tmp_path).encode() not in record.read_bytes()
    assert impacted(capsys) == ["test_app.py::test_one"]
    # Nothing of it is asked of the first clone.
    shutil.rmtree(clones[0])
    assert impacted(capsys) == ["test_app.py::test_one"]
    # What is run here is recorded beside what came.
    assert main(["run", "--worktree", "-q"]) == 0
    assert impacted(capsys) == []
    assert main(["record", "show"]) == 0
    assert "2 tests of 2 runs" in capsys.readouterr().out


def head(root):
    return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True).strip()


def test_a_record_is_pulled_by_itself_where_there_is_none(clones, tmp_path, monkeypatch, capsys):
    first, second = clones
    monkeypatch.chdir(first)
    assert main(["record", "push", str(tmp_path / "remote")]) == 0
    monkeypatch.chdir(second)
    (second / "pyproject.toml").write_text('[tool.gardener.record]\nremote = "../remote"\n')
    git(second, "add", "pyproject.toml")
    git(second, "commit", "-qm", "remote", "pyproject.toml")
    assert impacted(capsys) == ["test_app.py::test_one"]
    # Once: then the remote is not asked again.
    shutil.rmtree(tmp_path / "remote")
    assert impacted(capsys) == ["test_app.py::test_one"]
    # One that cannot be used is said, and changes nothing.
    (tmp_path / "remote").mkdir()
    (tmp_path / "remote" / f"20261129T000000-{head(first)[:12]}-{'0' * 16}.record").write_bytes(
        b"?"
    )
    shutil.rmtree(second / ".git" / "gardener")
    capsys.readouterr()
    assert main(["impacted"]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("gardener: The record was left out: it is no record of gardener.")
    assert told.out.splitlines() != ["test_app.py::test_one"]
    assert main(["impacted"]) == 0
    assert capsys.readouterr().err == ""


def test_another_interpreter_is_refused_with_a_word(clones, tmp_path, monkeypatch, capsys):
    _, second = clones
    site = second / ".venv" / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    (site / "more-1.0.dist-info").mkdir()
    assert share(clones, monkeypatch, str(tmp_path / "remote")) == 0
    said = capsys.readouterr().err
    assert "gardener: the environment is another one here (more-1.0 was installed)." in said
    settings = second / ".venv" / "pyvenv.cfg"
    lines = settings.read_text().splitlines()
    settings.write_text(
        "\n".join(n if not n.startswith("version") else "version = 3.7.1" for n in lines)
    )
    assert main(["record", "pull", str(tmp_path / "remote")]) == 2
    said = capsys.readouterr().err
    assert "The record was left out: it is of CPython 3." in said
    assert "is CPython 3.7." in said


class Storing(http.server.SimpleHTTPRequestHandler):
    """A web server that takes files by PUT, with the conditions of RFC 9110, for who may."""

    lock = threading.Lock()

    def do_PUT(self):
        if self.headers.get("Authorization") != "Bearer of-the-team":
            self.send_error(401)
            return
        path = Path(self.translate_path(self.path))
        if "webdav" in path.parts and not path.parent.exists():
            self.send_error(409)  # as RFC 4918 has it
            return
        data = self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            if self.headers.get("If-None-Match") == "*" and path.exists():
                self.send_error(412)
                return
            if self.headers.get("If-Match") not in (None, self.tag_of(path)):
                self.send_error(412)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.send_response(201)
        self.end_headers()

    def tag_of(self, path):
        return f'"{hash(path.read_bytes())}"' if path.is_file() else ""

    def end_headers(self):
        path = Path(self.translate_path(self.path))
        if self.command == "GET" and path.is_file():
            self.send_header("ETag", self.tag_of(path))
        super().end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def web(tmp_path):
    folder = tmp_path / "web"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Storing, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/team/record"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_web_server_carries_a_record(clones, web, monkeypatch, capsys):
    monkeypatch.chdir(clones[0])
    assert main(["record", "push", web]) == 2
    assert "answers 401 to PUT" in capsys.readouterr().err
    monkeypatch.setenv("GARDENER_RECORD_TOKEN", "of-the-team")
    assert main(["record", "push", web.replace("team", "webdav")]) == 2
    assert ".record answers 409 to PUT." in capsys.readouterr().err
    assert share(clones, monkeypatch, web) == 0
    assert impacted(capsys) == ["test_app.py::test_one"]
    monkeypatch.setenv("GARDENER_RECORD_TOKEN", "wrong")
    assert main(["record", "pull", web]) == 0
    assert main(["record", "pull", web.replace("team", "nobody")]) == 2
    assert "The record was left out: there is none at the remote yet." in capsys.readouterr().err


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of moto's S3 server, which is started for it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()
                break
            time.sleep(0.1)
        for name, text in {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, text)
        request = urllib.request.Request(f"{url}/team", method="PUT")
        urllib.request.urlopen(request, timeout=20).close()
        yield "s3://team/records/main"
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the drivers
def test_s3_carries_a_record(clones, bucket, monkeypatch, capsys):
    assert share(clones, monkeypatch, bucket) == 0
    assert impacted(capsys) == ["test_app.py::test_one"]
    assert main(["record", "pull", "s3://nobody/records"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("gardener: The record was left out: "), said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_shards_are_merged_and_only_what_is_left_of_a_record_is_shown(
    clones, tmp_path, monkeypatch, capsys
):
    _, second = clones
    monkeypatch.chdir(second)
    git(second, "checkout", "-q", "--", ".")
    parts = []
    for name in ("test_one", "test_two"):
        shutil.rmtree(second / ".git" / "gardener", ignore_errors=True)
        assert main(["run", "-q", f"test_app.py::{name}"]) == 0
        parts.append(str(tmp_path / f"{name}.record"))
        assert main(["record", "push", parts[-1]]) == 0
    whole = tmp_path / "all.record"
    assert main(["record", "merge", *parts, parts[0], "-o", str(whole)]) == 0
    assert main(["record", "merge", *parts[::-1], "-o", str(tmp_path / "again.record")]) == 0
    assert (tmp_path / "again.record").read_bytes() == whole.read_bytes()
    shutil.rmtree(second / ".git" / "gardener")
    assert main(["record", "pull", str(whole)]) == 0
    (second / "app.py").write_text(FILES["app.py"].replace("return 1", "return 11"))
    assert impacted(capsys) == ["test_app.py::test_one"]
    assert main(["record", "show", str(whole)]) == 0
    assert "2 tests of 2 runs" in capsys.readouterr().out
    whole.write_bytes(whole.read_bytes()[:-20])
    assert main(["record", "merge", str(whole), parts[0], "-o", str(tmp_path / "no.record")]) == 2
    assert f"The records were not merged: {whole}: it is cut off." in capsys.readouterr().err
    assert not (tmp_path / "no.record").exists()


GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "main"}


@pytest.mark.parametrize(
    ("environment", "branch", "reason"),
    [
        ({}, "main", ""),
        ({}, "feature", "the branch is feature, and the default one is main"),
        ({}, "", "HEAD is on no branch"),
        (GITHUB | {"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}, "", ""),
        (GITHUB | {"GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/main"}, "", ""),
        (GITHUB | {"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/x"}, "main", "refs/heads/x"),
        (GITHUB | {"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/main"}, "main", "refs/tags"),
        (GITHUB | {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/1/merge"}, "main", "pull"),
        # These run with the branch of the base, for a change of whoever.
        (GITHUB | {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_REF": "refs/heads/main"}, "main", "pull"),
        (GITHUB | {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF": "refs/heads/main"}, "main", "workflow_run"),
        (GITHUB, "main", "without a name"),
        (GITLAB | {"CI_COMMIT_BRANCH": "main"}, "", ""),
        (GITLAB | {"CI_COMMIT_BRANCH": "feature"}, "main", "the run is of feature"),
        (GITLAB | {"CI_COMMIT_BRANCH": "main", "CI_MERGE_REQUEST_IID": "3"}, "main", "merge request"),
        (GITLAB, "main", "the run is of no branch"),
    ],
)  # fmt: skip
def test_only_a_run_of_the_default_branch_may_write(tmp_path, environment, branch, reason):
    from gardener.hooks.sharing.publishing import why_not_published

    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-qm", "empty", "--allow-empty")
    if branch != "main":
        git(tmp_path, "checkout", "-q", *(["-b", branch] if branch else ["--detach"]))
    event = tmp_path / "event.json"
    event.write_text('{"repository": {"default_branch": "main"}}')
    said = why_not_published(tmp_path, {"GITHUB_EVENT_PATH": str(event), **environment})
    assert (reason in said) if reason else said == "", said


def test_a_push_of_a_branch_needs_a_word(clones, tmp_path, monkeypatch, capsys):
    first, _ = clones
    monkeypatch.chdir(first)
    git(first, "checkout", "-q", "-b", "feature")
    remote = str(tmp_path / "remote")
    assert main(["record", "push", remote]) == 2
    said = capsys.readouterr().err
    assert "The record was not pushed: the branch is feature, and the default one is main." in said
    assert not Path(remote).exists()
    assert main(["record", "push", remote, "--any-branch"]) == 0
    assert main(["record", "push"]) == 2
    assert "No remote is named" in capsys.readouterr().err


def test_old_records_at_a_remote_go():
    from gardener.hooks.sharing.sharing import COMMITS_KEPT, outdated

    names = [
        f"202611{day:02}T000000-{day:012x}-{'a' * 16}.record"
        for day in range(10, 10 + COMMITS_KEPT + 3)
    ]
    shards = [name.replace("a" * 16, "b" * 16) for name in names]
    assert sorted(outdated([*names, *shards, "notes.record"])) == sorted([*names[:3], *shards[:3]])
