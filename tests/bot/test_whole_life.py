"""A whole life: a pull request, its comment, the merge, the issues, and a fork, on real runs."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_comment_site import pull_event, run_event
from test_text import HOSTILE, assert_harmless

from gardener.reports import store as reports
from gardener.setup import workflows
from gardener.setup.hook_entries import Source

FILES = {
    "pyproject.toml": "[tool.gardener.github]\nwrite-pause = 0\n",
    ".gitignore": "__pycache__/\n",
    "app/__init__.py": "",
    "app/wire.py": "def encode(kind):\n    return kind.value\n\n\ndef total(sizes):\n    return sum(sizes)\n",
    "tests/test_wire.py": (
        "import enum\n\nfrom app.wire import encode, total\n\n\n"
        "class Kind(enum.Enum):\n    TEXT = 'text'\n    PING = 'ping'\n\n\n"
        "def test_text():\n    assert encode(Kind.TEXT) == 'text'\n\n\n"
        "def test_ping():\n    assert encode(Kind.PING) == 'ping'\n\n\n"
        "def test_total():\n    assert total([1, 2]) == 3\n"
    ),
    "conftest.py": "",
}
MODEL = (
    "from pydantic import BaseModel\n\n\nclass Message(BaseModel):\n    text: str\n\n"
    "    class Config:\n        frozen = True\n"
)
MODEL_TEST = "from app.model import Message\n\n\ndef test_message():\n    assert Message(text='a').text == 'a'\n"
BREAK_ENCODE = ("return kind.value", "return str(kind)")
BREAK_TOTAL = ("return sum(sizes)", "return sum(sizes) + 1")


class Project:
    """A real git repository with a real suite, and its runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            self.write(name, text)
        self.git("init", "-q", "-b", "main")
        self.commit()

    def git(self, *args: str) -> str:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        return subprocess.run(
            ["git", *identity, *args], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        text = (self.folder / name).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.write(name, text)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "change")

    def run(self, name: str) -> Path:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "gardener", "run", "--all"),
                *("--python", sys.executable, "--report", str(self.folder.parent / name)),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode in {0, 1}, done.stderr
        return self.folder.parent / name

    def show(self, site, head: str, number: int) -> None:
        """Let the site know the files of the pull request, as git tells them."""
        site.files[number] = []
        for name in self.git("diff", "--name-only", "main...HEAD").splitlines():
            diff = self.git("diff", "-U3", "main...HEAD", "--", name)
            patch = diff[diff.index("@@") :].rstrip("\n") if "@@" in diff else ""
            site.files[number].append({"filename": name, "status": "modified", "patch": patch})
            site.contents[(head, name)] = (self.folder / name).read_bytes()


@pytest.fixture
def project(tmp_path):
    (tmp_path / "chat").mkdir()
    return Project(tmp_path / "chat")


def apply_suggestions(project, review) -> None:
    """What a click on each suggestion does: whole lines replaced."""
    for one in sorted(review["comments"], key=lambda c: -c["line"]):
        path = project.folder / one["path"]
        lines = path.read_text().split("\n")
        code = re.search(
            r"^(`{3,})suggestion\n(?:(.*?)\n)?\1$", one["body"], re.DOTALL | re.MULTILINE
        )
        assert code, one["body"]
        start = one.get("start_line", one["line"])
        lines[start - 1 : one["line"]] = (code[2] or "").split("\n") if code[2] else []
        path.write_text("\n".join(lines))


def names(body: str) -> list[str]:
    return re.findall(r"^\| \S+\s[\w-]+ \| `([^`]+)`", body, re.MULTILINE)


def push_event() -> dict:
    return {"repository": {"default_branch": "main"}}


