"""What is recorded for each test, and what the record says of a changed tree."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from gardener.hooks.record.environment import look
from gardener.hooks.record.store import keep, recorded, snapshot
from gardener.hooks.selection.selection import Request, select
from recording_python import INTERPRETERS, lend_pytest

from gardener.cli import main
from gardener.config import Config
from gardener.git import store
from gardener.model import Mode
from gardener.reports.store import load

CORE = """
import functools
from app.reg import register

def helper(x):
    return x + 1

def used_twice():
    return helper(1)

@functools.lru_cache
def cached():
    return deep()

def deep():
    return 3

@register
def decorated():
    return 5

_conf = None

def load():
    return {"a": 1}

def conf():
    global _conf
    if _conf is None:
        _conf = load()
    return _conf

class App:
    stack = None

    def build(self):
        return [1]

    def call(self):
        if self.stack is None:
            self.stack = self.build()
        return self.other()

    def other(self):
        return 1

    def __del__(self):
        deleted()

def deleted():
    return None

def in_thread():
    return None

def fixture_code():
    return App()

def teardown_code():
    return None

async def coroutine():
    return inner()

def inner():
    return 1

def numbers():
    yield helper(1)
    yield later()

def later():
    return 2

STARTED = numbers()

def never():
    return None
"""

FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app/__init__.py": "",
    "app/core.py": CORE,
    "app/reg.py": "def register(f):\n    note()\n    return f\n\ndef note():\n    return None\n",
    "data.txt": "x\n",
    "tests/conftest.py": """
import pytest
from app import core

@pytest.fixture(scope="module")
def app():
    yield core.fixture_code()
    core.teardown_code()
""",
    "tests/test_a.py": """
import asyncio, pathlib, subprocess, sys, threading
from app import core

def test_chain(): assert core.used_twice() == 2
def test_helper(): assert core.helper(2) == 3
def test_cached_1(): assert core.cached() == 3
def test_cached_2(): assert core.cached() == 3
def test_conf_1(): assert core.conf()
def test_conf_2(): assert core.conf()
def test_app_1(app): assert app.call() == 1
def test_app_2(app): assert app.call() == 1
def test_thread():
    t = threading.Thread(target=core.in_thread)
    t.start()
    t.join()
def test_async(): assert asyncio.run(core.coroutine()) == 1
def test_generator_1(): assert next(core.STARTED) == 2
def test_generator_2(): assert next(core.STARTED) == 2
def test_del():
    one = core.App()
    del one
def test_file(): assert pathlib.Path("data.txt").read_text()
def test_process(): subprocess.run([sys.executable, "-c", "1"])
def test_nothing(): assert True
def test_fails(): assert core.helper(1) == 0
""",
}
EXPECTED = {
    "test_chain": {"used_twice", "helper"},
    "test_helper": {"helper"},
    "test_cached_1": {"cached", "deep"},
    "test_cached_2": {"cached", "deep"},
    "test_conf_1": {"conf", "load"},
    "test_conf_2": {"conf", "load"},
    "test_app_1": {"fixture_code", "teardown_code", "App.call", "App.build", "App.other"},
    "test_app_2": {"fixture_code", "teardown_code", "App.call", "App.build", "App.other"},
    "test_thread": {"in_thread"},
    "test_async": {"coroutine", "inner"},
    "test_generator_1": {"numbers", "helper"},
    "test_generator_2": {"numbers", "later"},
    "test_del": {"App.__del__", "deleted"},
    "test_file": set(),
    "test_process": set(),
    "test_nothing": set(),
    "test_fails": {"helper"},
}


both_ways = pytest.mark.parametrize("python", INTERPRETERS, indirect=True)
"""Recorded with `sys.monitoring` and with the profiler: what is seen must be the same."""


@pytest.fixture
def python(request):
    return getattr(request, "param", sys.executable)


@pytest.fixture
def project(tmp_path, monkeypatch, python):
    root = tmp_path / "repo"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    commit(root)
    monkeypatch.chdir(root)
    lend_pytest(python, tmp_path, monkeypatch)
    return root


def git(root, *args):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args], cwd=root, check=True
    )


def commit(root):
    git(root, "add", "-A")
    git(root, "commit", "-qm", "step")


def run(*args, python=sys.executable):
    return main(["run", "--python", python, *args])


def selected(root):
    return select(Request(root, Mode.WORKTREE), Config(root))


def executed(root):
    """Names of the functions of app/core.py that each test executed, by the test's name."""
    record = recorded(root)
    assert record.note == ""
    names = {number: node for node, number in record.symbols.items()}
    own = {"", "App", "App.__del__", "deleted"}
    found = {}
    for nodeid, test in record.tests.items():
        name = nodeid.rpartition("::")[2]
        ran = {names[n][1] for n in test.symbols if names[n][0] == "app/core.py"}
        found[name] = ran - (own if name != "test_del" else {"", "App"})
    return found


