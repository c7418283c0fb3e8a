"""What a record says of collecting the tests, held against what a plain pytest then does."""

import subprocess
import sys

import pytest
from gardener.hooks.record.collecting import executed_at_collection
from gardener.hooks.record.store import recorded
from gardener.hooks.selection.selection import Request, select
from recording_python import INTERPRETERS, MONITORING, lend_pytest

from gardener.cli import main
from gardener.config import Config
from gardener.model import Mode

CORE = """
def started(): return 1
def hidden(): return 2
def other(): return 3
class Held:
    @property
    def size(self): return 1
    @size.setter
    def size(self, value): hidden()
"""
READY = """
from app import core
FLAG = False
def choose():
    return core.hidden() if FLAG else core.started()
ONE = choose()
SOME = [one.stem for one in __import__("pathlib").Path(__file__).parent.glob("*.csv")]
LINES = [core.hidden() for line in open("lines.txt") if line.startswith("hidden")]
"""
FILES = {
    ".gitignore": "__pycache__/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "lines.txt": "nothing\n",
    "app/__init__.py": "",
    "app/core.py": CORE,
    "app/ready.py": READY,
    "tests/conftest.py": "from app import ready\n",
    "tests/test_hidden.py": """
from app import core, ready
def test_hidden(): assert core.hidden() == 2
class TestSome:
    def test_choose(self): assert ready.choose() == 1
    def test_nothing(self): pass
""",
    "tests/test_other.py": "from app import core\ndef test_other(): assert core.other() == 3\n",
}
BROKEN = ("app/core.py", "return 2", "raise ValueError")
CALLED = ("app/ready.py", "FLAG = False", "FLAG = True")
ALL = None
HIDDEN = {"tests/test_hidden.py::test_hidden"}


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.lstrip("\n"), encoding="utf-8")


def made(root):
    write(root, FILES)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    return root


def change(root, *changes):
    """Replace texts in files; an empty old text stands for the end of a file, new or not."""
    for name, old, new in changes:
        path = root / name
        text = path.read_text("utf-8") if path.exists() else ""
        assert old in text
        path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")


def passed(root):
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    said = done.stdout.splitlines()
    return {line.removeprefix("PASSED ") for line in said if line.startswith("PASSED ")}


