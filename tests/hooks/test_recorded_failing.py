"""A test that fails for long is not affected by every commit: it runs where the change reaches it."""

import subprocess

import pytest
from gardener.hooks.selection.selection import Request, select

from gardener.cli import main
from gardener.config import Config
from gardener.model import Mode

APP = "LIMIT = 1\n\ndef one():\n    return LIMIT\n\ndef two():\n    return 2\n\ndef unused():\n    return one()\n"
FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": APP,
    "test_app.py": "import app\n\ndef helped():\n    return app.two()\n\ndef test_old():\n"
    "    assert app.one() == 2\n    assert app.unused()\n\ndef test_two():\n    assert helped() == 2\n",
}


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with one failing test, recorded."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    monkeypatch.chdir(tmp_path)
    main(["run", "--all"])
    return tmp_path


def selected(root):
    found = select(Request(root, Mode.WORKTREE), Config(root))
    assert not found.everything
    return {one.test.rpartition("::")[2]: one.reason for one in found.tests}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("return 2", "return 3", {"test_two"}),
        ("return LIMIT", "return LIMIT + 0", {"test_old"}),
        ("LIMIT = 1", "LIMIT = 3", {"test_old"}),
        # It failed before it came there.
        ("return one()", "return one() + 0", set()),
    ],
)
def test_a_failing_test_runs_where_the_change_reaches_it(project, before, after, expected):
    (project / "app.py").write_text(APP.replace(before, after, 1))
    chosen = selected(project)
    assert chosen.keys() == expected
    # A second look, after the run on the change itself: what fails for the change still runs.
    main(["run"])
    if "test_old" in expected:
        assert "it did not pass when it last ran" in selected(project)["test_old"]


def test_a_test_whose_fixture_fails_runs_where_the_graph_brings_it(project):
    """It never came to its own code, so what it executed says little."""
    (project / "test_set_up.py").write_text(
        "import pytest\nimport app\n\n@pytest.fixture\ndef broken():\n    assert app.one() == 2\n\n"
        "def test_set_up(broken):\n    assert app.unused()\n"
    )
    git(project, "add", "-A")
    git(project, "commit", "-qm", "set-up")
    main(["run", "--all"])
    (project / "app.py").write_text(APP.replace("return 2", "return 3"))
    assert selected(project).keys() == {"test_two"}
    (project / "app.py").write_text(APP.replace("return one()", "return one() + 0"))
    assert "test_set_up.py" in selected(project)
