"""The example's causes, as gardener tells them from a real run, are those that are known."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = json.loads((EXAMPLES / "expected.json").read_text())


def gardener(root: Path, *args: str, code: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gardener", *args], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    """A repository with the example, and the report of a run of its whole suite."""
    root = tmp_path_factory.mktemp("example") / "chat"
    shutil.copytree(EXAMPLES / "chat", root, ignore=shutil.ignore_patterns("__pycache__", ".p*"))
    git = ("git", "-c", "user.name=T", "-c", "user.email=t@example.org")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    report = ["--python", sys.executable, "--report", "../run.json"]
    gardener(root, "run", "--all", *report, code=1)
    return root


@pytest.fixture(scope="module")
def shown(chat):
    return json.loads(gardener(chat, "report", "../run.json", "--format", "json", code=0))


def test_the_causes_are_the_known_ones(shown):
    found = {(f["category"], tuple(sorted(f["tests"]))) for f in shown["findings"]}
    assert found == {(c["category"], tuple(sorted(c["tests"]))) for c in EXPECTED["causes"]}


def test_every_warning_is_counted_in_its_category(shown):
    counts: dict[str, int] = {}
    for deprecation in EXPECTED["deprecations"]:
        if sys.version_info >= tuple(deprecation.get("since_python", [3])):
            category = deprecation["category"]
            counts[category] = counts.get(category, 0) + deprecation["count"]
    found: dict[str, int] = {}
    for warning in shown["warnings"]:
        slug = warning["finding"].partition("-P3-")[2]
        found[slug] = found.get(slug, 0) + warning["count"]
    assert found == counts


def test_the_hook_takes_the_focus_of_the_example(chat):
    (chat / "chat/connections.py").write_text((chat / "chat/connections.py").read_text() + "\n")
    out = "../focus.json"
    options = ["--focus", "websocket", "--level", "unit", "--python", sys.executable]
    said = gardener(chat, "run", *options, "--report", out, code=0)
    assert "13 failures in 4 causes were there before." in said
    report = json.loads((chat / out).read_text())
    files = {result["nodeid"].partition("::")[0] for result in report["results"]}
    assert sorted(files) == EXPECTED["focus_websocket_unit"]


def test_fix_leaves_no_deprecation_and_no_new_failure(chat):
    gardener(chat, "fix", "chat", "tests", code=1)
    gardener(chat, "fix", "--check", "chat", "tests", code=0)
    gardener(chat, "run", "--all", "--python", sys.executable, "--report", "../fixed.json", code=0)
    after = json.loads(gardener(chat, "report", "../fixed.json", "--format", "json", code=0))
    assert after["warnings"] == []
    assert len(after["findings"]) == len(EXPECTED["causes"])
    before = json.loads((chat / "../run.json").read_text())["results"]
    results = json.loads((chat / "../fixed.json").read_text())["results"]
    assert [(r["nodeid"], r["outcome"]) for r in results] == [
        (r["nodeid"], r["outcome"]) for r in before
    ]