def chosen(root):
    """Nodeids and files that are selected; None stands for all tests."""
    found = select(Request(root, Mode.STAGED), Config(root))
    return ALL if found.everything else {one.test for one in found.tests}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A recorded repository, and the tests that pass in it."""
    with pytest.MonkeyPatch.context() as patch:
        root = made(tmp_path_factory.mktemp("known"))
        patch.chdir(root)
        base = passed(root)
        main(["run", "-q", "--python", sys.executable])
        yield root, base


@pytest.mark.parametrize("python", INTERPRETERS)
def test_a_collection_is_recorded_with_all_that_it_did(tmp_path, monkeypatch, python):
    root = made(tmp_path / "repo")
    monkeypatch.chdir(root)
    lend_pytest(python, tmp_path, monkeypatch)
    main(["run", "-q", "--python", python])
    [run] = recorded(root).runs.values()
    ran = {name for file, name in executed_at_collection([run]) if file.startswith("app/") and name}
    assert ran == {"started", "choose", "Held"}
    assert run.collected.files == {"tests/test_hidden.py", "tests/test_other.py"}
    assert list(run.data) == ["app/", "lines.txt"]
    assert not run.collected.unseen


CASES = {
    "a function that only the graph takes to run": ([BROKEN], HIDDEN),
    "one that runs": ([("app/core.py", "return 1", "raise ValueError")], ALL),
    "one of two of a name": (
        [("app/core.py", "value): hidden()", "value): raise ValueError")],
        set(),
    ),
    "a constant that lets it run": ([BROKEN, CALLED], ALL),
    "what runs calls it now": (
        [BROKEN, ("app/ready.py", "if FLAG", "if True")],
        ALL,
    ),
    "a data file lets it run": ([BROKEN, ("lines.txt", "nothing", "hidden")], ALL),
    "a new module": ([BROKEN, ("app/new.py", "", "X = 1\n")], ALL),
    "a new file of tests": (
        [BROKEN, ("tests/test_new.py", "", "from app import core\ncore.hidden()\n")],
        ALL,
    ),
    "another line at the top": ([BROKEN, ("app/ready.py", "", "core.hidden()\n")], ALL),
    "another line in a conftest": (
        [BROKEN, ("tests/conftest.py", "", "ready.core.hidden()\n")],
        ALL,
    ),
    "a new function that runs": (
        [BROKEN, ("app/ready.py", "", "def late(): core.hidden()\nTWO = late()\n")],
        ALL,
    ),
    "a new function": (
        [BROKEN, ("app/core.py", "", "def new(): return 4\n")],
        HIDDEN,
    ),
    "a new test": (
        [BROKEN, ("tests/test_other.py", "", "def test_new(): pass\n")],
        {*HIDDEN, "tests/test_other.py::test_new"},
    ),
    "a new test that is made with it": (
        [
            BROKEN,
            (
                "tests/test_other.py",
                "",
                "import pytest\n@pytest.mark.parametrize('x', [core.hidden()])\ndef test_new(x): pass\n",
            ),
        ],
        ALL,
    ),
    "a test that is gone": (
        [BROKEN, ("tests/test_hidden.py", "    def test_nothing(self): pass\n", "")],
        HIDDEN,
    ),
    "a comment at the top": ([BROKEN, ("app/ready.py", "FLAG =", "# so\nFLAG =")], HIDDEN),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_only_the_record_knows_not_to_run(known, case):
    root, base = known
    changes, expected = case
    try:
        change(root, *changes)
        git(root, "add", "-A")
        found = chosen(root)
        there = "".join(path.read_text() for path in (root / "tests").glob("*.py"))
        failing = {t for t in base - passed(root) if f"{t.rpartition('::')[2]}(" in there}
        if found is not ALL:
            covered = {t for t in base if {t, t.partition("::")[0], t.rpartition("::")[0]} & found}
            assert failing <= covered
        assert found == expected
    finally:
        git(root, "reset", "-q", "--hard")


def test_what_only_the_record_knows_to_run(tmp_path, monkeypatch):
    """As extensions that an environment loads by their names, at the top of a file of tests."""
    kit = (
        "from importlib import import_module\n\nclass Kit:\n    def __init__(self, names):\n"
        "        self.parts = [part(self) for part in map(load, names)]\n\n"
        "def load(name):\n    module, _, last = name.rpartition('.')\n"
        "    return getattr(import_module(module), last)\n"
    )
    part = "class Part:\n    def __init__(self, kit):\n        self.kit = kit\n"
    files = {
        ".gitignore": "__pycache__/\n",
        "pytest.ini": "[pytest]\npythonpath = .\n",
        "app/__init__.py": "",
        "app/kit.py": kit,
        "app/part.py": part,
        "tests/test_kit.py": "from app.kit import Kit\nKIT = Kit(['app.part.Part'])\n"
        "def test_kit(): assert KIT.parts\n",
        "tests/test_other.py": "def test_other(): pass\n",
    }
    write(tmp_path, files)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    monkeypatch.chdir(tmp_path)
    main(["run", "-q", "--python", sys.executable])
    change(tmp_path, ("app/part.py", "self.kit = kit", "raise ValueError"))
    git(tmp_path, "add", "-A")
    assert passed(tmp_path) == set()
    assert chosen(tmp_path) is ALL


@pytest.mark.parametrize(
    ("between", "everything"),
    [
        (CALLED, True),
        (("app/ready.py", "if FLAG", "if True"), True),
        (("app/core.py", "return 3", "return 1 + 2"), False),
    ],
)
def test_what_was_committed_since_counts_too(known, between, everything):
    """No hook ran on the commit in between: it may let a function run now."""
    root, _ = known
    try:
        change(root, between)
        git(root, "commit", "-qam", "between")
        change(root, BROKEN)
        git(root, "add", "-A")
        assert (chosen(root) is ALL) == everything
    finally:
        git(root, "reset", "-q", "--hard", "HEAD~1")


RUNS = {
    "all": ([], {}, HIDDEN),
    "one file of two": (["tests/test_hidden.py"], {}, ALL),
    "one test, and not its neighbour's class": (
        ["tests/test_hidden.py::test_hidden", "tests/test_other.py"],
        {},
        ALL,
    ),
    "both files": (["tests/test_hidden.py", "tests/test_other.py"], {}, HIDDEN),
    "those of a name": (["--", "-k", "hidden or other"], {}, HIDDEN),
    "in two processes": (["--", "-n", "2"], {}, HIDDEN),
    "one file cannot be collected": (
        [],
        {"tests/test_other.py": "from app import core\ncore.hidden()\n1 / 0\n"},
        ALL,
    ),
    "one file is skipped": (
        [],
        {"tests/test_other.py": "import pytest\npytest.skip('no', allow_module_level=True)\n"},
        HIDDEN,
    ),
    "a plugin came before the recorder": (
        [],
        {"pytest.ini": "[pytest]\npythonpath = .\naddopts = -p app.core\n"},
        ALL,
    ),
    "a process runs the project": (
        [],
        {
            "tests/test_other.py": "import subprocess, sys\nfrom app import core\n"
            "subprocess.run([sys.executable, '-c', '1'])\ndef test_other(): pass\n"
        },
        ALL,
    ),
    "a library starts a process": (
        [],
        {
            "lib/site-packages/lib.py": "import subprocess\nsubprocess.run(['true'])\n",
            "pytest.ini": "[pytest]\npythonpath = . lib/site-packages\n",
            "tests/test_other.py": "import lib\nfrom app import core\ndef test_other(): pass\n",
        },
        HIDDEN,
    ),
}


@pytest.mark.parametrize("case", RUNS.values(), ids=list(RUNS))
def test_which_runs_say_what_collecting_does(tmp_path, monkeypatch, case):
    arguments, files, expected = case
    root = made(tmp_path)
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "case", "--allow-empty")
    monkeypatch.chdir(root)
    main(["run", "--python", sys.executable, *arguments])
    assert recorded(root).tests
    change(root, BROKEN)
    git(root, "add", "-A")
    found = chosen(root)
    assert (found is ALL) == (expected is ALL)
    if expected is not ALL:
        assert found >= expected


def test_a_second_run_of_the_failed_leaves_out_files(tmp_path, monkeypatch):
    root = made(tmp_path)
    monkeypatch.chdir(root)
    write(root, {"tests/test_other.py": "def test_other(): assert 0\n"})
    git(root, "commit", "-qam", "red")
    main(["run", "--python", sys.executable])
    (root / ".git" / "gardener" / "record.sqlite").unlink()
    main(["run", "--python", sys.executable, "--", "--lf"])
    assert not any(run.collected.files for run in recorded(root).runs.values())


@pytest.mark.parametrize(
    ("case", "opaque"),
    [("a process runs the project", "subprocess.Popen"), ("a library starts a process", "")],
)
def test_what_a_process_of_an_import_runs_is_not_known(tmp_path, monkeypatch, case, opaque):
    root = made(tmp_path)
    monkeypatch.chdir(root)
    write(root, RUNS[case][1])
    git(root, "add", "-A")
    git(root, "commit", "-qm", "case")
    main(["run", "--python", sys.executable])
    found = {
        nodeid.rpartition("::")[2]: test.opaque for nodeid, test in recorded(root).tests.items()
    }
    assert (found["test_other"], found["test_hidden"]) == (opaque, "")


PROXY = """
def look_up(): return 1
class Proxy:
    def __getattr__(self, name):
        look_up()
        raise AttributeError(name)