@pytest.mark.slow
def test_a_whole_life(site, bot, project):
    base = project.run("base.json")

    # A red pull request: two causes, and a deprecation that a codemod mends.
    project.git("checkout", "-qb", "feature")
    project.edit("app/wire.py", BREAK_ENCODE, BREAK_TOTAL)
    project.write("app/model.py", MODEL)
    project.write("tests/test_model.py", MODEL_TEST)
    project.commit()
    head = site.commit()
    number = site.open_pull(head=head)
    project.show(site, head, number)

    def tell(name):
        payload = run_event(site.repository, head)
        options = ("--base-report", base, "--check-run", "--suggest")
        done = bot.run(
            "comment", project.run(name), *options, event="workflow_run", payload=payload
        )
        assert done.returncode == 0, done.stderr
        return site.comments(number)[0]

    red = tell("red.json")
    assert red["body"].splitlines()[1] == "### 2 regressions"
    assert "3 failing tests → 2 causes (of 4 tests that ran)." in red["body"]
    assert len(names(red["body"])) == 2
    assert_harmless(red["body"].replace("[Full report](https://github.example/run/5)", ""))
    (check,) = site.ask("GET", f"/commits/{head}/check-runs")["check_runs"]
    assert check["conclusion"] == "failure"
    (review,) = site.reviews
    assert {c["path"] for c in review["comments"]} == {"app/model.py"}

    # A push mends half of it; the comment is edited in place, nothing is suggested twice.
    project.edit("app/wire.py", BREAK_ENCODE[::-1])
    project.commit()
    head = site.commit()
    site.pulls[number]["sha"] = head
    project.show(site, head, number)
    half = tell("half.json")
    assert half["id"] == red["id"]
    assert half["body"].splitlines()[1] == "### 1 regression"
    assert len(site.comments(number)) == 1
    assert len(site.reviews) == 1

    # One click each: the file is mended, the tests still pass, the warning is gone.
    apply_suggestions(project, review)
    assert "ConfigDict(frozen=True)" in (project.folder / "app/model.py").read_text()
    project.commit()
    head = site.commit()
    site.pulls[number]["sha"] = head
    project.show(site, head, number)
    clicked = tell("clicked.json")
    assert "deprecation" not in clicked["body"]
    assert len(site.reviews) == 1

    # It is merged with one cause left; the default branch's run opens one issue, once.
    site.ask("PUT", f"/pulls/{number}/merge", {})
    site.pulls[number]["state"] = "closed"
    project.git("checkout", "-q", "main")
    project.git("merge", "-q", "feature")

    def keep(name):
        site.asked.clear()
        options = {"event": "push", "payload": push_event(), "GITHUB_REF_NAME": "main"}
        done = bot.run("issues", project.run(name), "--base-report", base, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert keep("merged.json").startswith("create  [BUG] failing-test-regression-")
    (issue,) = site.issues()
    assert "- [ ] `tests/test_wire.py::test_total`" in issue["body"]
    assert keep("merged-again.json") == "nothing to do\n"
    assert site.writes == []

    # A fix closes it, the same cause opens it again.
    project.edit("app/wire.py", BREAK_TOTAL[::-1])
    project.commit()
    assert keep("fixed.json").startswith("close   #")
    project.edit("app/wire.py", BREAK_TOTAL)
    project.commit()
    assert keep("broken.json").startswith("reopen  #")

    # A stranger's pull request, through the two workflows.
    fork_number, fork_head, main = the_fork(site, bot, project, base)

    # The final state.
    (issue,) = site.issues()
    assert (issue["state"], issue["state_reason"]) == ("open", "reopened")
    assert [label["name"] for label in issue["labels"]][-1] == "gardener"
    assert issue["comments"] == 2
    assert len(site.comments(number)) == 1
    (theirs,) = site.comments(fork_number)
    assert f"Head `{fork_head[:10]}` compared with base `{main[:10]}`." in theirs["body"]
    assert theirs["body"].splitlines()[1] == "### 1 new failure"
    assert theirs["user"]["login"] == "github-actions[bot]"
    assert_harmless(theirs["body"].replace("[Full report](https://github.example/run/5)", ""))


def the_fork(site, bot, project, base):
    """Play both workflows' own shell steps for a pull request of a fork with a hostile report."""
    source = Source("", "test-gardener==0")
    check = yaml.safe_load(workflows.check_text(project.folder, source))
    report = yaml.safe_load(workflows.report_text(source))
    project.git("checkout", "-qb", "patch-1")
    project.git("update-ref", "refs/remotes/origin/main", "main")
    words = HOSTILE["details"] + HOSTILE["mention"] + "\n" + HOSTILE["forged-marker"]
    project.write("tests/test_evil.py", f"def test_evil():\n    assert False, {words!r}\n")
    project.commit()

    script = next(s["run"] for s in check["jobs"]["test"]["steps"] if s["name"] == "Run the tests")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=project.folder,
        env={**clean, "PATH": path, "BASE": "main"},
    )
    assert done.returncode == 1

    # What the first workflow uploads; the base's own run left its report likewise.
    head = site.commit()
    number = site.open_pull("patch-1", head, repository="mallory/chat")
    site.files[number] = []
    site.learn(project, head)
    main = project.git("rev-parse", "main").strip()
    site.add_run(main, packed(base))
    fork: dict[str, Any] = {
        "event": "pull_request",
        "head_branch": "patch-1",
        "conclusion": "failure",
    }
    fork["head_repository"] = {"full_name": "mallory/chat"}
    run = site.add_run(head, packed(project.folder / "gardener-report.json"), **fork)
    payload = run_event("mallory/chat", head, "patch-1", id=run, workflow_id=7)

    workspace = bot.folder / "workspace"  # there is no checkout
    workspace.mkdir()
    (bot.folder / "fork.json").write_text(json.dumps(payload))
    environment = {
        **clean,
        "PATH": path,
        "GITHUB_API_URL": site.url,
        "GITHUB_REPOSITORY": site.repository,
        "GITHUB_TOKEN": "ghs_actions",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(bot.folder / "fork.json"),
        "NO_PROXY": "*",
    }
    site.asked.clear()
    for job in ("pull-request", "default-branch"):
        scripts = [
            step["run"]
            for step in report["jobs"][job]["steps"]
            if "run" in step and "GARDENER" not in step.get("env", {})
        ]
        assert len(scripts) == 1
        told = subprocess.run(
            ["bash", "-e", "-c", scripts[0]],
            cwd=workspace,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stderr
    # Even without the workflow's own condition a fork's run touches no issue.
    assert "only a run of the default branch" in told.stdout
    assert not [path for method, path in site.writes if re.search(r"/issues(/\d+)?$", path)]
    assert reports.load(project.folder / "gardener-report.json").failures
    return number, head, main


def packed(path: Path) -> bytes:
    """A file as the action that uploads artifacts packs it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "gardener-report.json")
    return data.getvalue()


def test_the_pull_request_event_of_the_same_life(site, bot):
    """The same comment is found whether the event is the pull request's or the run's."""
    from test_comment_site import RED

    number = site.open_pull()
    bot.run("comment", bot.save(RED), event="pull_request", payload=pull_event(number))
    bot.run("comment", bot.save(RED), event="workflow_run", payload=run_event(site.repository))
    assert len(site.comments(number)) == 1
