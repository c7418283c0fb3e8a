"""The steps of the written workflows, played: what one run records narrows the next, shards or not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from recording_python import lent_environment

from gardener.setup import workflows
from gardener.setup.hook_entries import Source

FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "def one():\n    return 1\n\ndef two():\n    return 2\n\nBOTH = [one, two]\n",
    "test_one.py": "import app\n\ndef test_one(): assert app.BOTH[int('0')]()\n",
    "test_two.py": "import app\n\ndef test_two(): assert app.BOTH[int('1')]()\n",
}


class Runner:
    """A machine of GitHub's for one job: its own clone, home and outputs."""

    def __init__(self, folder: Path, origin: Path, workflow, event: str):
        self.home, self.clone = folder / "home", folder / "work"
        self.home.mkdir(parents=True)
        subprocess.run(["git", "clone", "-q", str(origin), str(self.clone)], check=True)
        self.workflow, self.outputs = workflow, folder / "output"
        payload = folder / "event.json"
        payload.write_text('{"repository": {"default_branch": "main"}}')
        ref = "refs/heads/main" if event == "push" else "refs/pull/1/merge"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")},
            "HOME": str(self.home),
            "PATH": os.pathsep.join(
                (f"{folder.parent}/venv/bin", str(Path(sys.executable).parent), os.environ["PATH"])
            ),
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_REF": ref,
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_OUTPUT": str(self.outputs),
        }
        self.said = ""

    @property
    def cache(self) -> Path:
        return self.home / ".cache" / "gardener.record"

    def play(self, job: str, event: str, **variables: str) -> int:
        """The scripts of a job that run on this event, and how the one with the tests ended."""
        ended = 0
        for step in self.workflow["jobs"][job]["steps"]:
            condition = step.get("if", "")
            skipped = event not in condition and "event_name" in condition
            if "matrix ==" in condition:
                skipped = '{"shard":[]}' not in self.outputs.read_text()
            if "run" not in step or "nstall" in step["name"] or skipped:
                continue
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=self.clone,
                env={**self.environment, **variables},
                capture_output=True,
                text=True,
            )
            self.said += done.stdout + done.stderr
            if done.returncode:
                assert step["name"].startswith("Run the tests"), self.said
                ended = done.returncode
        return ended

    def report(self):
        return json.loads((self.clone / "gardener-report.json").read_bytes())


@pytest.fixture
def origin(tmp_path):
    folder = tmp_path / "origin"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    lent_environment(tmp_path / "venv")
    return folder


def git(folder, *words):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def change(origin):
    """A branch on which one of the two functions is another, checked out for the next clones."""
    git(origin, "checkout", "-q", "-b", "change")
    (origin / "app.py").write_text(FILES["app.py"].replace("return 1", "return 11"))
    git(origin, "commit", "-qam", "one")


def nodeids(report):
    return [result["nodeid"] for result in report["results"]]


@pytest.mark.slow
def test_what_the_default_branch_recorded_narrows_a_pull_request(origin, tmp_path):
    workflow = yaml.safe_load(workflows.check_text(origin, Source("", "test-gardener==0")))
    first = Runner(tmp_path / "first", origin, workflow, "push")
    assert first.play("test", "push", BASE="") == 0
    assert nodeids(first.report()) == ["test_one.py::test_one", "test_two.py::test_two"]
    change(origin)
    second = Runner(tmp_path / "second", origin, workflow, "pull_request")
    second.cache.parent.mkdir()
    second.cache.write_bytes(first.cache.read_bytes())
    assert second.play("test", "pull_request", BASE="main") == 0
    assert nodeids(second.report()) == ["test_one.py::test_one"]
    # A pull request writes nothing.
    assert second.cache.read_bytes() == first.cache.read_bytes()


@pytest.mark.slow
def test_shards_run_everything_once_and_their_records_come_together(origin, tmp_path):
    workflow = yaml.safe_load(workflows.check_text(origin, Source("", "test-gardener==0"), 2))
    plan = Runner(tmp_path / "plan", origin, workflow, "push")
    plan.play("plan", "push", BASE="")
    assert plan.outputs.read_text() == 'matrix={"shard":["1/2","2/2"]}\n'
    merging = Runner(tmp_path / "merging", origin, workflow, "push")
    tests = []
    for index, shard in enumerate(["1/2", "2/2"]):
        runner = Runner(tmp_path / f"shard{index}", origin, workflow, "push")
        (runner.clone / "gardener-plan.json").write_bytes(
            (plan.clone / "gardener-plan.json").read_bytes()
        )
        assert runner.play("test", "push", BASE="", SHARD=shard, INDEX=str(index)) == 0
        tests += nodeids(runner.report())
        kept = merging.clone / f"gardener-report-1-{index}/gardener-report.json"
        kept.parent.mkdir()
        kept.write_bytes((runner.clone / "gardener-report.json").read_bytes())
        record = f"gardener-{index}.record"
        (merging.clone / record).write_bytes((runner.clone / record).read_bytes())
    assert sorted(tests) == ["test_one.py::test_one", "test_two.py::test_two"]
    merging.play("merge", "push")
    assert "2 tests of 2 runs" in merging.said
    assert sorted(nodeids(merging.report())) == sorted(tests)
    # Where nothing is affected, no shard runs.
    git(origin, "checkout", "-q", "-b", "nothing")
    (origin / "notes.md").write_text("words\n")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "notes")
    later = Runner(tmp_path / "later", origin, workflow, "pull_request")
    later.cache.parent.mkdir()
    later.cache.write_bytes(merging.cache.read_bytes())
    later.play("plan", "pull_request", BASE="main")
    assert later.outputs.read_text() == 'matrix={"shard":[]}\n'
    assert "pulled: 2 tests" in later.said
    # A run without any report is one that the bot takes for failed.
    assert nodeids(later.report()) == []
