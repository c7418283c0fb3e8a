"""The ways in the reasons of a selection, and what the page knows from the repository."""

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from gardener.cli import main
from gardener.model import Mode, Report, Selected, SelectionSummary
from gardener.render.html.why import Way, way_of, why, why_data

WAYS = [
    (
        ("tests/test_a.py", "tests/test_a.py:test > app/a.py:f > app/b.py:g (app/b.py: g changed)"),
        Way("app/b.py:g", ("app/a.py",), "tests/test_a.py"),
    ),
    (
        (
            "t.py::x",
            "import of t.py > import of app/a.py > ... > app/c.py:C.m (app/c.py: C.m changed)",
        ),
        Way("app/c.py:C.m", ("app/a.py",), "t.py"),
    ),
    (
        ("t.py", "app/a.py:f > app/b.py:g (b changed (twice)); as a whole: it has a base"),
        Way("app/b.py:g", ("app/a.py",), "t.py"),
    ),
    (
        ("t.py::x", "it executed what changed (app/a.py: f changed); it did not pass"),
        Way("app/a.py:f", (), "t.py"),
    ),
    (("t.py::x", "data/x.json changed, which it names"), Way("data/x.json", (), "t.py")),
    (
        ("t.py::x[a > b (c)]", "it did not pass when it last ran"),
        Way("it did not pass when it last ran", (), "t.py"),
    ),
]


@pytest.mark.parametrize(("selected", "way"), WAYS)
def test_the_way_in_a_reason(selected, way):
    assert way_of(Selected(*selected)) == way


def test_the_picture_says_what_it_has_no_room_for():
    ways = tuple(
        Selected(f"tests/test_{n}.py", f"app/m{n}.py:f > app/b.py:g (app/b.py: g changed)")
        for n in range(100)
    )
    selection = SelectionSummary(mode=Mode.STAGED, everything=False, selected=100, why=ways)
    report = Report(created="", selection=selection)
    assert "The picture shows 60 of 100 test files." in why(report)
    assert [len(column) for column in why_data(report)["columns"]] == [1, 60, 60]
    few = Report(created="", selection=replace(selection, why=ways[:3]))
    assert "The picture shows" not in why(few)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    root = tmp_path / "repo"
    files = {
        "app.py": "from datetime import datetime\n\n\ndef now():\n    return datetime.utcnow()\n",
        "test_app.py": "import warnings\nimport app\n\n\ndef test_now():\n    app.now()\n"
        "    warnings.warn_explicit('datetime.datetime.utcnow() is deprecated',"
        " DeprecationWarning, 'app.py', 5)\n\n\ndef test_bad():\n    assert app.now() is None\n",
    }
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "start")
    monkeypatch.chdir(root)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return root


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True)


def page(*options) -> str:
    main(["run", "--python", sys.executable, "--report", "../report.json", *options])
    assert main(["report", "../report.json", "--format", "html", "-o", "../page.html"]) == 0
    return Path("../page.html").read_text()


@pytest.mark.slow
def test_a_page_in_its_repository_has_the_history_the_patch_and_the_ways(repository):
    html = page("--all")
    assert "-    return datetime.utcnow()" in html
    assert "1 file" in html and "as they are now" in html
    assert "The last 1 runs, newest last: failing in 1" in html
    (repository / "app.py").write_text(
        "from datetime import datetime\n\n\ndef now():\n    return datetime.now()\n"
    )
    git(repository, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qam", "change")
    html = page("--since", "HEAD~1")
    assert "The last 2 runs, newest last: failing in 2" in html
    assert '"app.py:now"' in html, "a box of the picture"
    assert "-    return datetime.utcnow()" not in html, "the file has no such line any more"


def test_a_page_elsewhere_has_neither(repository, tmp_path, monkeypatch):
    page("--all")
    monkeypatch.chdir(tmp_path)
    assert main(["report", "report.json", "--format", "html", "-o", "page.html"]) == 0
    html = Path("page.html").read_text()
    assert "strip" not in html.partition("<main>")[2] and "as they are now" not in html
