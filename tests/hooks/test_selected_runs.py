"""What is selected is what pytest is handed and runs: kinds of tests, odd names, the user's own options."""

import subprocess
import sys
from pathlib import Path

import pytest

from gardener.cli import main
from gardener.reports.store import load

CORE = '''
def add(a, b):
    """Add.

    >>> add(1, 2)
    3
    """
    return a + b


def other(a):
    return a
'''
FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\naddopts = --doctest-modules\n"
    "markers =\n    fast: is quick\n",
    "core.py": CORE,
    "tests/test_plain.py": "import pytest\nfrom core import add, other\n\n"
    "@pytest.mark.fast\ndef test_add():\n    assert add(1, 1)\n\n"
    "def test_other():\n    assert other(1)\n\n"
    "class TestAll:\n    class TestInner:\n        def test_add(self):\n            assert add(1, 1)\n\n"
    "    def test_other(self):\n        assert other(1)\n",
    "tests/test_odd.py": "import pytest\nfrom core import add\n\n"
    "ODD = ['a b', 'a::b', '[x]', 'ünï', 'a\\nb', '-k', '@x', '']\n\n"
    "@pytest.mark.parametrize('text', ODD)\ndef test_odd(text):\n    assert add(text, '') == text\n\n"
    "@pytest.mark.parametrize('text', ODD)\ndef test_not(text):\n    assert text is not None\n",
    "tests/test_case.py": "import unittest\nfrom core import add, other\n\n"
    "class Numbers(unittest.TestCase):\n    def test_add(self):\n        assert add(1, 1)\n\n"
    "    def test_other(self):\n        assert other(1)\n",
    # Collecting this one would be an error: nothing selects it, so nothing does.
    "tests/test_broken.py": "import missing_module\n\ndef test_x():\n    pass\n",
}
ODD = ["a b", "a::b", "[x]", "\\xfcn\\xef", "a\\nb", "-k", "@x", ""]
ADD = {
    "core.py::core.add",
    "tests/test_plain.py::test_add",
    "tests/test_plain.py::TestAll::TestInner::test_add",
    "tests/test_case.py::Numbers::test_add",
    *(f"tests/test_odd.py::test_odd[{name}]" for name in ODD),
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with a changed and staged `add`."""
    root = tmp_path / "repository"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / ".gitignore").write_text("__pycache__/\n")
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "start"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (root / "core.py").write_text(CORE.replace("a + b", "b.__radd__(a) if 0 else a + b"))
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return root


def ran(*args: str) -> set[str]:
    """The tests that a run has an outcome of."""
    main(["run", "--staged", "--python", sys.executable, "--report", "../report.json", *args])
    return {one.nodeid for one in load(Path("../report.json")).results}


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((), ADD),
        (("--", "-m", "fast"), {"tests/test_plain.py::test_add"}),
        (("--", "-k", "Inner"), {"tests/test_plain.py::TestAll::TestInner::test_add"}),
        (("--", "-k", "not odd"), {test for test in ADD if "odd" not in test}),
        (("--", "--deselect", "core.py::core.add"), ADD - {"core.py::core.add"}),
    ],
    ids=["nothing", "-m", "-k", "-k not", "--deselect"],
)
def test_the_users_options_still_apply(project, args, expected):
    assert ran(*args) == expected


def test_paths_that_the_user_names_are_run_as_they_are(project):
    main(["run", "--python", sys.executable, "--report", "../r.json", "tests/test_case.py"])
    assert {one.nodeid for one in load(Path("../r.json")).results} == {
        "tests/test_case.py::Numbers::test_add",
        "tests/test_case.py::Numbers::test_other",
    }


def test_selected_of_a_broken_file_is_told(project, capsys):
    """What is selected and cannot be collected is a finding, not silence."""
    (project / "tests/test_broken.py").write_text(
        "import missing_module\n\ndef test_y():\n    pass\n"
    )
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    assert main(["run", "--staged", "--python", sys.executable]) == 1
    assert "missing_module" in capsys.readouterr().out