@both_ways
@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_every_test_has_what_it_executed_and_nothing_else(project, python, options):
    run("--", *options, python=python)
    found = executed(project)
    assert found.keys() == EXPECTED.keys()
    if options:
        # Which worker ran the first of two decides what it had to do itself.
        for name in ("test_generator_1", "test_generator_2"):
            assert "numbers" in found.pop(name)
    # The fixture ends in the teardown of the last test (of a worker), which fails with it.
    ends = {
        n for n, ran in found.items() if "teardown_code" in ran and not n.startswith("test_app")
    }
    assert ends == {"test_fails"} if not options else len(ends) <= 2
    for name, ran in found.items():
        assert ran - ({"teardown_code"} if name in ends else set()) == EXPECTED[name], name


@both_ways
def test_what_imports_run_belongs_to_the_modules(project, python):
    run(python=python)
    record = recorded(project)
    [only] = record.runs.values()
    assert ("app/reg.py", "note") in only.modules["app/core.py"]
    assert ("app/reg.py", "note") not in only.modules["app/reg.py"]


@both_ways
def test_opened_files_processes_and_outcomes(project, python):
    run(python=python)
    tests = {n.rpartition("::")[2]: t for n, t in recorded(project).tests.items()}
    assert list(tests["test_file"].files) == ["data.txt"]
    assert tests["test_process"].opaque == "subprocess.Popen"
    assert not tests["test_nothing"].opaque
    assert [name for name, test in tests.items() if not test.passed] == ["test_fails"]


READERS = {
    "pytest.ini": "[pytest]\n",
    "tests/cases/seen.json": "1",
    "tests/cases/blind.pem": "1",
    "tests/test_a.py": """
import os, ssl, subprocess, sys
import pytest

HERE = os.path.dirname(__file__)

def cases(): return os.path.join(HERE, "cases")

def test_reads_what_nobody_names():
    for name in os.listdir(cases()):
        assert open(os.path.join(cases(), name)).read() if name.endswith("json") else True

def test_names_and_reads(): assert open(os.path.join(cases(), "seen.json")).read()
def test_reads_out_of_sight():
    with pytest.raises(ssl.SSLError):
        ssl.create_default_context(cafile=os.path.join(cases(), "blind.pem"))
def test_starts_a_process(): subprocess.run([sys.executable, "-c", "1"])
def test_nothing(): pass
""",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            {"tests/cases/seen.json": "2"},
            {"reads_what_nobody_names", "names_and_reads"},
            marks=pytest.mark.skipif(
                sys.version_info < (3, 12), reason="what is asked of files is not seen"
            ),
        ),
        # Nobody was seen to open it: all that the graph knows of.
        (
            {"tests/cases/blind.pem": "2"},
            {"reads_what_nobody_names", "names_and_reads", "reads_out_of_sight"},
        ),
    ],
)
def test_a_data_file_goes_to_its_readers(project, change, expected):
    for name, text in READERS.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    commit(project)
    run()
    for name, text in change.items():
        (project / name).write_text(text)
    assert {one.test.rpartition("::test_")[2] for one in selected(project).tests} == expected


