"""The plugin in the oldest Pythons that it serves, with an old and a new pytest.

These tests are skipped where Python 3.8 or 3.9 is not on the machine, or has no pytest to install.
With `GARDENER_REQUIRE_PYTHONS=1` in the environment they fail there.
"""

import json
import os
import subprocess

import pytest
from gardener.hooks.plugin import plugin_files, site_files, write_files
from gardener.hooks.record.store import recorded
from recording_python import old_python

from gardener.cli import main
from gardener.reports.store import load

PYTESTS = {"3.8": "pytest==7.0.1", "3.9": "pytest"}


@pytest.fixture(scope="module", params=PYTESTS)
def old(request, tmp_path_factory):
    """An interpreter with its pytest; see `GARDENER_REQUIRE_PYTHONS` above."""
    packages = tmp_path_factory.mktemp("packages")
    return old_python(request.param, packages, PYTESTS[request.param])


def python(old, *arguments, paths=(), **environment):
    """What an old interpreter prints."""
    done = subprocess.run(
        [old.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, paths)]), **environment},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    return done.stdout


IMPORTS = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)\n"


def test_every_file_can_be_imported(old, tmp_path):
    write_files(plugin_files(), tmp_path)
    names = [name[: -len(".py")].replace("/", ".") for name in plugin_files()]
    python(old, "-c", IMPORTS, *names, paths=[tmp_path, old.packages])


def test_modules_of_another_tree_are_imported(old, tmp_path):
    """As tests of the base run: `sitecustomize` leads from one tree to the other."""
    write_files(site_files(), tmp_path / "site")
    for tree in ("old", "new"):
        (tmp_path / tree).mkdir()
        (tmp_path / tree / "app.py").write_text(f"TREE = {tree!r}\n")
    trees = {"GARDENER_FROM": str(tmp_path / "old"), "GARDENER_TO": str(tmp_path / "new")}
    paths = [tmp_path / "site", tmp_path / "old"]
    assert python(old, "-c", "import app; print(app.TREE)", paths=paths, **trees) == "new\n"
    assert python(old, "-c", "import app; print(app.TREE)", paths=paths[1:]) == "old\n"


PATH_OF_ITS_OWN = """
import sys
sys.path_hooks.pop(0)
sys.path_importer_cache.clear()
sys.path.insert(0, sys.argv[1])
import app
"""


@pytest.mark.parametrize(
    ("running", "test"),
    [("test_a.py::test_b (call)", "test_a.py::test_b"), ("test_a.py::test_b (setup)", "")],
)
def test_what_a_process_of_a_test_imports_from_the_users_tree_is_noted(
    old, tmp_path, running, test
):
    write_files(site_files(), tmp_path / "site")
    for tree in ("old", "new"):
        (tmp_path / tree).mkdir()
        (tmp_path / tree / "app.py").touch()
    python(
        old,
        "-c",
        PATH_OF_ITS_OWN,
        str(tmp_path / "old"),
        paths=[tmp_path / "site"],
        GARDENER_FROM=str(tmp_path / "old"),
        GARDENER_TO=str(tmp_path / "new"),
        GARDENER_TEST='"test_a.py::test_b"',
        GARDENER_CHILDREN=str(tmp_path),
        PYTEST_CURRENT_TEST=running,
    )
    [noted] = map(json.loads, (tmp_path / "children.jsonl").read_text().splitlines())
    assert noted == {"test": test, "foreign": f"app ({tmp_path / 'old' / 'app.py'})"}


APP = """
class Info:
    def __init__(self, size):
        self.size = size
        self.kept = None
    def get(self):
        if self.kept is None:
            self.kept = make()
        return self.kept
def make(): return 1
def shared(): return 2
ONE = Info(1)
"""
TESTS = """
import pytest, warnings
from unittest.mock import Mock
from app import Info, ONE, shared

@pytest.fixture(scope="module")
def wide(): return shared()

def test_passes(): assert ONE.get() == 1
def test_again(wide): assert ONE.get() == 1
def test_call(): Info()
def test_mock(): Mock(spec=Info).gone
def test_fixture(gone): pass
def test_warns(wide): warnings.warn("old", DeprecationWarning)
@pytest.mark.parametrize("x", ["a::b", "[c]"])
def test_parameters(x): pass
"""

UNRUN = """
import pytest

@pytest.fixture
async def app(): return {"a": 1}

@pytest.fixture
async def database(): yield {"a": 1}

@pytest.fixture
def first(app): return app["a"]

def test_asks(app): assert app["a"]
def test_asks_again(app): assert isinstance(app, dict)
def test_asks_another(database): assert database == {"a": 1}
def test_asks_by_another(first): assert first == 1
def test_is_not_about_it(): assert {"a": 1} == {"a": 2}
"""


def test_async_fixtures_that_no_plugin_runs_are_one_cause(old, tmp_path, monkeypatch, capsys):
    """pytest 9 refuses them; older ones hand on their coroutines."""
    root = tmp_path / "repo"
    root.mkdir()
    (root / "test_a.py").write_text(UNRUN)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(old.packages))
    assert main(["run", "--python", old.executable, "--report", "../report.json"]) == 1
    capsys.readouterr()
    assert main(["report", "../report.json", "--format", "json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [(f["category"], len(f["tests"])) for f in findings] == [
        ("async-not-supported", 4),
        ("assertion-payload", 1),
    ]
    assert "No plugin runs the async fixture `" in findings[0]["cause"]


def test_a_suite_is_reported_and_recorded(old, tmp_path, monkeypatch, capsys):
    root = tmp_path / "repo"
    (root / "pages" / "[id]").mkdir(parents=True)
    (root / "app.py").write_text(APP)
    (root / "pages" / "[id]" / "test_a.py").write_text(TESTS)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (root / "conftest.py").write_text("import sys; sys.path.insert(0, '.')\n")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(old.packages))
    assert main(["run", "--python", old.executable, "--report", "../report.json"]) == 1
    report = load(tmp_path / "report.json")
    assert "the recorder" not in capsys.readouterr().err
    assert {r.nodeid.partition("/test_a.py::")[2]: r.outcome for r in report.results} == {
        "test_passes": "passed",
        "test_again": "passed",
        "test_call": "failed",
        "test_mock": "failed",
        "test_fixture": "error",
        "test_warns": "passed",
        "test_parameters[a::b]": "passed",
        "test_parameters[[c]]": "passed",
    }
    assert {f.nodeid.rpartition("::")[2]: f.facts for f in report.failures} == {
        "test_call": {"name": "__init__", "callable": "app.py:Info.__init__"},
        "test_mock": {"name": "gone", "owner": "unittest.mock.Mock", "spec": "app.py:Info"},
        "test_fixture": {"name": "gone"},
    }
    assert [(w.message, w.file) for w in report.warnings] == [("old", "pages/[id]/test_a.py")]
    record = recorded(root)
    names = {number: node for node, number in record.symbols.items()}
    ran = {
        nodeid.rpartition("::")[2]: {
            names[n][1] for n in test.symbols if names[n][0] == "app.py" and names[n][1]
        }
        for nodeid, test in record.tests.items()
        if nodeid.endswith(("_passes", "_again", "_warns"))
    }
    # The second finds what the first initialised; importing the app makes an `Info`.
    made = {"Info", "Info.__init__"}
    assert ran == {
        "test_passes": {*made, "Info.get", "make"},
        "test_again": {*made, "Info.get", "make", "shared"},
        "test_warns": {*made, "shared"},
    }