PROXY = Proxy()
"""
HELD = "from app.proxy import PROXY\ndef test_held(): assert PROXY is not None\n"


@pytest.mark.slow
@pytest.mark.parametrize("python", MONITORING)
@pytest.mark.parametrize(
    ("more", "in_test", "expected"),
    [
        ("", "", {"tests/test_held.py"}),
        ("", "NAME = PROXY.name if hasattr(PROXY, 'name') else 1\n", ALL),
        ("ONE = look_up()\n", "", ALL),
    ],
)
def test_what_pytest_asks_of_each_name_stops_nothing(
    tmp_path, monkeypatch, python, more, in_test, expected
):
    """An error of code that runs only there is swallowed; one at import stops the collection."""
    root = tmp_path / "repo"
    write(root, {"app/__init__.py": "", "app/proxy.py": PROXY + more})
    write(root, {"pytest.ini": FILES["pytest.ini"], "tests/test_held.py": HELD + in_test})
    write(root, {"tests/test_free.py": "def test_free(): pass\n"})
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "base")):
        git(root, *command)
    monkeypatch.chdir(root)
    lend_pytest(python, tmp_path, monkeypatch)
    main(["run", "-q", "--python", python])
    change(root, ("app/proxy.py", "return 1", "raise ValueError"))
    git(root, "add", "-A")
    found = chosen(root)
    assert (
        found is ALL if expected is ALL else {one.partition("::")[0] for one in found} == expected
    )
    if expected is not ALL:
        assert "tests/test_free.py::test_free" in passed(root)