def test_a_data_file_that_nobody_names_goes_to_those_seen_to_read_it(project):
    hidden = "import pathlib\n\ndef test_hidden(): assert pathlib.Path('da' + 'ta.tx' + 't').read_text()\n"
    (project / "tests" / "test_a.py").unlink()
    (project / "tests" / "test_hidden.py").write_text(hidden)
    process = (
        "import subprocess, sys\n\ndef test_starts(): subprocess.run([sys.executable, '-c', '1'])\n"
    )
    (project / "tests" / "test_process.py").write_text(process)
    (project / "tests" / "test_other.py").write_text("def test_other(): pass\n")
    (project / "nobody.bin").write_text("1")
    commit(project)
    (project / "data.txt").write_text("2\n")
    assert selected(project).everything  # nothing is recorded yet
    git(project, "checkout", "-q", "data.txt")
    run()
    (project / "data.txt").write_text("3\n")
    (project / "tests" / "test_new.py").write_text("def test_new(): pass\n")
    chosen = {one.test.rpartition("/")[2]: one.reason for one in selected(project).tests}
    assert set(chosen) == {"test_hidden.py", "test_process.py", "test_new.py"}
    assert "no Python file names data.txt" in chosen["test_process.py"]
    assert "it opened data.txt, which changed" in chosen["test_hidden.py"]
    git(project, "checkout", "-q", "data.txt")
    (project / "nobody.bin").write_text("2")
    chosen = {one.test.rpartition("/")[2]: one.reason for one in selected(project).tests}
    assert set(chosen) == {"test_process.py", "test_new.py"}
    assert "no Python file names nobody.bin" in chosen["test_process.py"]


def test_a_file_that_nobody_opened_is_for_those_who_listed_or_collected_with_it(project):
    """Nobody names it, and the record is complete: a new row of data has one reader by listing."""
    (project / "tests" / "test_a.py").write_text("def test_a(): pass\n")
    (project / "tests" / "test_list.py").write_text(
        "import os\n\ndef test_list(): assert [n for n in os.listdir(os.curdir) if n]\n"
    )
    (project / "tests" / "test_early.py").write_text(
        "ROWS = open('ro' + 'ws.' + 'bin').read()\n\ndef test_early(): assert ROWS\n"
    )
    (project / "rows.bin").write_text("1")
    commit(project)
    run()
    (project / "nobody.bin").write_text("1")
    assert [one.test.rpartition("/")[2] for one in selected(project).tests] == ["test_list.py"]
    (project / "rows.bin").write_text("2")
    found = selected(project)
    assert found.everything or "tests/test_early.py" in {one.test for one in found.tests}


def test_a_text_with_tests_that_changed_may_hold_others_now(project):
    (project / "tests" / "test_a.py").unlink()
    guide = project / "tests" / "test_guide.txt"
    guide.write_text(">>> from app.core import helper\n>>> helper(1)\n2\n")
    (project / "tests" / "test_other.py").write_text("def test_other(): pass\n")
    commit(project)
    run()
    core = project / "app" / "core.py"
    core.write_text(core.read_text().replace("return x + 1", "return x + 1 + 0"))
    assert [t.test for t in selected(project).tests] == ["tests/test_guide.txt::test_guide.txt"]
    git(project, "checkout", "-q", "app")
    guide.write_text(guide.read_text() + ">>> helper(2)\n4\n")
    assert [t.test for t in selected(project).tests] == ["tests/test_guide.txt"]
    run("--worktree")
    assert [t.test for t in selected(project).tests] == ["tests/test_guide.txt::test_guide.txt"]
    guide.write_text(guide.read_text().replace("4", "3"))
    run("--worktree")
    assert selected(project).tests == ()


def test_nothing_is_recorded_where_the_settings_say_so(project):
    (project / "pyproject.toml").write_text("[tool.gardener]\nrecord = false\n")
    run()
    assert recorded(project).tests == {}


