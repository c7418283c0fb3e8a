"""The `.gitlab-ci.yml` of the documentation, played job by job as GitLab's runner does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from gitlab_server import GitLab
from recording_python import lent_environment

TOP = Path(__file__).parents[2]
FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n.venv/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "pyproject.toml": '[[tool.gardener.impact]]\ntext = "Nobody can log in."\n',
    "app/login.py": "def allowed(name):\n    return name != 'mallory'\n",
    "tests/test_login.py": "from app.login import allowed\n\n"
    "def test_ada(): assert allowed('ada')\n\ndef test_mallory(): assert not allowed('mallory')\n",
}
BROKEN = "def allowed(name):\n    raise ValueError(f'who is {name}?')\n"
# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!/|\\./|\\.\\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def pipeline():
    """The file as the documentation shows it."""
    page = (TOP / "docs/bot.md").read_text()
    (text,) = re.findall(r"```yaml\n(stages: .*?)```", page, re.DOTALL)
    return text


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def holds(rule, env):
    """Whether a rule of the two forms that the file uses holds."""
    parts = re.fullmatch(r'\$(\w+) == ("[^"]*"|\$\w+)', rule["if"])
    assert parts, rule
    left, right = parts.groups()
    wanted = env.get(right[1:]) if right.startswith("$") else right.strip('"')
    return env.get(left) is not None and env.get(left) == wanted


class Runner:
    """GitLab's runner: each job in a clone of its own, with the artifacts of those it needs."""

    def __init__(self, folder, origin, site, commit, **env):
        self.folder, self.origin, self.commit = folder, origin, commit
        self.file = yaml.safe_load(pipeline())
        here = {"CI_COMMIT_SHA": commit, "CI_MERGE_REQUEST_IID": None, "GITLAB_TOKEN": None}
        self.env = site.environment(**here | env)
        self.env["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        self.kept, self.said = {}, ""

    def play(self):
        """All jobs; the exit codes of their scripts."""
        assert any(holds(rule, self.env) for rule in self.file["workflow"]["rules"])
        codes, failed = {}, False
        jobs = [job for job in self.file if "script" in self.file[job]]
        assert [self.file[job]["stage"] for job in jobs] == self.file["stages"]
        for job in jobs:
            if failed and self.file[job].get("when") != "always":
                continue
            codes[job] = self.job(job, self.file[job])
            failed |= codes[job] != 0
        return codes

    def job(self, name, job):
        clone = self.folder / name
        git(self.folder, "clone", "-q", str(self.origin), str(clone))
        git(clone, "checkout", "-q", "--detach", self.commit)
        lent_environment(clone / ".venv")
        for needed in job.get("needs", ()):
            for path in self.kept[needed]:
                shutil.copy(path, clone / path.name)
        env = dict(self.env)
        if "environment" in job:
            env["GITLAB_TOKEN"] = "glpat-x"
        code = self.shell(clone, env, job["script"])
        self.shell(clone, env, job.get("after_script", ()))
        artifacts = job.get("artifacts", {})
        names = [*artifacts.get("paths", ()), *artifacts.get("reports", {}).values()]
        self.kept[name] = [clone / each for each in names]
        assert all(path.is_file() for path in self.kept[name]), self.said
        return code

    def shell(self, clone, env, lines):
        """Lines in one shell that ends at the first that fails; what installs is there already."""
        script = "\n".join(line for line in lines if "install" not in line)
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=clone,
            env=env,
            capture_output=True,
            text=True,
        )
        self.said += done.stdout + done.stderr
        return done.returncode


@pytest.fixture
def site():
    server = GitLab()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def origin(tmp_path):
    """A project, and a branch of it that breaks what one function says."""
    root = tmp_path / "origin"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    git(root, "checkout", "-q", "-b", "change")
    (root / "app/login.py").write_text(BROKEN)
    git(root, "commit", "-qam", "break it")
    return root


def test_the_file_is_one_of_gitlab_s(tmp_path):
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(pipeline())
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
    command = [*check, "--data-transform", "gitlab-ci", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_merge_request_gets_its_note_and_its_reports(site, origin, tmp_path):
    site.head = git(origin, "rev-parse", "change")
    site.settings = FILES["pyproject.toml"]
    merge_request = {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "3",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(origin, "rev-parse", "main"),
    }
    runner = Runner(tmp_path, origin, site, site.head, **merge_request)
    assert runner.play() == {"test": 1, "tell": 0}, runner.said
    (note,) = site.notes
    assert "1 regression" in note["body"]
    assert "Nobody can log in." in note["body"]
    quality = json.loads((tmp_path / "test/codequality.json").read_bytes())
    jsonschema.validate(quality, QUALITY)
    (entry,) = quality
    assert entry["location"] == {"path": "app/login.py", "lines": {"begin": 2}}
    assert entry["description"].startswith("failing-test-regression-")
    assert site.issues == []


@pytest.mark.slow
def test_a_pipeline_of_the_default_branch_keeps_issues(site, origin, tmp_path):
    git(origin, "checkout", "-q", "main")
    git(origin, "merge", "-q", "change")
    branch = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}
    runner = Runner(tmp_path, origin, site, git(origin, "rev-parse", "main"), **branch)
    assert runner.play() == {"test": 1, "tell": 0}, runner.said
    (issue,) = site.issues
    assert "**2 tests failed with" in issue["description"]
    assert site.notes == []


def test_a_branch_without_a_merge_request_has_no_pipeline(site, origin, tmp_path):
    env = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "change"}
    runner = Runner(tmp_path, origin, site, "c" * 40, **env)
    assert not any(holds(rule, runner.env) for rule in runner.file["workflow"]["rules"])