def test_a_damaged_record_is_left_out_and_written_anew(project):
    run()
    path = store(project) / "record.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    assert "damaged" in recorded(project).note
    run()
    assert recorded(project).note == ""
    assert len(recorded(project).tests) == len(EXPECTED)


def test_a_newer_record_is_left_alone(project, capsys):
    run()
    path = store(project) / "record.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("pragma user_version = 99")
    before = path.read_bytes()
    assert "newer" in recorded(project).note
    run()
    assert path.read_bytes() == before
    assert "newer" in capsys.readouterr().err


def test_another_environment_selects_everything_and_says_why(project):
    run()
    core = project / "app" / "core.py"
    core.write_text(core.read_text().replace("return x + 1", "return x + 2"))
    assert not selected(project).everything
    path = store(project) / "record.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        [(text,)] = base.execute("select environment from run")
        then = json.loads(text)
        last = then[2][-1]
        then[2][-1] = f"{last}.old"
        base.execute("update run set environment = ?", (json.dumps(then),))
    found = selected(project)
    assert found.everything
    assert found.reason.endswith(f": {last}.old became {last}")
    assert "environment changed" in found.reason
    run()  # what is recorded anew counts from then on
    assert not selected(project).everything


def test_what_passed_with_an_installed_copy_says_nothing_of_the_sources(project, monkeypatch):
    """PYTHONPATH decides which of both is imported: the same tests, the same content, another code."""
    (project / "src").mkdir()
    (project / "app").rename(project / "src" / "app")
    copy = project.parent / "copy"
    shutil.copytree(project / "src", copy)
    (project / "pytest.ini").write_text("[pytest]\n")
    (project / "tests" / "test_a.py").write_text(
        "from app import core\ndef test_helper(): assert core.helper(1) == 2\n"
    )
    commit(project)
    core = project / "src" / "app" / "core.py"
    core.write_text(core.read_text().replace("def helper(x)", "def helper(x, *, y)"))
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(copy), before]))
    assert run("-q", "tests/test_a.py") == 0
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(project / "src"), before]))
    found = selected(project)
    assert found.everything
    assert "PYTHONPATH was" in found.reason
    assert run("-q", "tests/test_a.py") == 1


def test_another_work_tree_has_the_same_path(project, monkeypatch):
    for text, spelled in (
        ("src", "src"),
        (str(project / "src"), "src"),
        ("/elsewhere", "/elsewhere"),
        (":", ""),
        (str(project), "."),
    ):
        monkeypatch.setenv("PYTHONPATH", text)
        assert look(project, sys.executable, (), {}).path == spelled


def test_another_interpreter_and_other_settings_select_everything(project):
    run()
    core = project / "app" / "core.py"
    core.write_text(core.read_text().replace("return x + 1", "return x + 2"))
    request = Request(project, Mode.WORKTREE, python=sys.executable)
    assert not select(request, Config(project)).everything
    other = select(request._replace(python="/elsewhere/bin/python"), Config(project))
    assert other.everything
    assert "ran them" in other.reason
    (project / "pytest.ini").write_text("[pytest]\npythonpath = .\nxfail_strict = true\n")
    git(project, "commit", "-qm", "settings", "pytest.ini")
    found = selected(project)
    assert found.everything
    assert "pytest.ini says something else" in found.reason


SHAPE_TESTS = """
from app import central, shape

def test_area(): assert central.call("area") == 4
def test_drawn(): assert central.call("drawn") == "#"
def test_made(): assert central.call("made")
def test_none(): assert central.call("none") is None
"""
SHAPE = """
class Shape:
    sides = 0

    def __init__(self, size):
        self.size = size

class Square(Shape):
    sides = 4

    def area(self):
        return self.size * self.size

def scale(shape):
    return shape.sides

def make(name):
    return {"square": Square}[name](1)
"""
CENTRAL = """
from app import shape

def area():
    return shape.Square(2).area()

def drawn():
    return "#" if shape.scale(shape.Shape) == 0 else ""

def made():
    return shape.make("square")

def none():
    return None

def never():
    return shape.scale(None), shape.make("circle").area()

def call(name):
    return {"area": area, "drawn": drawn, "made": made, "none": none, "never": never}[name]()
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Another signature, a decorator, a name that is gone: who executes a call of it.
        ("def scale(shape):", "def scale(shape, factor=1):", {"test_drawn"}),
        ("def make(name):", "def make(name, *, size):", {"test_made"}),
        ("def area(self):", "@property\n    def area(self):", {"test_area"}),
        ("def scale(", "def scaled(", {"test_drawn"}),
        # Another class: who executes something that names it.
        ("    sides = 4\n", "    sides = 4\n    colour = 'red'\n", {"test_area", "test_made"}),
        (
            "    sides = 4\n",
            "    sides = 4\n\n    def __init__(self, size):\n        raise OSError\n",
            {"test_area", "test_made"},
        ),
        # Another base, whose own code runs when the class is made: who imports it.
        ("class Square(Shape):", "class Square(Shape, object):", {"tests/test_shape.py"}),
        # What is new and nobody asks for.
        ("def make(", "def other():\n    return 1\n\ndef make(", set()),
    ],
)
def test_a_change_of_more_than_a_body_is_for_those_who_execute_a_way_to_it(
    project, old, new, expected
):
    (project / "app" / "shape.py").write_text(SHAPE)
    (project / "app" / "central.py").write_text(CENTRAL)
    (project / "tests" / "test_shape.py").write_text(SHAPE_TESTS)
    commit(project)
    assert run("-q", "tests/test_shape.py") == 0
    (project / "app" / "shape.py").write_text(SHAPE.replace(old, new))
    found = selected(project)
    assert not found.everything
    assert {one.test.rpartition("::")[2] for one in found.tests} == expected


def test_what_an_import_executes_is_a_way_for_all_who_import_it(project):
    """It is recorded with the module, not with a test: an error there fails all tests of the file."""
    (project / "app" / "shape.py").write_text("def scale():\n    return 1\n")
    (project / "app" / "early.py").write_text(
        "from app import shape\n\ndef scaled():\n    return getattr(shape, 'sca' + 'le')()\n\nSIZE = scaled()\n"
    )
    (project / "tests" / "test_early.py").write_text(
        "from app import early\n\ndef test_early(): assert early\n"
    )
    (project / "tests" / "test_late.py").write_text(
        "from app import shape\n\ndef test_late(): assert shape\n"
    )
    commit(project)
    assert run("-q", "tests/test_early.py", "tests/test_late.py") == 0
    (project / "app" / "shape.py").write_text("def scale(factor):\n    return factor\n")
    found = selected(project)
    assert found.everything or "tests/test_early.py" in {
        one.test.partition("::")[0] for one in found.tests
    }


def test_what_an_interpreter_that_is_gone_recorded_counts_for_nothing(project):
    run()
    path = store(project) / "record.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        [(text,)] = base.execute("select environment from run")
        python = json.loads(text)[0]
        base.execute("update run set environment = ?", (text.replace(python, "/gone/python"),))
    assert recorded(project).tests == {}


def test_a_change_that_is_not_staged_is_judged_by_the_record_too(project):
    run()
    core = project / "app" / "core.py"
    core.write_text(core.read_text().replace("return x + 1", "return x + 2"))
    chosen = {one.test.rpartition("::")[2] for one in selected(project).tests}
    assert chosen == {"test_chain", "test_helper", "test_generator_1", "test_fails", "test_process"}


def test_an_older_record_is_left_out_and_written_anew(project):
    run()
    path = store(project) / "record.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("pragma user_version = 1")
        base.execute("drop table run")
    assert recorded(project)[:5] == ({}, {}, {}, project, "")
    run()
    assert len(recorded(project).tests) == len(EXPECTED)


def test_two_processes_may_write_at_once(project):
    command = [sys.executable, "-m", "gardener", "run", "-q", "--python", sys.executable]
    both = [
        subprocess.Popen(
            [*command, f"tests/test_a.py::{name}"],
            cwd=project,
            env=dict(os.environ),
            stdout=subprocess.DEVNULL,
        )
        for name in ("test_helper", "test_chain")
    ]
    assert [one.wait(60) for one in both] == [0, 0]
    names = {n.rpartition("::")[2] for n in recorded(project).tests}
    assert names == {"test_helper", "test_chain"}


def test_a_file_that_changes_while_tests_run_counts_as_changed(project):
    before = snapshot(project)
    run()
    (project / "app" / "reg.py").write_text("def register(f):\n    return f\n", encoding="utf-8")
    # As if the change had been made during the run that has just been recorded.
    assert snapshot(project)["app/reg.py"] != before["app/reg.py"]
    assert keep(project, before, [], None) == ""  # nothing traced, nothing written
    assert recorded(project).tests


def test_a_setter_that_changed_runs_those_that_come_by_its_name(project):
    code = (
        "class C:\n @property\n def p(self): return 1\n @p.setter\n def p(self, x): {}\nONE = C()\n"
    )
    (project / "app" / "held.py").write_text(code.format("pass"))
    (project / "tests" / "test_a.py").write_text(
        "from app.held import ONE\ndef test_get(): assert ONE.p == 1\n"
        "def test_set(): ONE.p = 2\ndef test_not(): assert ONE\n"
    )
    commit(project)
    run()
    (project / "app" / "held.py").write_text(code.format("raise ValueError"))
    chosen = {one.test.rpartition("::")[2] for one in selected(project).tests}
    assert chosen == {"test_get", "test_set"}


def test_only_what_is_left_runs_again_and_nothing_after_switching_branches(project):
    (project / "tests" / "test_a.py").write_text(
        "from app import core\n"
        "def test_helper(): assert core.helper(1) == 2\n"
        "def test_used(): assert core.used_twice()\n"
        "def test_later(): assert core.later() == 2\n"
    )
    commit(project)
    run()
    source = project / "app" / "core.py"
    good = source.read_text()

    def chosen():
        return {one.test.rpartition("::")[2] for one in selected(project).tests}

    # Of another length: byte code is told apart by that and the second it was written in.
    source.write_text(good.replace("return x + 1", "return x + 55"))
    assert chosen() == {"test_helper", "test_used"}
    run("--worktree")
    assert chosen() == {"test_helper"}  # the other passed with this very content
    run("--worktree")
    assert chosen() == {"test_helper"}  # until it passes
    source.write_text(good.replace("return x + 1", "return 1 + x"))
    run("--worktree")
    assert chosen() == set()
    git(project, "checkout", "-qb", "other")
    commit(project)
    for branch in ("main", "other"):
        git(project, "checkout", "-q", branch)
        found = select(Request(project, Mode.SINCE, "main"), Config(project))
        assert found.tests == () and not found.everything


def test_each_of_two_branches_keeps_what_it_has_run(project, capsys):
    """What passed on one is known there when another has run the same tests since."""
    source = project / "app" / "core.py"
    (project / "tests" / "test_a.py").write_text(
        "from app import core\n"
        "def test_helper(): assert core.helper(1) == 2\n"
        "def test_conf(): assert core.conf()\n"
    )
    commit(project)
    good = source.read_text()
    run()
    body = 'def load():\n    return {"a": 1}'
    texts = {
        "one": good.replace(body, "def load():\n    return dict(a=1)"),
        # More than a body: the graph is asked too.
        "two": good.replace(body, 'def load(*, a=1):\n    return {"a": a}'),
    }

    def chosen(branch):
        git(project, "checkout", "-q", branch)
        found = select(Request(project, Mode.SINCE, "main"), Config(project))
        assert not found.everything
        return {one.test.rpartition("::")[2] for one in found.tests if "test_a.py" in one.test}

    for branch, text in texts.items():
        git(project, "checkout", "-qb", branch, "main")
        source.write_text(text)
        commit(project)
        assert chosen(branch) == {"test_conf"}
        run("--since", "main")
    assert {branch: chosen(branch) for branch in ("one", "two", "one")} == {
        "one": set(),
        "two": set(),
    }
    # It is known of this content, and of no other.
    source.write_text(texts["one"].replace("dict(a=1)", "dict()"))
    git(project, "commit", "-qam", "wrong")
    assert chosen("one") == {"test_conf"}
    run("--since", "main")
    assert chosen("one") == {"test_conf"}
    assert chosen("two") == set()


def test_an_audit_runs_everything_and_names_what_was_not_selected(project, capsys):
    core = project / "app" / "core.py"
    core.write_text(core.read_text().replace("return x + 1", "return x + 2"))
    code = run("--audit", "--worktree")
    said = capsys.readouterr().out
    assert code == 1, said
    assert "0 missed" in said
    assert len(recorded(project).tests) == len(EXPECTED)


def test_an_audit_needs_a_change(project, capsys):
    assert run("--audit") == 2
    assert "--audit needs a change" in capsys.readouterr().err


def test_nothing_of_gardener_itself_is_recorded(project):
    run()
    assert not [file for file, _ in recorded(project).symbols if "gardener" in file]


@pytest.mark.untraced
@both_ways
def test_a_test_that_forbids_the_disk_is_not_disturbed(project, python):
    """As blockbuster does while an event loop runs: the recorder's own look-ups may raise."""
    (project / "late.txt").write_text("x")
    (project / "late_module.py").write_text("def f():\n    return 1\n")
    (project / "tests" / "test_forbids.py").write_text(
        "import os\n"
        "class Blocking(Exception):\n    pass\n"
        "def test_forbidden(monkeypatch):\n"
        "    def forbidden(*args, **kwargs):\n        raise Blocking(args)\n"
        "    with monkeypatch.context() as patched:\n"
        "        for name in ('abspath', 'realpath', 'exists'):\n"
        "            patched.setattr(os.path, name, forbidden)\n"
        "        import late_module\n"
        "        import this\n"
        "        assert late_module.f() == 1\n"
        "        with open('late.txt') as opened:\n            assert opened.read() == 'x'\n"
    )
    assert run("--report", "../r.json", "tests/test_forbids.py", python=python) == 0
    report = load(project.parent / "r.json")
    assert [one.outcome for one in report.results] == ["passed"]


@both_ways
def test_only_the_code_inside_a_function_that_changed_counts(project, python):
    """A decorator runs while tests are collected; what it returns does not."""
    (project / "app" / "reg.py").write_text(
        "def register(f):\n    def wrapper():\n        return f()\n    return wrapper\n"
    )
    (project / "tests" / "test_wrapped.py").write_text(
        "from app import core\ndef test_decorated(): assert core.decorated() == 5\n"
    )
    commit(project)
    run(python=python)
    (project / "app" / "reg.py").write_text(
        "def register(f):\n    def wrapper():\n        return f() + 1\n    return wrapper\n"
    )
    found = selected(project)
    assert not found.everything
    chosen = {one.test.partition("::")[0] for one in found.tests}
    assert "tests/test_wrapped.py" in chosen
    assert not {one.test.rpartition("::")[2] for one in found.tests} & {"test_chain", "test_helper"}
    assert "tests/test_a.py" not in {one.test for one in found.tests}


def test_a_process_that_ends_early_records_nothing_and_is_told(project, capsys):
    (project / "tests/test_end.py").write_text(
        "import os\n\ndef test_first(): pass\ndef test_end(): os._exit(0)\n"
    )
    code = main(["run", "--python", sys.executable, "tests/test_end.py"])
    assert code == 1
    assert "test_end" in capsys.readouterr().out
